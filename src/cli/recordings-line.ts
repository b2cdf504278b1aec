import { Command, InvalidArgumentError, Option } from "commander";
import { type ExportArguments, type ExportOptions, interpretExport } from "./export-arguments.js";
import { filtersHelp } from "./help.js";
import type { InfoArguments } from "./info.js";
import {
  describeConnections,
  describeFamilies,
  type Misunderstood,
  orInvalid,
  parse,
  parseDurationOption,
  parseLimit,
} from "./options.js";
import {
  interpretRecord,
  parseKeep,
  parseRotation,
  type RecordArguments,
  type RecordOptions,
} from "./record-arguments.js";
import { EXPORTING, RECORDING, RECOVERING, REPLAYING, SCANNING, TIMES } from "./recordings-help.js";
import { interpretRecover, type RecoverArguments, type RecoverOptions } from "./recover-arguments.js";
import { interpretReplay, type ReplayArguments, type ReplayOptions } from "./replay-arguments.js";
import { interpretScan, type ScanArguments, type ScanOptions } from "./scan-arguments.js";

/** What a command for recordings is asked for. */
export type ParsedRecordings =
  | { readonly kind: "record"; readonly arguments: RecordArguments }
  | { readonly kind: "recover"; readonly arguments: RecoverArguments }
  | { readonly kind: "replay"; readonly arguments: ReplayArguments }
  | { readonly kind: "scan"; readonly arguments: ScanArguments }
  | { readonly kind: "info"; readonly arguments: InfoArguments }
  | { readonly kind: "export"; readonly arguments: ExportArguments }
  | Misunderstood;

/** Parses a command line of one of the commands for recordings. @param words the first one names the command */
export function parseRecordingsLine([name, ...words]: readonly string[]): ParsedRecordings {
  switch (name) {
    case "record":
      return parse(describeRecord(), words, (command) => ({
        kind: "record",
        arguments: interpretRecord(command.args, command.opts<RecordOptions>()),
      }));
    case "recover":
      return parse(describeRecover(), words, (command) => ({
        kind: "recover",
        arguments: interpretRecover(command.args, command.opts<RecoverOptions>()),
      }));
    case "replay":
      return parse(describeReplay(), words, (command) => ({
        kind: "replay",
        arguments: interpretReplay(command.args, command.opts<ReplayOptions>()),
      }));
    case "scan":
      return parse(describeScan(), words, (command) => ({
        kind: "scan",
        arguments: interpretScan(command.args, command.opts<ScanOptions>()),
      }));
    case "info":
      return parse(describeInfo(), words, (command) => ({
        kind: "info",
        arguments: { file: command.args[0] as string, json: command.opts<{ json?: true }>().json ?? false },
      }));
    case "export":
      return parse(describeExport(), words, (command) => ({
        kind: "export",
        arguments: interpretExport(command.args, command.opts<ExportOptions>()),
      }));
    default:
      throw new RangeError(`${name} is no command for recordings.`);
  }
}

/** All commands for recordings. */
export function describeRecordingCommands(): Command[] {
  return [
    ...[describeRecord(), describeRecover(), describeReplay()],
    ...[describeScan(), describeInfo(), describeExport()],
  ];
}

function describeRecord(): Command {
  return new Command("tcptable record")
    .description("Records the connections into a file: every sample, and the ends that the system tells.")
    .usage("[options] file [filter…]")
    .argument("<file>", "where to; %Y %m %d %H %M %S in its name stand for the time")
    .argument("[filter...]", "which connections")
    .showHelpAfterError("Try tcptable record --help for the options.")
    .optionsGroup("Which connections:")
    .option("-4, --ipv4", "only those over IPv4; both families unless said otherwise")
    .option("-6, --ipv6", "only those over IPv6")
    .option("-p, --processes", "the process that owns each, too: PID and name")
    .optionsGroup("When:")
    .addOption(
      new Option("--every <duration>", "from one sample to the next")
        .argParser(parseDurationOption)
        .default(1000, "1s"),
    )
    .option("--for <duration>", "how long; until Ctrl-C unless said otherwise", parseDurationOption)
    .optionsGroup("Into which files:")
    .option("--rotate <when>", "begin another file after so many bytes, as 64MB, or so long, as 10m", (text) =>
      orInvalid(() => parseRotation(text)),
    )
    .option("--keep <files>", "with --rotate: keep so many, delete older ones of such names", (text) =>
      orInvalid(() => parseKeep(text)),
    )
    .option("--force", "replace a file that is there")
    .option("--zstd", "compress: takes Node 22.15 or later")
    .optionsGroup("About tcptable record:")
    .helpOption("-h, --help", "this text")
    .addHelpText("after", `\n${RECORDING}\n\n${filtersHelp()}`);
}

function describeRecover(): Command {
  return new Command("tcptable recover")
    .description("Writes what is intact of a recording that broke off into a new file.")
    .usage("[options] broken new")
    .argument("<broken>", "the recording; it stays as it is")
    .argument("<new>", "where to")
    .showHelpAfterError("Try tcptable recover --help for the options.")
    .option("--force", "replace a file that is there")
    .option("--zstd", "compress: takes Node 22.15 or later")
    .helpOption("-h, --help", "this text")
    .addHelpText("after", `\n${RECOVERING}`);
}

function describeReplay(): Command {
  const command = commandFor(
    "replay",
    "Shows a recording as tcptable shows this machine: the connections at a time, or what happened.",
  )
    .usage("[options] <file> [filter…]")
    .argument("<file>", "a recording")
    .argument("[filter...]", "which connections");
  const notForEvents = ["sort", "limit", "columns", "extended", "summary"];
  return describeConnections(command, "how many in each state")
    .optionsGroup("When:")
    .addOption(new Option("--at <time>", "the connections at this time; at the end unless said otherwise"))
    .addOption(
      new Option("--events", "what opened, closed and changed, as tcptable events prints it").conflicts([
        "at",
        ...notForEvents,
      ]),
    )
    .addOption(new Option("--from <time>", "events from this time on").implies({ events: true }).conflicts("at"))
    .addOption(new Option("--to <time>", "events up to this time").implies({ events: true }).conflicts("at"))
    .addOption(
      new Option("--speed <factor>", "events in time: 1 as it was, 10 ten times as fast")
        .argParser(parseSpeed)
        .implies({ events: true })
        .conflicts(["at", ...notForEvents]),
    )
    .option("--utc", "times in UTC, not in the recorded host's zone; JSON and CSV always")
    .addOption(new Option("--engine <name>", "what decodes and selects").choices(["wasm", "plain"]))
    .optionsGroup("Always so, accepted for habit's sake:")
    .option("-a, --all", "listening and other sockets")
    .option("-n, --numeric", "numbers, no names")
    .option("-t, --tcp", "TCP")
    .addHelpText("after", `\n${TIMES}\n\n${REPLAYING}\n\n${filtersHelp()}`);
}

function describeScan(): Command {
  const command = commandFor("scan", "Finds connections in a recording: a line for each, with its life.")
    .usage("[options] <file> [filter…]")
    .argument("<file>", "a recording")
    .argument("[filter...]", "which connections: those that matched at any time");
  return describeRange(describeFamilies(command))
    .optionsGroup("How they are shown:")
    .option("--limit <lines>", "at most so many, those that were seen first", parseLimit)
    .addOption(new Option("--json", "one JSON array").conflicts(["ndjson", "csv"]))
    .addOption(new Option("--ndjson", "one JSON object a line").conflicts(["json", "csv"]))
    .addOption(new Option("--csv", "comma-separated values").conflicts(["json", "ndjson"]))
    .option("-H, --no-header", "no line with the columns' names")
    .option("--utc", "times in UTC, not in the recorded host's zone; JSON and CSV always")
    .addOption(new Option("--engine <name>", "what decodes and selects").choices(["wasm", "plain"]))
    .optionsGroup("Always so, accepted for habit's sake:")
    .option("-p, --processes", "the process that owned each, where it was recorded")
    .addHelpText("after", `\n${TIMES}\n\n${SCANNING}\n\n${filtersHelp()}`);
}

function describeInfo(): Command {
  return commandFor("info", "Tells what a recording holds: whose, when, how much, and what is missing.")
    .usage("[options] <file>")
    .argument("<file>", "a recording")
    .option("--json", "one JSON object");
}

function describeExport(): Command {
  const command = commandFor(
    "export",
    "Writes a recording into a file for other programs: a row a connection and sample.",
  )
    .usage("[options] <file> <out> [filter…]")
    .argument("<file>", "a recording")
    .argument("<out>", "the file to write; its ending says how: .parquet, .arrow, .csv or .ndjson")
    .argument("[filter...]", "which connections");
  return describeRange(describeFamilies(command))
    .optionsGroup("What is written:")
    .option("--events", "a row for each connection that opened, closed or changed")
    .option("--force", "also over a file that is there")
    .addOption(new Option("--engine <name>", "what decodes and selects").choices(["wasm", "plain"]))
    .addHelpText("after", `\n${TIMES}\n\n${EXPORTING}\n\n${filtersHelp()}`);
}

function commandFor(name: string, description: string): Command {
  return new Command(`tcptable ${name}`)
    .description(description)
    .showHelpAfterError(`Try tcptable ${name} --help for the options.`)
    .helpOption("-h, --help", "this text");
}

function describeRange(command: Command): Command {
  return command
    .optionsGroup("When:")
    .option("--from <time>", "from this time on; from the start unless said otherwise")
    .option("--to <time>", "up to this time; to the end unless said otherwise");
}

function parseSpeed(text: string): number {
  const speed = Number(text);
  if (!/^(\d+\.?\d*|\.\d+)$/.test(text) || !(speed > 0) || !Number.isFinite(speed))
    throw new InvalidArgumentError("A speed is a number above 0: 1 as it was, 10 ten times as fast.");
  return speed;
}
