import { type Command, CommanderError, InvalidArgumentError, Option } from "commander";
import type { SortKey } from "../decoder/query.js";
import { FilterSyntaxError } from "../filter/errors.js";
import { NoFilterError } from "./close-arguments.js";
import { type PrintedColumn, parseColumns } from "./column-names.js";
import { GROUPINGS } from "./groups.js";
import { parseDuration } from "./quantities.js";
import { withWholeLists } from "./shell-words.js";
import { parseSortKeys } from "./sort-keys.js";

/** What several commands of the command line have in common. */

/** A command line that is no order to do something. */
export type Misunderstood =
  /** `--help` and `--version`: a text to print. */
  | { readonly kind: "text"; readonly text: string }
  /** A command line that can't be followed: a message to print. */
  | { readonly kind: "mistake"; readonly text: string };

/** A command line that can't be followed, for a reason that commander does not see. */
export class CommandMistake extends Error {
  override readonly name = "CommandMistake";
}

/** Lets commander take words apart. @param understand makes sense of what it has found */
export function parse<Understood>(
  command: Command,
  words: readonly string[],
  understand: (command: Command) => Understood,
): Understood | Misunderstood {
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
    command.parse(withWholeLists(words), { from: "user" });
    return understand(command);
  } catch (error) {
    if (error instanceof CommanderError) return { kind: error.exitCode === 0 ? "text" : "mistake", text };
    if (error instanceof FilterSyntaxError || error instanceof NoFilterError || error instanceof CommandMistake)
      return { kind: "mistake", text: `tcptable: ${error.message}\n` };
    throw error;
  }
}

/**
 * Adds the options that say which connections to show, in which order, and how: of this machine, or of a recording.
 *
 * @param summary what `-s` shows
 */
export function describeConnections(command: Command, summary: string): Command {
  return describeFamilies(command)
    .option("-l, --listening", "only listening sockets")
    .option("--limit <rows>", "at most so many, the first of the order", parseLimit)
    .optionsGroup("In which order:")
    .option("--sort <columns>", "by these columns, first key first; -rport for descending", collectSortKeys)
    .optionsGroup("What is shown of them:")
    .option("-p, --processes", "the process that owns each: PID and name")
    .addOption(new Option("-e, --extended", "what waits in the queues, user and inode: on Linux").conflicts("columns"))
    .option("--columns <columns>", "these, in this order", parseColumnList)
    .option("-o, --pid", "the PID alone, as netstat on Windows; no timers")
    .option("--service", "ports by the names of their services")
    .addOption(
      new Option("--by <what>", "with -s: how many of each")
        .choices(GROUPINGS)
        .implies({ summary: true })
        .conflicts(["sort", "limit", "columns", "processes", "extended", "service"]),
    )
    .addOption(new Option("-s, --summary", summary).conflicts(["sort", "limit", "columns", "processes", "extended"]))
    .optionsGroup("How they are shown:")
    .addOption(new Option("--json", "one JSON array").conflicts(["ndjson", "csv"]))
    .addOption(new Option("--ndjson", "one JSON object a line").conflicts(["json", "csv"]))
    .addOption(new Option("--csv", "comma-separated values").conflicts(["json", "ndjson"]))
    .option("-H, --no-header", "no line with the columns' names");
}

/** Adds the options that say which family. */
export function describeFamilies(command: Command): Command {
  return command
    .optionsGroup("Which connections:")
    .option("-4, --ipv4", "only those over IPv4; both families unless said otherwise")
    .option("-6, --ipv6", "only those over IPv6");
}

export function parseDurationOption(text: string): number {
  return orInvalid(() => parseDuration(text));
}

export function parseLimit(text: string): number {
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

/** Makes commander tell what is wrong with an option's value. */
export function orInvalid<Value>(parse: () => Value): Value {
  try {
    return parse();
  } catch (error) {
    throw error instanceof RangeError ? new InvalidArgumentError(error.message) : error;
  }
}
