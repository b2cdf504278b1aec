import { localEnd, remoteEnd } from "../table-text.js";
import { GROUP_SORTS, GROUPINGS, withGroup } from "./groups.js";
import type { ListedRow } from "./row-list.js";
import { SORT_COLUMNS, type SortColumn } from "./sort.js";
import type { Key, MouseEvent } from "./terminal.js";
import { intervalText } from "./texts.js";
import type { Question, WatchView } from "./view.js";

/** What keys can do beyond the view. */
export interface Effects {
  quit(): void;
  suspend(): void;
  /** Draws all of the screen afresh. */
  redraw(): void;
  /** Milliseconds from one sample to the next. */
  readonly every: number;
  changeEvery(every: number): void;
  close(question: Question): void;
  copy(text: string): void;
  /** Begins to record, or ends it; absent where nothing can be recorded. */
  record?(): void;
  /** Drops what the title tells of a recording that has failed. Returns whether there was something. */
  dismissFailure?(): boolean;
}

/** What `+` and `-` go through, milliseconds. */
const INTERVALS = [100, 200, 500, 1000, 2000, 5000, 10_000, 30_000, 60_000];

/** Rows that a turn of the wheel goes. */
const WHEEL = 3;

/** Milliseconds between the clicks of a double click, at most. */
const DOUBLE = 400;

/** Does what a key stands for. Keys that stand for nothing do nothing. */
export class Actions {
  readonly #view: WatchView;
  readonly #effects: Effects;
  #lastClick: { readonly line: number; readonly time: number } | undefined;

  constructor(view: WatchView, effects: Effects) {
    this.#view = view;
    this.#effects = effects;
  }

  /** @param now wall clock, milliseconds since 1970 */
  press(key: Key, now: number): void {
    const view = this.#view;
    view.message = undefined;
    if (key.ctrl && key.name === "c") {
      this.#effects.quit();
      return;
    }
    if (key.ctrl && key.name === "z") {
      this.#effects.suspend();
      return;
    }
    if (key.ctrl && key.name === "l") {
      this.#effects.redraw();
      return;
    }
    if (view.question) {
      this.#answer(key);
      return;
    }
    if (view.editor) {
      this.#type(key, now);
      return;
    }
    switch (key.sequence) {
      case "q":
        this.#effects.quit();
        return;
      case "?":
        view.mode = view.mode === "help" ? "rows" : "help";
        view.refresh(now);
        return;
    }
    if (key.name === "escape") {
      if (!this.#effects.dismissFailure?.()) view.back(now);
      return;
    }
    if (view.mode === "help") return;
    if (this.#move(key, now)) return;
    if (this.#common(key, now)) return;
    if (view.mode === "rows") this.#inRows(key, now);
    else if (view.mode === "groups") this.#inGroups(key, now);
    else this.#inLife(key, now);
  }

  mouse({ kind, line }: MouseEvent, now: number): void {
    const view = this.#view;
    if (view.question || view.mode === "help" || view.mode === "life") return;
    if (kind !== "click") {
      view.moveTo(view.cursor + (kind === "up" ? -WHEEL : WHEEL), now);
      return;
    }
    const { rows } = view.areas;
    const place = view.top + line - rows.from;
    if (line < rows.from || line >= rows.to || place >= view.length) return;
    view.moveTo(place, now);
    const isDouble = this.#lastClick?.line === line && now - this.#lastClick.time < DOUBLE;
    this.#lastClick = { line, time: now };
    if (isDouble && !view.editor) this.#enter(now);
  }

  #answer({ sequence }: Key): void {
    const { question } = this.#view;
    this.#view.question = undefined;
    if (question && sequence === "y") this.#effects.close(question);
  }

  #move({ name }: Key, now: number): boolean {
    const view = this.#view;
    const page = Math.max(1, view.areas.rows.to - view.areas.rows.from - 1);
    const steps: Record<string, number> = { up: -1, down: 1, pageup: -page, pagedown: page, end: view.length };
    if (name === "home" && view.mode !== "life") {
      view.moveHome();
      view.refresh(now);
      return true;
    }
    const step = name === undefined ? undefined : steps[name];
    if (step === undefined) return false;
    view.moveTo(view.cursor + step, now);
    return true;
  }

  /** Keys that do the same in all lists. */
  #common({ sequence, name }: Key, now: number): boolean {
    const view = this.#view;
    const { marks } = view.model;
    switch (sequence) {
      case " ":
        view.model.togglePause();
        break;
      case "s":
        view.statesAreTurned = !view.statesAreTurned;
        break;
      case "p":
        view.owners = !view.owners;
        if (!view.owners && view.sort.column === "pid") view.sort = { column: "age", descending: false };
        break;
      case "m":
        marks.changeStay();
        this.#tell(
          Number.isFinite(marks.stay)
            ? `Marks stay ${intervalText(marks.stay)}.`
            : "Marks stay until m is pressed again.",
        );
        break;
      case "c":
        view.onlyMarked = !view.onlyMarked;
        view.moveHome();
        break;
      case "+":
      case "-": {
        const { every } = this.#effects;
        const other =
          sequence === "+" ? INTERVALS.findLast((one) => one < every) : INTERVALS.find((one) => one > every);
        if (other !== undefined) this.#effects.changeEvery(other);
        this.#tell(`A sample every ${intervalText(other ?? every)}.`);
        break;
      }
      case "w":
        if (!this.#effects.record) return false;
        this.#effects.record();
        return true;
      case "g": {
        const next = view.mode === "groups" ? (GROUPINGS.indexOf(view.grouping) + 1) % GROUPINGS.length : 0;
        view.showGroups(GROUPINGS[next] ?? "remote", now);
        return true;
      }
      case "/":
        if (view.mode === "life") view.mode = "rows";
        view.edit();
        break;
      default:
        if (name !== "return" && name !== "enter") return false;
        this.#enter(now);
        return true;
    }
    view.refresh(now);
    return true;
  }

  #enter(now: number): void {
    const view = this.#view;
    if (view.mode === "rows" && view.cursorRow) {
      view.moveTo(view.cursor, now);
      view.mode = "life";
    } else if (view.mode === "groups") {
      const group = view.groups[view.cursor];
      if (group?.filter) view.showGroup(withGroup(view.filterText, group.filter), now);
    }
  }

  #inRows(key: Key, now: number): void {
    const view = this.#view;
    const letters: Record<string, SortColumn> = { S: "state", L: "local", R: "remote", P: "pid", A: "age" };
    const column = letters[key.sequence];
    if (column) {
      if (column === "pid") view.owners = true;
      view.setSort({ column, descending: false }, now);
      return;
    }
    switch (key.sequence) {
      case "r":
        view.setSort({ ...view.sort, descending: !view.sort.descending }, now);
        return;
      case "<":
      case ">": {
        const columns = SORT_COLUMNS.filter((one) => one !== "pid" || view.owners);
        const next = columns[columns.indexOf(view.sort.column) + (key.sequence === "<" ? -1 : 1)];
        if (next) view.setSort({ column: next, descending: false }, now);
        return;
      }
      case "k":
        view.ask(now);
        return;
      case "y":
        this.#copy(view.cursorRow);
        return;
    }
  }

  #inGroups(key: Key, now: number): void {
    const view = this.#view;
    const { groupSort } = view;
    switch (key.sequence) {
      case "G":
        view.showRows(now);
        return;
      case "r":
        view.setGroupSort({ ...groupSort, descending: !groupSort.descending }, now);
        return;
      case "<":
      case ">": {
        const column = GROUP_SORTS[GROUP_SORTS.indexOf(groupSort.column) + (key.sequence === "<" ? -1 : 1)];
        if (!column) return;
        view.setGroupSort({ column, descending: column !== "label" }, now);
        return;
      }
    }
  }

  #inLife(key: Key, now: number): void {
    const view = this.#view;
    const row = view.life?.row;
    switch (key.sequence) {
      case "k":
        view.ask(now);
        return;
      case "y":
        this.#copy(view.cursorRow);
        return;
      case "f":
        if (row && row.state !== "LISTEN") this.#narrow(`dst ${row.remoteAddress}`, now);
        return;
      case "F":
        if (row?.owningPid) this.#narrow(`pid = ${row.owningPid}`, now);
        return;
    }
  }

  #narrow(filter: string, now: number): void {
    const view = this.#view;
    view.mode = "rows";
    view.setFilter(withGroup(view.filterText, filter), now);
  }

  #type(key: Key, now: number): void {
    const view = this.#view;
    const { editor } = view;
    if (!editor) return;
    const { name, ctrl, meta, shift, sequence } = key;
    if (name === "return" || name === "enter") {
      view.endEditing(true, now);
      return;
    }
    if (name === "escape") {
      view.endEditing(false, now);
      return;
    }
    if (name === "pageup" || name === "pagedown") {
      this.#move(key, now);
      return;
    }
    if (name === "left") editor.move(ctrl || meta ? "word left" : "left");
    else if (name === "right") editor.move(ctrl || meta ? "word right" : "right");
    else if (name === "home" || (ctrl && name === "a")) editor.move("start");
    else if (name === "end" || (ctrl && name === "e")) editor.move("end");
    else if (name === "tab") shift ? editor.markWord(-1) : editor.acceptWord();
    else if (name === "up" || name === "down") editor.recall(name === "up" ? -1 : 1);
    else if (name === "backspace") meta ? editor.removeWord() : editor.remove(-1);
    else if (name === "delete") editor.remove(1);
    else if (ctrl && name === "w") editor.removeWord();
    else if (ctrl && name === "u") editor.removeToStart();
    else if (!ctrl && !meta) editor.insert(sequence);
    view.edited(now);
  }

  #copy(listed: ListedRow | undefined): void {
    if (!listed) return;
    const row = listed.table ? listed.table.row(listed.index) : listed.gone.event.row;
    this.#effects.copy(`${row.state} ${localEnd(row)} ${remoteEnd(row)}${row.owningPid ? ` ${row.owningPid}` : ""}`);
    this.#tell("The row was sent to the terminal's clipboard.");
  }

  #tell(text: string): void {
    this.#view.message = { text, isFailure: false };
  }
}
