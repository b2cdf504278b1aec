import type { TcpRow } from "../../decoder/table/row.js";
import { columnsUsed } from "../../filter/columns.js";
import type { Filter } from "../../filter/filter.js";
import { DecoderError } from "../../format/errors.js";
import { type Areas, areasOf } from "./areas.js";
import { type ConnectionKey, keyOf } from "./connection-key.js";
import { FilterEditor, filterOf } from "./filter-editor.js";
import { type Group, type Grouping, type GroupSort, groupRows } from "./groups.js";
import { ListCursor } from "./list-cursor.js";
import type { Life } from "./lives.js";
import type { WatchModel } from "./model.js";
import { RowFilter } from "./row-filter.js";
import { type ListedRow, RowList } from "./row-list.js";
import { queryFor, type Sort } from "./sort.js";

/** What fills the screen. */
export type Mode = "rows" | "groups" | "life" | "help";

/** What is said in the last line, until the next key. */
export interface Message {
  readonly text: string;
  readonly isFailure: boolean;
}

/** The connection that is asked about. */
export interface Question {
  readonly key: ConnectionKey;
  readonly row: TcpRow;
  readonly processName: string | undefined;
}

export interface ViewOptions {
  readonly filter: Filter | undefined;
  readonly sort: Sort;
  readonly owners: boolean;
  readonly extended?: boolean;
}

/**
 * What of the model is looked at, and how: mode, filter, order, cursor. It knows neither keys nor a terminal, and asks for no
 * clock: whoever changes it tells the time.
 */
export class WatchView {
  readonly model: WatchModel;
  readonly list = new RowList();
  mode: Mode = "rows";
  editor: FilterEditor | undefined;
  question: Question | undefined;
  message: Message | undefined;
  width = 80;
  height = 24;
  filterText: string;
  sort: Sort;
  grouping: Grouping = "remote";
  groups: readonly Group[] = [];
  groupSort: GroupSort = { column: "rows", descending: true };
  owners: boolean;
  /** Whether what waits in the queues is shown, where there is room. */
  readonly extended: boolean;
  /** Whether the states are shown the other way round: all where there is little room, or one line. */
  statesAreTurned = false;
  onlyMarked = false;
  /** What the filter can't be asked of these tables. */
  problem: string | undefined;
  readonly filters: string[] = [];
  #filter: Filter | undefined;
  #rowFilter: RowFilter;
  readonly #cursor = new ListCursor();
  /** The filter to go back to from the rows of a group. */
  #beforeGroup: string | undefined;
  /** Whether there is a list of the tables that are there. */
  #isBuilt = false;

  constructor(model: WatchModel, { filter, sort, owners, extended = false }: ViewOptions) {
    this.model = model;
    this.#filter = filter;
    this.#rowFilter = new RowFilter(filter);
    this.filterText = filter?.text ?? "";
    if (filter) this.filters.push(filter.text);
    this.sort = sort;
    this.owners = owners;
    this.extended = extended;
  }

  get areas(): Areas {
    return areasOf(this);
  }

  /** The filter that holds now: while it is edited, what was typed last that means something. */
  get filter(): Filter | undefined {
    return this.editor ? this.editor.filter : this.#filter;
  }

  /** Whether the tables must tell owners: they are shown, or the filter looks at them. */
  get needsOwners(): boolean {
    return this.owners || (this.filter !== undefined && columnsUsed(this.filter.expression).includes("owningPid"));
  }

  /** Lists the rows anew, and keeps the cursor at its connection. @param now wall clock */
  refresh(now: number): void {
    const { picture, lives, marks } = this.model;
    if (!picture) return;
    const filter = this.filter;
    try {
      this.list.build({
        ...{ tables: picture.tables, lives, marks, sort: this.sort, rowFilter: this.#rowFilter },
        ...{ onlyMarked: this.onlyMarked, held: this.#cursor.orderAt(now), query: queryFor(this.sort, filter) },
      });
      this.problem = undefined;
      this.#isBuilt = true;
    } catch (error) {
      // A filter can ask for what tables of this system do not have.
      if (!(error instanceof DecoderError)) throw error;
      this.problem = error.message;
      this.list.length = 0;
    }
    if (this.mode === "groups") this.#refreshGroups();
    else this.#findCursor();
    this.#scroll();
  }

  /** The row under the cursor: a place in the list, or in the groups. */
  get cursor(): number {
    return this.#cursor.place;
  }

  /** The first row on the screen. */
  get top(): number {
    return this.#cursor.top;
  }

  /** The row under the cursor; `undefined` where there is none. */
  get cursorRow(): ListedRow | undefined {
    const { list } = this;
    return this.#isBuilt && this.cursor < list.length ? list.at(this.cursor) : undefined;
  }

  /** The life of the connection under the cursor. */
  get life(): Life | undefined {
    const row = this.cursorRow;
    if (!row) return undefined;
    if (row.table) return this.model.lives.of(row.table, row.index);
    return this.model.lives.get(row.gone.key);
  }

  /** How many rows or groups there are to move in. */
  get length(): number {
    return this.mode === "groups" ? this.groups.length : this.list.length;
  }

  /** @param to a place in the list; places beyond its ends are its ends */
  moveTo(to: number, now: number): void {
    this.#cursor.goTo(to, this.length);
    if (this.mode !== "groups") {
      this.#cursor.key = this.length > 0 ? this.list.keyAt(this.cursor) : undefined;
      if (this.mode === "rows" && !this.model.pause) this.#cursor.holdOrder(now, () => this.list.keys());
    }
    this.#scroll();
  }

  /** To the first row, and to whatever comes in there. */
  moveHome(): void {
    this.#cursor.goHome();
  }

  setGroupSort(sort: GroupSort, now: number): void {
    this.groupSort = sort;
    this.#cursor.goTo(0, this.length);
    this.refresh(now);
  }

  setSort(sort: Sort, now: number): void {
    this.sort = sort;
    this.moveHome();
    this.refresh(now);
  }

  edit(): void {
    this.editor = new FilterEditor(this.filterText, this.#filter, this.filters);
  }

  /** After a keystroke in the filter. */
  edited(now: number): void {
    this.#rowFilter = new RowFilter(this.filter);
    this.#cursor.releaseOrder();
    this.refresh(now);
  }

  /** Ends editing. @param keeps whether what was typed holds from now on. It does not where it means nothing */
  endEditing(keeps: boolean, now: number): void {
    const { editor } = this;
    this.editor = undefined;
    if (keeps && editor && !editor.mistake) this.setFilter(editor.text.trim(), now);
    else this.setFilter(this.filterText, now);
  }

  /** @throws {FilterSyntaxError} the text is not in the grammar */
  setFilter(text: string, now: number): void {
    this.#filter = filterOf(text);
    this.#rowFilter = new RowFilter(this.#filter);
    if (text !== "" && text !== this.filters.at(-1)) this.filters.push(text);
    if (text !== this.filterText) this.moveHome();
    this.filterText = text;
    this.refresh(now);
  }

  showGroups(grouping: Grouping, now: number): void {
    this.mode = "groups";
    this.grouping = grouping;
    this.#cursor.goToTop();
    this.refresh(now);
  }

  showRows(now: number): void {
    this.mode = "rows";
    this.moveHome();
    this.refresh(now);
  }

  /** The rows of a group alone; `back` returns to the groups. */
  showGroup(text: string, now: number): void {
    this.#beforeGroup = this.filterText;
    this.mode = "rows";
    this.setFilter(text, now);
    this.moveHome();
    this.refresh(now);
  }

  /** One step back: from help or a life to the rows, from a group to all groups, and then the filter goes. */
  back(now: number): void {
    if (this.mode === "help" || this.mode === "life") {
      this.mode = "rows";
    } else if (this.mode === "groups") {
      this.showRows(now);
    } else if (this.#beforeGroup !== undefined) {
      const text = this.#beforeGroup;
      this.#beforeGroup = undefined;
      this.setFilter(text, now);
      this.showGroups(this.grouping, now);
    } else {
      this.setFilter("", now);
    }
    this.refresh(now);
  }

  /** Asks whether the connection under the cursor is to be closed. */
  ask(now: number): void {
    const row = this.cursorRow;
    if (!row?.table) return;
    // From now on the cursor keeps to it, whatever comes in.
    this.moveTo(this.cursor, now);
    const shown = row.table.row(row.index);
    const processName = shown.owningPid ? this.model.picture?.nameOf(shown.owningPid) : undefined;
    this.question = { key: keyOf(shown), row: shown, processName };
  }

  #refreshGroups(): void {
    const { marks, picture } = this.model;
    const before = this.groups[this.cursor]?.value;
    const options = { marks, rowFilter: this.#rowFilter, sort: this.groupSort };
    this.groups = groupRows(this.list, this.grouping, { ...options, nameOf: (pid) => picture?.nameOf(pid) });
    const place = this.groups.findIndex(({ value }) => value === before);
    // At the top it stays at the top.
    if (this.cursor > 0 && place >= 0) this.#cursor.goWithRowTo(place);
    this.#cursor.goTo(this.cursor, this.groups.length);
  }

  /** The cursor keeps to its connection, which stays on its line. */
  #findCursor(): void {
    const { list } = this;
    const cursor = this.#cursor;
    if (cursor.key === undefined) {
      cursor.place = 0;
      return;
    }
    const place = list.placeOf(cursor.key);
    if (place >= 0) cursor.goWithRowTo(place);
    cursor.goTo(cursor.place, list.length);
    // It has gone: whatever is in its place now.
    if (place < 0 && list.length > 0) cursor.key = list.keyAt(cursor.place);
  }

  #scroll(): void {
    const { rows } = this.areas;
    this.#cursor.scroll(this.length, Math.max(1, rows.to - rows.from));
  }
}
