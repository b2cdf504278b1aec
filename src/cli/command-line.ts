import { Argument, Command, Option } from "commander";
import { type Arguments, interpret, type Options } from "./arguments.js";
import { type CloseArguments, type CloseOptions, interpretClose } from "./close-arguments.js";
import { type EventsArguments, type EventsOptions, interpretEvents } from "./events-arguments.js";
import { CLOSING, COMPLETING, columnsHelp, EVENTS, EXIT_CODES, examplesHelp, filtersHelp, WATCHING } from "./help.js";
import { describeConnections, type Misunderstood, orInvalid, parse, parseDurationOption } from "./options.js";
import { readVersion } from "./version.js";
import { parseSort, type Sort } from "./watch/sort.js";
import { interpretWatch, type WatchArguments, type WatchOptions } from "./watch-arguments.js";

/** The commands of the bundle of recordings. */
const RECORDINGS: readonly string[] = ["record", "recover", "replay", "scan", "info", "export"];

/** The shells that can be told how to complete. */
const SHELLS = ["bash", "zsh", "fish", "powershell"] as const;
export type Shell = (typeof SHELLS)[number];

const USAGE = `[options] [filter…]
       tcptable events [options] [filter…]
       tcptable watch [options] [filter…]
       tcptable view [options] [file]
       tcptable close [options] filter…
       tcptable record [options] file [filter…]
       tcptable recover [options] broken new
       tcptable replay [options] file [filter…]
       tcptable scan [options] file [filter…]
       tcptable info [options] file
       tcptable export [options] file out [filter…]
       tcptable completion shell`;

export type Parsed =
  | { readonly kind: "arguments"; readonly arguments: Arguments }
  | { readonly kind: "close"; readonly arguments: CloseArguments }
  | { readonly kind: "events"; readonly arguments: EventsArguments }
  | { readonly kind: "watch"; readonly arguments: WatchArguments }
  /** To print what makes a shell complete command lines. */
  | { readonly kind: "completion"; readonly shell: Shell }
  /** Asked by what was printed: how these words may go on. */
  | { readonly kind: "complete"; readonly words: readonly string[] }
  /** A command for recordings. Their bundle takes the words apart: no other command has to read that. */
  | { readonly kind: "recordings"; readonly words: readonly string[] }
  /** `view`, whose words its bundle takes apart as well. */
  | { readonly kind: "view"; readonly words: readonly string[] }
  | Misunderstood;

/**
 * Parses a command line. Words that are no options are the filter, so that it can be typed without quotes, as with ss; but
 * `close`, `events`, `watch`, `view` and those of recordings in front are commands of their own: no filter begins with them.
 *
 * @param words the words after the command's name
 * @param platform the operating system: not all have an order to ask for
 */
export function parseCommandLine(words: readonly string[], platform: NodeJS.Platform = process.platform): Parsed {
  if (words[0] === "close") {
    return parse(describeClose(), words.slice(1), (command) => ({
      kind: "close",
      arguments: interpretClose(command.args, command.opts<CloseOptions>()),
    }));
  }
  if (words[0] === "events") {
    return parse(describeEvents(), words.slice(1), (command) => ({
      kind: "events",
      arguments: interpretEvents(command.args, command.opts<EventsOptions>()),
    }));
  }
  if (words[0] === "watch") {
    return parse(describeWatch(), words.slice(1), (command) => ({
      kind: "watch",
      arguments: interpretWatch(command.args, command.opts<WatchOptions>()),
    }));
  }
  if (words[0] === "completion") {
    return parse(describeCompletion(), words.slice(1), (command) => ({
      kind: "completion",
      shell: command.args[0] as Shell,
    }));
  }
  if (words[0] === "complete") return { kind: "complete", words: words.slice(words[1] === "--" ? 2 : 1) };
  if (words[0] === "view") return { kind: "view", words: words.slice(1) };
  if (RECORDINGS.includes(words[0] as string)) return { kind: "recordings", words };
  return parse(describeCommand(), words, (command) => {
    const options = command.opts<Options & { version?: true }>();
    // Not commander's version(): it wants the version before anyone has asked.
    if (options.version) return { kind: "text", text: `${readVersion()}\n` };
    return { kind: "arguments", arguments: interpret(command.args, options, platform) };
  });
}

/** All commands of this bundle: tcptable's own first. */
export function describeCommands(): Command[] {
  return [describeCommand(), describeEvents(), describeWatch(), describeClose(), describeCompletion()];
}

function describeCompletion(): Command {
  return new Command("tcptable completion")
    .description("Prints a script that makes a shell complete tcptable's command lines.")
    .usage("[options] shell")
    .addArgument(new Argument("<shell>", "which shell").choices(SHELLS))
    .showHelpAfterError("Try tcptable completion --help.")
    .helpOption("-h, --help", "this text")
    .addHelpText("after", `\n${COMPLETING}`);
}

function describeCommand(): Command {
  const command = new Command("tcptable")
    .description("This machine's TCP connections, as the kernel has them.")
    .usage(USAGE)
    .argument("[filter...]", "which connections: ss's filter language, without quotes where the shell allows it")
    .showHelpAfterError("Try tcptable --help for the options and the filters.");
  return describeConnections(command, "how many in each state, and TCP's statistics")
    .optionsGroup("In which order:")
    .option("--order", "ask the operating system to sort: local, lport, remote, rport")
    .optionsGroup("How they are read:")
    .addOption(new Option("--engine <name>", "what decodes and selects").choices(["wasm", "plain"]))
    .option("--stats", "tell on standard error where the tables come from and what they took")
    .optionsGroup("Always so, accepted for habit's sake:")
    .option("-a, --all", "listening and other sockets")
    .addOption(new Option("-n, --numeric", "numbers, no names").conflicts("service"))
    .option("-t, --tcp", "TCP")
    .option("-u, --udp", "UDP is not read: it says so, and shows TCP")
    .optionsGroup("About tcptable:")
    .option("-V, --version", "the version")
    .helpOption("-h, --help", "this text")
    .addHelpText("after", `\n${columnsHelp()}\n\n${filtersHelp()}\n\n${EXIT_CODES}\n\n${examplesHelp()}`);
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
    .addHelpText("after", `\n${CLOSING}\n\n${filtersHelp()}`);
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
    .addHelpText("after", `\n${EVENTS}\n\n${filtersHelp()}`);
}

function describeWatch(): Command {
  return new Command("tcptable watch")
    .description("Shows this machine's TCP connections live, as top shows processes.")
    .usage("[options] [filter…]")
    .argument("[filter...]", "which connections")
    .showHelpAfterError("Try tcptable watch --help for the options.")
    .optionsGroup("Which connections, and in which order:")
    .option("-4, --ipv4", "only those over IPv4; both families unless said otherwise")
    .option("-6, --ipv6", "only those over IPv6")
    .option("--sort <column>", "state, local, remote, pid or age; -age for the oldest first", parseSortOption)
    .optionsGroup("How they are shown:")
    .addOption(
      new Option("--every <duration>", "from one sample to the next")
        .argParser(parseDurationOption)
        .default(1000, "1s"),
    )
    .option("-p, --processes", "the process that owns each: PID and name")
    .option("-e, --extended", "what waits in the queues, from 150 columns on: on Linux")
    .option("--ascii", "draw with ASCII alone")
    .option("--no-mouse", "leave the mouse to the terminal")
    .addOption(new Option("--engine <name>", "what compares and selects").choices(["wasm", "plain"]))
    .optionsGroup("About tcptable watch:")
    .helpOption("-h, --help", "this text")
    .addHelpText("after", `\n${WATCHING}\n\n${filtersHelp()}`);
}

function parseSortOption(text: string): Sort {
  return orInvalid(() => parseSort(text));
}
