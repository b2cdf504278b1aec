import { createRequire } from "node:module";
import { Command, CommanderError, InvalidArgumentError, Option } from "commander";
import type { SortKey } from "../decoder/query.js";
import { FilterSyntaxError } from "../filter/errors.js";
import { type Arguments, interpret, type Options } from "./arguments.js";
import { type CloseArguments, type CloseOptions, interpretClose, NoFilterError } from "./close-arguments.js";
import { type PrintedColumn, parseColumns } from "./column-names.js";
import { type EventsArguments, type EventsOptions, interpretEvents } from "./events-arguments.js";
import { CLOSING, columnsHelp, EVENTS, EXAMPLES, FILTERS } from "./help.js";
import { parseDuration } from "./quantities.js";
import { parseSortKeys } from "./sort-keys.js";

/** A command line that can't be followed, for a reason that commander does not see. */
export class CommandMistake extends Error {
  override readonly name = "CommandMistake";
}

export type Parsed =
  | { readonly kind: "arguments"; readonly arguments: Arguments }
  | { readonly kind: "close"; readonly arguments: CloseArguments }
  | { readonly kind: "events"; readonly arguments: EventsArguments }
  /** `--help` and `--version`: a text to print. */
  | { readonly kind: "text"; readonly text: string }
  /** A command line that can't be followed: a message to print. */
  | { readonly kind: "mistake"; readonly text: string };

/**
 * Parses a command line. Words that are no options are the filter, so that it can be typed without quotes, as with ss; but
 * `close` and `events` in front are commands of their own: no filter begins with them.
 *
 * @param words the words after the command's name
 * @param platform the operating system: not all have an order to ask for
 */
export function parseCommandLine(words: readonly string[], platform: NodeJS.Platform = process.platform): Parsed {
  if (words[0] === "close") {
    return parse<Parsed>(describeClose(), words.slice(1), (command) => ({
      kind: "close",
      arguments: interpretClose(command.args, command.opts<CloseOptions>()),
    }));
  }
  if (words[0] === "events") {
    return parse<Parsed>(describeEvents(), words.slice(1), (command) => ({
      kind: "events",
      arguments: interpretEvents(command.args, command.opts<EventsOptions>()),
    }));
  }
  return parse<Parsed>(describeCommand(), words, (command) => {
    const options = command.opts<Options & { version?: true }>();
    // Not commander's version(): it wants the version before anyone has asked.
    if (options.version) return { kind: "text", text: `${readVersion()}\n` };
    return { kind: "arguments", arguments: interpret(command.args, options, platform) };
  });
}

/** What came of a command line: what was understood of it, or a text to print. */
export type ParsedAs<Understood> = Understood | Extract<Parsed, { readonly text: string }>;

/** Lets commander take a command line apart, and makes sense of it. */
export function parse<Understood>(
  command: Command,
  words: readonly string[],
  understand: (command: Command) => Understood,
): ParsedAs<Understood> {
  let text = "";
  command.exitOverride().configureOutput({
    writeOut: (part) => {
      text += part;
    },
    writeErr: (part) => {
      text += part.replace(/^error: /, "tcptable: ");
    },
  });
  try {
    command.parse(words, { from: "user" });
    return understand(command);
  } catch (error) {
    if (error instanceof CommanderError) return { kind: error.exitCode === 0 ? "text" : "mistake", text };
    if (error instanceof FilterSyntaxError || error instanceof NoFilterError || error instanceof CommandMistake)
      return { kind: "mistake", text: `tcptable: ${error.message}\n` };
    throw error;
  }
}

function describeCommand(): Command {
  return new Command("tcptable")
    .description("This machine's TCP connections, as the kernel has them.")
    .usage(
      "[options] [filter…]\n       tcptable events [options] [filter…]\n       tcptable close [options] filter…\n       tcptable record [options] file [filter…]\n       tcptable recover [options] broken new\n       tcptable view [options] [file]",
    )
    .argument("[filter...]", "which connections: ss's filter language, without quotes where the shell allows it")
    .showHelpAfterError("Try tcptable --help for the options and the filters.")
    .optionsGroup("Which connections:")
    .option("-4, --ipv4", "only those over IPv4; both families unless said otherwise")
    .option("-6, --ipv6", "only those over IPv6")
    .option("-l, --listening", "only listening sockets")
    .option("--limit <rows>", "at most so many, the first of the order", parseLimit)
    .optionsGroup("In which order:")
    .option("--sort <columns>", "by these columns, first key first; -rport for descending", collectSortKeys)
    .option("--order", "ask the operating system to sort: local, lport, remote, rport")
    .optionsGroup("What is shown of them:")
    .option("-p, --processes", "the process that owns each: PID and name")
    .addOption(new Option("-e, --extended", "what waits in the queues, user and inode: on Linux").conflicts("columns"))
    .option("--columns <columns>", "these, in this order", parseColumnList)
    .addOption(
      new Option("-s, --summary", "how many in each state, and TCP's statistics").conflicts([
        "sort",
        "limit",
        "columns",
        "processes",
        "extended",
      ]),
    )
    .optionsGroup("How they are shown:")
    .addOption(new Option("--json", "one JSON array").conflicts(["ndjson", "csv"]))
    .addOption(new Option("--ndjson", "one JSON object a line").conflicts(["json", "csv"]))
    .addOption(new Option("--csv", "comma-separated values").conflicts(["json", "ndjson"]))
    .option("-H, --no-header", "no line with the columns' names")
    .optionsGroup("How they are read:")
    .addOption(new Option("--engine <name>", "what decodes and selects").choices(["wasm", "plain"]))
    .option("--stats", "tell on standard error where the tables come from and what they took")
    .optionsGroup("Always so, accepted for habit's sake:")
    .option("-a, --all", "listening and other sockets")
    .option("-n, --numeric", "numbers, no names")
    .option("-t, --tcp", "TCP")
    .optionsGroup("About tcptable:")
    .option("-V, --version", "the version")
    .helpOption("-h, --help", "this text")
    .addHelpText("after", `\n${columnsHelp()}\n\n${FILTERS}\n\n${EXAMPLES}`);
}

function describeClose(): Command {
  return new Command("tcptable close")
    .description("Closes connections at once, with a reset to the other end.")
    .usage("[options] filter…")
    .argument("[filter...]", "which connections")
    .showHelpAfterError("Try tcptable close --help for the options.")
    .option("-4, --ipv4", "only those over IPv4; both families unless said otherwise")
    .option("-6, --ipv6", "only those over IPv6")
    .option("-p, --processes", "show the process that owns each: PID and name")
    .option("-y, --yes", "do not ask: for scripts")
    .helpOption("-h, --help", "this text")
    .addHelpText("after", `\n${CLOSING}\n\n${FILTERS}`);
}

function describeEvents(): Command {
  return new Command("tcptable events")
    .description("Prints a line for each connection that opens, closes or changes, as it happens.")
    .usage("[options] [filter…]")
    .argument("[filter...]", "which connections")
    .showHelpAfterError("Try tcptable events --help for the options.")
    .optionsGroup("Which connections:")
    .option("-4, --ipv4", "only those over IPv4; both families unless said otherwise")
    .option("-6, --ipv6", "only those over IPv6")
    .optionsGroup("When:")
    .addOption(
      new Option("--every <duration>", "from one sample to the next")
        .argParser(parseDurationOption)
        .default(1000, "1s"),
    )
    .option("--for <duration>", "how long; until Ctrl-C unless said otherwise", parseDurationOption)
    .optionsGroup("What is shown of them, and how:")
    .option("-p, --processes", "the process that owns each: PID and name")
    .addOption(new Option("--json", "one JSON array").conflicts(["ndjson", "csv"]))
    .addOption(new Option("--ndjson", "one JSON object a line").conflicts(["json", "csv"]))
    .addOption(new Option("--csv", "comma-separated values").conflicts(["json", "ndjson"]))
    .option("-H, --no-header", "no line with the date and the columns' names")
    .option("--utc", "times in UTC, not in this machine's zone; JSON and CSV always")
    .optionsGroup("How they are read:")
    .addOption(new Option("--engine <name>", "what compares and selects").choices(["wasm", "plain"]))
    .option("--stats", "tell on standard error at the end how well it went")
    .optionsGroup("About tcptable events:")
    .helpOption("-h, --help", "this text")
    .addHelpText("after", `\n${EVENTS}\n\n${FILTERS}`);
}

export function parseDurationOption(text: string): number {
  return orInvalid(() => parseDuration(text));
}

function parseLimit(text: string): number {
  const limit = Number(text);
  if (!/^\d+$/.test(text) || !Number.isSafeInteger(limit))
    throw new InvalidArgumentError("A limit is a whole number of rows from 0 up.");
  return limit;
}

/** `--sort` can be given more than once: later keys come after earlier ones. */
function collectSortKeys(text: string, before: SortKey[] = []): SortKey[] {
  return [...before, ...orInvalid(() => parseSortKeys(text))];
}

function parseColumnList(text: string): PrintedColumn[] {
  return orInvalid(() => parseColumns(text));
}

export function orInvalid<Value>(parse: () => Value): Value {
  try {
    return parse();
  } catch (error) {
    throw error instanceof RangeError ? new InvalidArgumentError(error.message) : error;
  }
}

export function readVersion(): string {
  // As far away from the sources as from the command that is made of them.
  const { version } = createRequire(import.meta.url)("../../package.json") as { version: string };
  return version;
}
