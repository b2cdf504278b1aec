import { Argument, Command, InvalidArgumentError, Option } from "commander";
import { TASKS } from "./contestants/contestant.js";
import { KINDS, type Kind, SIZES } from "./data/tables.js";
import type { Effort } from "./measure.js";

/** Suites of tables that are made, of several kinds and sizes. */
export const TABLE_SUITES = [...TASKS, "diff", "frames"] as const;
export type TableSuite = (typeof TABLE_SUITES)[number];

export const SUITES = [...TABLE_SUITES, "collect", "pushdown", "owners", "recording", "start", "memory"] as const;
export type Suite = (typeof SUITES)[number];

/** What a run is to do. */
export interface Options {
  readonly suites: readonly Suite[];
  readonly kinds: readonly Kind[];
  /** `undefined` for the usual ones. */
  readonly sizes: readonly number[] | undefined;
  readonly rounds: number;
  readonly effort: Effort;
  readonly sockets: number;
  readonly samples: number;
  /** Where each run's results are written, and where `readme` looks for the newest whole run. */
  readonly output: string;
  /** The results of an earlier run, to compare with. */
  readonly compare: string | undefined;
  readonly quick: boolean;
  /** Whether this measures all that there is, with the usual effort. */
  readonly whole: boolean;
  readonly list: boolean;
  /** Whether to write README instead of measuring; or of which run. */
  readonly readme: boolean | string;
}

/** A small table, beside the usual sizes: the bars have one for it. */
const PIPELINE_SIZES = [100, ...SIZES];
const QUICK_SIZES = [300, 10_000];

/** Rows of the tables that a suite goes through. */
export function sizesOf(suite: TableSuite, { sizes, quick }: Options): readonly number[] {
  if (sizes) return sizes;
  if (quick) return suite === "pipeline" ? [100, 10_000] : QUICK_SIZES;
  return suite === "pipeline" ? PIPELINE_SIZES : SIZES;
}

/** Reads the command line. Ends the process where it is wrong, or asks for help. */
export function parseOptions(args: readonly string[]): Options {
  const command = new Command("npm run bench --")
    .description("Measures the kernel against the plain engine, row objects, native code, and what people use today.")
    .addArgument(new Argument("[suites...]", "what to measure; all unless said otherwise").choices(SUITES))
    .addOption(new Option("-k, --kind <kinds...>", "kinds of tables").choices(KINDS))
    .option("-s, --size <rows...>", "sizes of tables", collectSizes)
    .option("-r, --rounds <number>", "how often the contestants take turns", positive)
    .option("--quick", "a server's tables of two sizes, two rounds; the run says how long it takes")
    .option("--sockets <number>", "sockets in the table, for collect, pushdown and start", positive, 17_000)
    .option("--samples <number>", "samples, for memory", positive)
    .option("-o, --output <folder>", "where each run's results are written", "bench/results")
    .option("-c, --compare <run.json>", "compare with the results of an earlier run")
    .option("--list", "print what there is to measure, and measure nothing")
    .option(
      "--readme [run.json]",
      "write the newest whole run, or this one, into README.md and bench/README.md; measure nothing",
    )
    .parse(args, { from: "user" });
  const given = command.opts<{
    kind?: Kind[];
    size?: number[];
    rounds?: number;
    quick?: boolean;
    sockets: number;
    samples?: number;
    output: string;
    compare?: string;
    list?: boolean;
    readme?: boolean | string;
  }>();
  const quick = given.quick === true;
  const suites = command.args as Suite[];
  return {
    suites: suites.length > 0 ? SUITES.filter((suite) => suites.includes(suite)) : SUITES,
    kinds: given.kind ?? (quick ? ["server"] : KINDS),
    sizes: given.size,
    rounds: given.rounds ?? (quick ? 2 : 3),
    effort: quick ? { warmUp: 60, duration: 40, samples: 2 } : { warmUp: 120, duration: 120, samples: 5 },
    sockets: given.sockets,
    samples: given.samples ?? (quick ? 50_000 : 1_000_000),
    output: given.output,
    compare: given.compare,
    quick,
    whole: !quick && suites.length === 0 && !given.kind && !given.size && !given.samples && !given.rounds,
    list: given.list === true,
    readme: given.readme ?? false,
  };
}

function collectSizes(text: string, before: number[] = []): number[] {
  return [...before, positive(text)];
}

/** `10000`, `10,000` and `10_000` are one number. */
function positive(text: string): number {
  const number = Number(text.replace(/[,_]/g, ""));
  if (!Number.isSafeInteger(number) || number < 1)
    throw new InvalidArgumentError("It has to be a whole number from 1 up.");
  return number;
}
