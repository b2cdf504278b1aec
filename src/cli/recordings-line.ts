import { Command, Option } from "commander";
import { orInvalid, type ParsedAs, parse, parseDurationOption } from "./command-line.js";
import { FILTERS } from "./help.js";
import {
  interpretRecord,
  parseKeep,
  parseRotation,
  type RecordArguments,
  type RecordOptions,
} from "./record-arguments.js";
import { RECORDING, RECOVERING } from "./recordings-help.js";
import { interpretRecover, type RecoverArguments, type RecoverOptions } from "./recover-arguments.js";

/** What a command for recordings is asked for. */
export type ParsedRecordings = ParsedAs<
  | { readonly kind: "record"; readonly arguments: RecordArguments }
  | { readonly kind: "recover"; readonly arguments: RecoverArguments }
>;

/** Parses the command line of a command that is about recordings. @param words from the command's own word on */
export function parseRecordingsLine([name, ...words]: readonly string[]): ParsedRecordings {
  if (name === "recover")
    return parse<ParsedRecordings>(describeRecover(), words, (command) => ({
      kind: "recover",
      arguments: interpretRecover(command.args, command.opts<RecoverOptions>()),
    }));
  return parse<ParsedRecordings>(describeRecord(), words, (command) => ({
    kind: "record",
    arguments: interpretRecord(command.args, command.opts<RecordOptions>()),
  }));
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
    .addHelpText("after", `\n${RECORDING}\n\n${FILTERS}`);
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
