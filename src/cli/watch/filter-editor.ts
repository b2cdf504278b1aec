import { FilterSyntaxError } from "../../filter/errors.js";
import { compileFilter, type Filter } from "../../filter/filter.js";
import { nearest } from "../../filter/nearest.js";
import { STATE_WORDS } from "../../filter/states.js";
import { BEGINNINGS, WORDS } from "../../filter/words.js";

/** What is wrong with the text: where, and why. */
export interface Mistake {
  /** Columns of the text, from 0: the word that is wrong. */
  readonly from: number;
  readonly to: number;
  readonly problem: string;
}

/** Characters that a filter may have here: more than anyone types. */
const LONGEST = 1000;

/** A filter that is being typed. It is compiled at each keystroke; what does not parse leaves the filter before. */
export class FilterEditor {
  text: string;
  caret: number;
  /** What the text means, or what it meant when it last meant something. */
  filter: Filter | undefined;
  mistake: Mistake | undefined;
  /** Which of the words is marked. */
  marked = 0;
  readonly #before: readonly string[];
  #historyAt: number;
  #typed: string;

  /** @param before filters that were used before, the newest last */
  constructor(text: string, filter: Filter | undefined, before: readonly string[]) {
    this.text = text;
    this.caret = text.length;
    this.filter = filter;
    this.#before = before;
    this.#historyAt = before.length;
    this.#typed = text;
  }

  /** Types a text where the caret is. */
  insert(text: string): void {
    const shown = text.replace(/[^ -~]/g, "");
    if (shown === "" || this.text.length + shown.length > LONGEST) return;
    this.#replace(this.caret, this.caret, shown);
  }

  /** @param by characters: −1 is what stands before the caret */
  remove(by: number): void {
    const other = Math.max(0, Math.min(this.text.length, this.caret + by));
    this.#replace(Math.min(this.caret, other), Math.max(this.caret, other), "");
  }

  removeWord(): void {
    this.#replace(this.#wordStart(), this.caret, "");
  }

  removeToStart(): void {
    this.#replace(0, this.caret, "");
  }

  move(to: "left" | "right" | "word left" | "word right" | "start" | "end"): void {
    const { text, caret } = this;
    const places = {
      left: caret - 1,
      right: caret + 1,
      "word left": this.#wordStart(),
      "word right": caret + (/^\s*\S*/.exec(text.slice(caret))?.[0].length ?? 0),
      start: 0,
      end: text.length,
    };
    this.caret = Math.max(0, Math.min(text.length, places[to]));
    this.marked = 0;
  }

  /** The filter before, or after, in the list of those that were used. */
  recall(by: -1 | 1): void {
    if (this.#historyAt === this.#before.length) this.#typed = this.text;
    const at = this.#historyAt + by;
    if (at < 0 || at > this.#before.length) return;
    this.#historyAt = at;
    const text = this.#before[at] ?? this.#typed;
    this.#replace(0, this.text.length, text);
  }

  /** Words that can stand where the caret is, the likeliest first. */
  get words(): readonly string[] {
    const typed = this.#typedWord();
    const before = this.text.slice(0, this.#typedFrom());
    const isState = /\b(state|exclude|excl)\s+([\w-]+[\s,]+)*$/i.test(before);
    const candidates: readonly string[] = isState ? STATE_WORDS : isValue(before) ? [] : [...BEGINNINGS, "and", "or"];
    if (typed === "") return candidates;
    const begun = candidates.filter((word) => word.startsWith(typed.toLowerCase()) && word !== typed.toLowerCase());
    if (begun.length > 0) return begun;
    if (candidates.includes(typed.toLowerCase())) return [];
    const likely = nearest(typed, isState ? STATE_WORDS : candidates.length > 0 ? WORDS : []);
    return likely.filter((word) => word !== typed.toLowerCase());
  }

  /** Puts the marked word in place of what is typed of it. */
  acceptWord(): void {
    const word = this.words[this.marked];
    if (word === undefined) return;
    this.#replace(this.#typedFrom(), this.caret, `${word} `);
  }

  /** Marks the word before, or after. */
  markWord(by: -1 | 1): void {
    const { length } = this.words;
    if (length > 0) this.marked = (this.marked + by + length) % length;
  }

  #typedWord(): string {
    return this.text.slice(this.#typedFrom(), this.caret);
  }

  /** Where the word begins that is being typed: at the caret, behind a blank. */
  #typedFrom(): number {
    return this.caret - (/[^\s(){}!=<>&|,]*$/.exec(this.text.slice(0, this.caret))?.[0].length ?? 0);
  }

  /** Where the word before the caret begins; blanks between the two belong to it. */
  #wordStart(): number {
    return this.caret - (/[^\s(){}!=<>&|,]*[\s(){}!=<>&|,]*$/.exec(this.text.slice(0, this.caret))?.[0].length ?? 0);
  }

  #replace(from: number, to: number, text: string): void {
    this.text = this.text.slice(0, from) + text + this.text.slice(to);
    this.caret = from + text.length;
    this.marked = 0;
    this.#compile();
  }

  #compile(): void {
    this.mistake = undefined;
    try {
      this.filter = filterOf(this.text);
    } catch (error) {
      if (!(error instanceof FilterSyntaxError)) throw error;
      const { column, problem } = error;
      const word = /^[\w.:*%/[\]-]+/.exec(this.text.slice(column))?.[0] ?? "?";
      this.mistake = { from: column, to: column + word.length, problem };
    }
  }
}

/** Whether what comes next is a value: an address, a port, a number. */
function isValue(before: string): boolean {
  return /\b(src|dst|sport|dport|pid|user)\s*([=!<>]*|\b(eq|ne|neq|gt|lt|ge|geq|le|leq)\b)\s*$|\{[^}]*$/i.test(before);
}

/** `undefined` for every connection. @throws {FilterSyntaxError} the text is not in the grammar */
export function filterOf(text: string): Filter | undefined {
  return text.trim() === "" ? undefined : compileFilter(text);
}
