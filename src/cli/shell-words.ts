import { columnNamed } from "./column-names.js";

/** Options that take a list of columns. */
const LISTS = ["--columns", "--sort"];

/**
 * A command line in which lists are whole. PowerShell takes `--columns pid,process` for a list of its own, and passes its parts on
 * as words. So names of columns that follow belong to the list, as far as they can't begin a filter: what begins one is followed by
 * something that is no column's name, as `state established` or `user = 0`.
 */
export function withWholeLists(words: readonly string[]): string[] {
  const whole: string[] = [];
  for (let at = 0; at < words.length; at++) {
    const word = words[at] as string;
    whole.push(word);
    const [option = "", value] = word.split("=", 2);
    if (!LISTS.includes(option)) continue;
    let first = value;
    if (first === undefined) {
      first = words[++at];
      if (first === undefined) break;
      whole.push(first);
    }
    // A list that came with its commas is whole.
    if (first.includes(",")) continue;
    while (isColumn(words[at + 1]) && !beginsFilter(words[at + 2])) whole.push(`${whole.pop()},${words[++at]}`);
  }
  return whole;
}

function isColumn(word: string | undefined): boolean {
  return word !== undefined && columnNamed(word.replace(/^-/, "")) !== undefined;
}

/** Whether the word before it begins a condition. @param next the word behind that one */
function beginsFilter(next: string | undefined): boolean {
  return next !== undefined && !isColumn(next) && !/^-{1,2}[a-z]/i.test(next);
}
