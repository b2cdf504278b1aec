import { Command, InvalidArgumentError, Option } from "commander";
import type { Family } from "../format/layouts.js";
import type { Owner } from "../system/contract.js";
import { CommandMistake, type Misunderstood, parse, parseDurationOption } from "./options.js";
import { VIEWING } from "./view-help.js";
import { type FamilyOptions, familiesOf } from "./wanted.js";

/** What `tcptable view` is asked for. */
export interface ViewArguments {
  /** The recording; `undefined` for this machine, now. */
  readonly file: string | undefined;
  /** 0 for one that is free. */
  readonly port: number;
  /** Whether to open a browser. */
  readonly opens: boolean;
  /** Of live mode, as in `RecordArguments`. */
  readonly families: readonly Family[];
  readonly owner: Owner | undefined;
  readonly filter: undefined;
  readonly every: number;
  readonly processes: boolean;
  /** Whether live mode records from the start. */
  readonly records: boolean;
}

/** Options as commander gives them. */
interface ViewOptions extends FamilyOptions {
  port: number;
  open: boolean;
  every?: number;
  processes?: true;
  record?: true;
}

/** Parses what stands behind `tcptable view`. */
export function parseViewLine(
  words: readonly string[],
): { readonly kind: "view"; readonly arguments: ViewArguments } | Misunderstood {
  return parse(describeView(), words, (command) => ({
    kind: "view" as const,
    arguments: interpretView(command.args, command.opts<ViewOptions>()),
  }));
}

/** @throws {CommandMistake} what is asked for together makes no sense */
function interpretView([file]: readonly string[], options: ViewOptions): ViewArguments {
  const { every, processes, record, port, open, ipv4, ipv6 } = options;
  if (file !== undefined && (every !== undefined || processes || record || ipv4 || ipv6))
    throw new CommandMistake(
      "A recording is shown as it is: --every, --record, -p, -4 and -6 are for this machine, without a file.",
    );
  return {
    file,
    port,
    opens: open,
    families: familiesOf(options),
    owner: processes ? "pid" : undefined,
    filter: undefined,
    every: every ?? 1000,
    processes: processes ?? false,
    records: record ?? false,
  };
}

/** How `tcptable view` is called. */
export function describeView(): Command {
  return new Command("tcptable view")
    .description("Shows a recording, or this machine now, in the browser.")
    .usage("[options] [file]")
    .argument("[file]", "a recording; this machine's connections, live, without one")
    .showHelpAfterError("Try tcptable view --help for the options.")
    .allowExcessArguments(false)
    .optionsGroup("The page:")
    .addOption(
      new Option("--port <number>", "on 127.0.0.1; 0 is one that is free").argParser(parsePort).default(0, "0"),
    )
    .option("--no-open", "print the link, open no browser")
    .optionsGroup("This machine, live:")
    .option("-4, --ipv4", "only connections over IPv4; both families unless said otherwise")
    .option("-6, --ipv6", "only those over IPv6")
    .option("-p, --processes", "the process that owns each, too: PID and name")
    .option("--every <duration>", "from one sample to the next; 1s unless said otherwise", parseDurationOption)
    .option("--record", "record from the start, into tcptable-<time>.mcap here")
    .optionsGroup("About tcptable view:")
    .helpOption("-h, --help", "this text")
    .addHelpText("after", `\n${VIEWING}`);
}

function parsePort(text: string): number {
  const port = Number(text);
  if (!/^\d+$/.test(text) || port > 65_535) throw new InvalidArgumentError("A port is a number from 0 to 65535.");
  return port;
}
