import { type ArgumentHandler, type Command as CompletedCommand, type OptionHandler, RootCommand } from "@bomb.sh/tab";
import type { Command, Option } from "commander";
import { STATE_WORDS } from "../filter/states.js";
import { BEGINNINGS } from "../filter/words.js";
import { shortNames } from "./column-names.js";
import { describeCommands, type Shell } from "./command-line.js";
import { printText } from "./output.js";
import { describeRecordingCommands } from "./recordings-line.js";
import { STDOUT } from "./standard-streams.js";
import { describeView } from "./view-arguments.js";

/** In the bundle of what is made of the commands' definitions. */
export { manPage } from "./man-page.js";

/** What its scripts end with that lets the shell complete names of files. */
const FILES = ":0\n";

/** Operands that are names of files. */
const FILE_ARGUMENTS = ["file", "out", "broken", "new"];

/** bash has this function from bash-completion, which not every system has. */
const WORDS_OF_BASH = `\
if ! declare -F _get_comp_words_by_ref >/dev/null; then
    _get_comp_words_by_ref() {
        words=("\${COMP_WORDS[@]}")
        cword=$COMP_CWORD
        cur=\${COMP_WORDS[COMP_CWORD]}
        prev=\${COMP_WORDS[COMP_CWORD - 1]}
    }
fi
`;

/** Prints the script that makes a shell ask `tcptable complete` at every TAB. */
export async function printCompletion(shell: Shell): Promise<void> {
  const script = printedBy(() => new RootCommand().setup("tcptable", "tcptable", shell));
  await printText(shell === "bash" ? forBash(script) : script, STDOUT);
}

/** So that it can be sourced twice and completes names of files. */
function forBash(script: string): string {
  const loose = script.replace(/^readonly /gm, "").replace(/^complete -F /m, "complete -o default -F ");
  return `${WORDS_OF_BASH}\n${loose}`;
}

/** Prints how the last of these words may go on, as the script reads it. */
export function complete(words: readonly string[]): void {
  process.stdout.write(completionsOf(words));
}

/** A line for each way in which the last word may go on, and one with a number that the script knows. */
export function completionsOf(words: readonly string[]): string {
  const commands = [...describeCommands(), describeView(), ...describeRecordingCommands()];
  const [main, ...others] = commands as [Command, ...Command[]];
  const root = new RootCommand();
  const current = others.find((command) => nameOf(command) === words[0]);
  if (current && expectsFile(current, words.slice(1))) return FILES;
  if (current) {
    describe(root.command(nameOf(current), current.description()), current, words);
  } else {
    describe(root, main, words);
    for (const command of others) root.command(nameOf(command), command.description());
  }
  return printedBy(() => root.parse(words.length === 0 ? [""] : [...words]));
}

function nameOf(command: Command): string {
  return command.name().replace(/^tcptable /, "");
}

function describe(to: CompletedCommand, command: Command, words: readonly string[]): void {
  for (const option of command.createHelp().visibleOptions(command)) {
    const name = option.long?.slice(2);
    if (name === undefined) continue;
    const alias = option.short?.slice(1);
    if (option.required) to.option(name, option.description, valuesOf(option, words), alias);
    else to.option(name, option.description, alias);
  }
  for (const argument of command.registeredArguments) {
    const handler: ArgumentHandler =
      argument.name() === "filter" ? offers(() => filterWords(words)) : offers(() => argument.argChoices ?? []);
    to.argument(argument.name(), handler, argument.variadic);
  }
}

function offers(values: () => readonly string[]): ArgumentHandler {
  return (add) => {
    for (const value of values()) add(value, "");
  };
}

/** What an option's value may be. */
function valuesOf(option: Option, words: readonly string[]): OptionHandler {
  return (add) => {
    if (option.long === "--columns" || option.long === "--sort") {
      const before = (words.at(-1) ?? "").replace(/^.*=/, "").replace(/[^,]*$/, "");
      for (const name of shortNames()) add(before + name, "");
    } else {
      for (const choice of option.argChoices ?? []) add(choice, "");
    }
  };
}

/** Words that may stand at the end of a filter. */
function filterWords(words: readonly string[]): readonly string[] {
  const before = words.at(-2)?.toLowerCase() ?? "";
  const states: readonly string[] = STATE_WORDS;
  if (["state", "exclude"].includes(before)) return states;
  return [...BEGINNINGS, ...(words.length > 1 ? ["and", "or"] : [])];
}

/** Whether the last word is the name of a file. @param words those behind the command's name */
function expectsFile(command: Command, words: readonly string[]): boolean {
  const options = command.createHelp().visibleOptions(command);
  const takesValue = (word: string) =>
    options.some(({ long, short, required }) => required && [long, short].includes(word));
  const last = words.at(-1) ?? "";
  if (last.startsWith("-") || takesValue(words.at(-2) ?? "")) return false;
  const operands = words.slice(0, -1).filter((word, at) => !word.startsWith("-") && !takesValue(words[at - 1] ?? ""));
  const argument = command.registeredArguments[operands.length];
  return argument !== undefined && FILE_ARGUMENTS.includes(argument.name());
}

/** What the library prints: it knows console.log alone. */
function printedBy(act: () => void): string {
  const { log } = console;
  let text = "";
  console.log = (line: string) => {
    text += `${line}\n`;
  };
  try {
    act();
  } finally {
    console.log = log;
  }
  return text;
}
