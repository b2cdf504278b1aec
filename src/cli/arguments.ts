import { readFileSync } from "node:fs";
import { Command, CommanderError, InvalidArgumentError, Option } from "commander";
import type { EngineName } from "../decoder/decoder.js";
import { compileFilter, type Filter, FilterSyntaxError } from "../decoder/filter.js";
import { compileQuery, DEFAULT_ORDER, type Query, type SortKey } from "../decoder/query.js";
import { MIB_TCP_STATE } from "../decoder/states.js";
import { EXAMPLES, FILTERS } from "./help.js";
import { parseSortKeys } from "./sort-keys.js";

export type Format = "table" | "json" | "ndjson" | "csv";

/** What the command line asks for. */
export interface Arguments {
  readonly query: Query;
  readonly format: Format;
  readonly header: boolean;
  readonly summary: boolean;
  readonly stats: boolean;
  readonly engine: EngineName | undefined;
  /** Ask the operating system to sort. */
  readonly order: boolean;
  /** `order` on a system that has no order to give: the query sorts instead. */
  readonly sortsForTheSystem: boolean;
}

export type Parsed =
  | { readonly kind: "arguments"; readonly arguments: Arguments }
  /** `--help` and `--version`: a text to print. */
  | { readonly kind: "text"; readonly text: string }
  /** A command line that can't be followed: a message to print. */
  | { readonly kind: "mistake"; readonly text: string };

/** Options as commander gives them. */
interface Options {
  listening?: true;
  json?: true;
  ndjson?: true;
  csv?: true;
  header: boolean;
  summary?: true;
  stats?: true;
  order?: true;
  engine?: EngineName;
  sort?: SortKey[];
  limit?: number;
}

/**
 * Parses a command line. Words that are no options are the filter, so that it can be typed without quotes, as with ss.
 *
 * @param words the words after the command's name
 * @param platform the operating system: not all have an order to ask for
 */
export function parseArguments(words: readonly string[], platform: NodeJS.Platform = process.platform): Parsed {
  let text = "";
  const command = describeCommand().configureOutput({
    writeOut: (part) => {
      text += part;
    },
    writeErr: (part) => {
      text += part.replace(/^error: /, "tcptable: ");
    },
  });
  try {
    command.parse(words, { from: "user" });
    return { kind: "arguments", arguments: interpret(command.args, command.opts<Options>(), platform) };
  } catch (error) {
    if (error instanceof CommanderError) return { kind: error.exitCode === 0 ? "text" : "mistake", text };
    if (error instanceof FilterSyntaxError) return { kind: "mistake", text: `tcptable: ${error.message}\n` };
    throw error;
  }
}

function describeCommand(): Command {
  return new Command("tcptable")
    .description("This machine's TCP connections over IPv4, as the kernel has them.")
    .usage("[options] [filter…]")
    .argument("[filter...]", "which connections: ss's filter language, without quotes where the shell allows it")
    .exitOverride()
    .showHelpAfterError("Try tcptable --help for the options and the filters.")
    .optionsGroup("Which connections:")
    .option("-l, --listening", "only listening sockets")
    .option("--limit <rows>", "at most so many, the first of the order", parseLimit)
    .optionsGroup("In which order:")
    .option("--sort <columns>", "state, local, lport, remote, rport; -rport for descending", collectSortKeys)
    .option("--order", "ask the operating system to sort: local, lport, remote, rport")
    .optionsGroup("How they are shown:")
    .addOption(new Option("-s, --summary", "how many in each state").conflicts(["sort", "limit"]))
    .addOption(new Option("--json", "one JSON array").conflicts(["ndjson", "csv"]))
    .addOption(new Option("--ndjson", "one JSON object a line").conflicts(["json", "csv"]))
    .addOption(new Option("--csv", "comma-separated values").conflicts(["json", "ndjson"]))
    .option("-H, --no-header", "no line with the columns' names")
    .optionsGroup("How they are read:")
    .addOption(new Option("--engine <name>", "what decodes and selects").choices(["wasm", "plain"]))
    .option("--stats", "tell on standard error where the table comes from and what it took")
    .optionsGroup("Always so, accepted for habit's sake:")
    .option("-a, --all", "listening and other sockets")
    .option("-n, --numeric", "numbers, no names")
    .option("-t, --tcp", "TCP")
    .option("-4, --ipv4", "IPv4")
    .optionsGroup("About tcptable:")
    .version(readVersion(), "-V, --version", "the version")
    .helpOption("-h, --help", "this text")
    .addHelpText("after", `\n${FILTERS}\n\n${EXAMPLES}`);
}

function interpret(words: readonly string[], options: Options, platform: NodeJS.Platform): Arguments {
  const { listening, limit, sort = [], order = false } = options;
  const sortsForTheSystem = order && platform !== "win32";
  return {
    query: compileQuery({
      where: filterOf(words.join(" "), listening ?? false),
      orderBy: sortsForTheSystem ? [...sort, ...DEFAULT_ORDER.filter((key) => !sort.includes(key))] : sort,
      limit,
    }),
    format: options.json ? "json" : options.ndjson ? "ndjson" : options.csv ? "csv" : "table",
    header: options.header,
    summary: options.summary ?? false,
    stats: options.stats ?? false,
    engine: options.engine,
    order,
    sortsForTheSystem,
  };
}

function filterOf(text: string, listening: boolean): Filter | undefined {
  const filter = text.trim() === "" ? undefined : compileFilter(text);
  if (!listening) return filter;
  const states = new Uint8Array(256);
  states[MIB_TCP_STATE.LISTEN] = 1;
  const listeners = { kind: "state", states } as const;
  return {
    text: filter?.text ?? "",
    expression: filter ? { kind: "and", operands: [listeners, filter.expression] } : listeners,
  };
}

function parseLimit(text: string): number {
  const limit = Number(text);
  if (!/^\d+$/.test(text) || !Number.isSafeInteger(limit))
    throw new InvalidArgumentError("A limit is a whole number of rows from 0 up.");
  return limit;
}

/** `--sort` can be given more than once: later keys come after earlier ones. */
function collectSortKeys(text: string, before: SortKey[] = []): SortKey[] {
  try {
    return [...before, ...parseSortKeys(text)];
  } catch (error) {
    throw error instanceof RangeError ? new InvalidArgumentError(error.message) : error;
  }
}

function readVersion(): string {
  const description: unknown = JSON.parse(readFileSync(new URL("../../package.json", import.meta.url), "utf8"));
  return String((description as { version: unknown }).version);
}
