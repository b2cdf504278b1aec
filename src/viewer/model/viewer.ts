import { batch, effect, signal } from "@preact/signals";
import type { ColumnName, SortKey } from "../../decoder/index.js";
import type { FirstSeen, GroupBy, ShownRow, Since, Source, WorkerEvent } from "../protocol.js";
import { Exports } from "./exports.js";
import { extentOf } from "./extent.js";
import { orTell, sentence, tellFailure } from "./failures.js";
import { addToHistory } from "./history.js";
import { both, toggleState } from "./leading-states.js";
import { Scan } from "./scan.js";
import { createState, type ViewerState } from "./state.js";
import { ViewerProblem, WorkerClient, type WorkerPort } from "./worker-client.js";

/** Milliseconds without a change after which slow things are asked for. */
const REST = 150;
/** The least that can be zoomed into, in samples. */
const LEAST_SAMPLES = 4;
/** Milliseconds that are shown at first of what is live. */
const LIVE_WINDOW = 600_000;
/** Connections whose beginning the page remembers. */
const MOST_FIRST_SEEN = 20_000;

/** What people can do on the page, and the questions that follow from it. Parts read `state` and call these. */
export class Viewer {
  readonly state: ViewerState = createState();
  readonly scan: Scan;
  readonly exports: Exports;
  readonly #client: WorkerClient;
  /** Whether the worker was asked for the moment of what is open: all else comes after that, as people wait for the rows. */
  readonly #isMomentAsked = signal(false);
  #restTimer: ReturnType<typeof setTimeout> | undefined;
  #lifeTimer: ReturnType<typeof setTimeout> | undefined;
  /** Rows that the table has on the screen. */
  #shown = { from: 0, to: 60 };
  #visible = { from: 0, to: 0 };
  #viewsUnderWay = 0;
  /** Rises with each view that is asked for: answers about an older one are dropped. */
  #viewNumber = 0;

  constructor(port: WorkerPort) {
    this.#client = new WorkerClient(port, (event) => this.#told(event));
    this.scan = new Scan(this.state, this.#client);
    this.exports = new Exports(this.state, this.#client, () => this.#mainView());
  }

  /** Asks anew whenever what a question depends on has changed. Returns what ends it. */
  start(): () => void {
    const { state } = this;
    const isReady = () => state.phase.value === "open" && this.#isMomentAsked.value;
    const ends = [
      effect(() => {
        if (state.phase.value !== "open") {
          this.#isMomentAsked.value = false;
          return;
        }
        const view = {
          at: state.at.value,
          where: state.typed.value,
          sort: state.sort.value,
          since: state.since.value,
        };
        void this.#view(view);
        this.#isMomentAsked.value = true;
      }),
      effect(() => {
        const { from, to } = state.window.value;
        const columns = state.columns.value;
        if (isReady() && columns > 0 && state.summaries.value) {
          void this.#ask(async () => {
            state.timeline.value = await this.#client.ask("timeline", { from, to, columns });
          });
        }
      }),
      effect(() => {
        const columns = state.columns.value;
        if (isReady() && columns > 0 && state.summaries.value && state.info.value) {
          void this.#ask(async () => {
            state.overview.value = await this.#client.ask("overview", { columns });
          });
        }
      }),
      this.scan.start(),
      effect(() => {
        if (state.scope.value === "recording" && isReady()) this.scan.begin(state.where.value);
      }),
      effect(() => {
        const row = state.selected.value;
        clearTimeout(this.#lifeTimer);
        if (!row) state.life.value = null;
        else this.#lifeTimer = setTimeout(() => this.#life(row), REST);
      }),
    ];
    return () => {
      for (const end of ends) end();
      clearTimeout(this.#restTimer);
      clearTimeout(this.#lifeTimer);
    };
  }

  /** Opens a recording, and restores what the page's address asks for, if that was not done before. */
  async open(source: Source): Promise<void> {
    const { state } = this;
    batch(() => {
      state.phase.value = "loading";
      state.failure.value = "";
      this.#clear();
    });
    try {
      const info = await this.#client.ask("open", source);
      batch(() => {
        state.info.value = info;
        const whole = extentOf(info);
        const { from, to, at, row, group, scope } = state.linked.value ?? {};
        state.linked.value = null;
        const recent = info.isLive ? { from: info.end - LIVE_WINDOW, to: info.end } : whole;
        state.window.value = from !== undefined && to !== undefined ? { from, to } : recent;
        state.at.value = at ?? info.end;
        state.isFollowing.value = info.isLive && at === undefined;
        state.soughtKey.value = row ?? "";
        state.address.value = source.kind === "address" ? source.address : "";
        if (scope) state.scope.value = scope;
        else if (group) state.groupBy.value = group;
        // A scan may begin before the first view has shown that this is a filter: then it tells the mistake.
        state.where.value = state.typed.value;
        state.phase.value = "open";
      });
    } catch (error) {
      if (error instanceof ViewerProblem && error.isSuperseded) return;
      batch(() => {
        state.phase.value = "empty";
        state.failure.value = sentence(error);
      });
    }
  }

  #clear(): void {
    const { state } = this;
    for (const each of [state.info, state.live, state.moment, state.rows, state.timeline, state.overview] as const)
      each.value = null;
    for (const each of [state.groups, state.openGroup, state.scan, state.lane, state.lives, state.life] as const)
      each.value = null;
    state.selected.value = null;
    state.mistake.value = null;
    state.summaries.value = { fraction: 0, reads: 0 };
    state.scope.value = "moment";
    state.firstSeen.value = new Map();
  }

  #told(event: WorkerEvent): void {
    const { state } = this;
    if (event.event === "summaries") {
      state.summaries.value = { fraction: event.fraction, reads: state.summaries.value.reads + 1 };
    } else if (event.event === "live") {
      state.live.value = event.live;
    } else {
      batch(() => {
        state.info.value = event.info;
        if (!state.isFollowing.value) return;
        const { from, to } = state.window.value;
        state.at.value = event.info.end;
        state.window.value = { from: event.info.end - (to - from), to: event.info.end };
      });
    }
  }

  /** Goes to a time, within the recording. Live, going to its end is to follow it. */
  goTo(time: number): void {
    const { state } = this;
    const info = state.info.value;
    if (!info || Number.isNaN(time)) return;
    batch(() => {
      const at = Math.min(info.end, Math.max(info.start, time));
      state.at.value = at;
      state.isFollowing.value = info.isLive && at >= info.end;
      const { from, to } = state.window.value;
      if (at < from || at > to) this.zoom(at - (to - from) / 2, at + (to - from) / 2);
    });
  }

  /** Live: stays at the moment that is shown, or goes along with now again. */
  pauseOrFollow(): void {
    const { isFollowing, info } = this.state;
    if (isFollowing.value) isFollowing.value = false;
    else this.goTo(info.value?.end ?? Number.NaN);
  }

  async step(samples: number): Promise<void> {
    await this.#ask(async () => this.goTo(await this.#client.ask("step", { at: this.state.at.value, samples })));
  }

  /** The nearest sample in which something that matches has changed. */
  async goToChange(direction: -1 | 1): Promise<void> {
    const { state } = this;
    await this.#ask(async () => {
      const time = await this.#client.ask("change", { at: state.at.value, where: state.where.value, direction });
      if (Number.isNaN(time))
        state.message.value = direction < 0 ? "Nothing changed before." : "Nothing changes after.";
      else this.goTo(time);
    });
  }

  /** Shows a stretch: no shorter than some samples, no longer than the recording, and within it. */
  zoom(from: number, to: number): void {
    const { state } = this;
    const info = state.info.value;
    if (!info) return;
    const extent = extentOf(info);
    const whole = extent.to - extent.from;
    const long = Math.min(whole, Math.max(to - from, info.metadata.every * LEAST_SAMPLES, 1));
    const start = Math.min(extent.to - long, Math.max(extent.from, (from + to - long) / 2));
    state.window.value = { from: start, to: start + long };
  }

  /** Zooms by a factor around a time; below 1 closer. */
  zoomBy(factor: number, around = this.state.at.value): void {
    const { from, to } = this.state.window.value;
    const centre = Math.min(to, Math.max(from, around));
    this.zoom(centre - (centre - from) * factor, centre + (to - centre) * factor);
  }

  pan(milliseconds: number): void {
    const { from, to } = this.state.window.value;
    this.zoom(from + milliseconds, to + milliseconds);
  }

  showAll(): void {
    const info = this.state.info.value;
    if (info) this.state.window.value = extentOf(info);
  }

  async #view(view: { at: number; where: string; sort: readonly SortKey[]; since: Since }): Promise<void> {
    const { state } = this;
    const number = ++this.#viewNumber;
    this.#viewsUnderWay++;
    try {
      const moment = await this.#client.ask("view", view);
      if (number !== this.#viewNumber) return;
      const rows = await this.#client.ask("rows", this.#shown);
      if (number !== this.#viewNumber) return;
      batch(() => {
        state.moment.value = moment;
        state.rows.value = rows;
        state.where.value = view.where;
        state.mistake.value = null;
      });
      this.#afterRest();
      if (state.groupBy.peek()) await this.#groups(number);
      await this.#findSought(number);
    } catch (error) {
      if (!(error instanceof ViewerProblem) || error.isSuperseded) return;
      if (error.problem.kind === "filter" || error.problem.kind === "query") state.mistake.value = error.problem;
      else tellFailure(state, error);
    } finally {
      this.#viewsUnderWay--;
      // What was scrolled to in the meantime.
      if (this.#viewsUnderWay === 0) this.showRows(this.#visible.from, this.#visible.to);
    }
  }

  /** Rows came on the screen: they are asked for, with some around them. */
  showRows(from: number, to: number): void {
    this.#visible = { from, to };
    this.#shown = { from: Math.max(0, from - 30), to: to + 30 };
    // A question now would take the place of the one that the view waits for.
    if (this.#viewsUnderWay > 0 || this.state.groupBy.peek()) return;
    const { state } = this;
    const held = state.rows.peek();
    if (held && from >= held.from && Math.min(to, held.length) <= held.from + held.rows.length) return;
    const number = this.#viewNumber;
    void this.#ask(async () => {
      const rows = await this.#client.ask("rows", this.#shown);
      if (number === this.#viewNumber) state.rows.value = rows;
      this.#afterRest();
    });
  }

  /** When rows were first seen takes a while to find: asked for once nothing moves. */
  #afterRest(): void {
    clearTimeout(this.#restTimer);
    this.#restTimer = setTimeout(() => {
      const { state } = this;
      const known = state.firstSeen.peek();
      const held = state.groupBy.peek() ? state.openGroup.peek()?.rows : state.rows.peek();
      const rows = (held?.rows ?? []).filter(({ key }) => !known.has(key));
      if (rows.length === 0) return;
      void this.#ask(async () => {
        const found = await this.#client.ask("firstSeen", {
          at: state.moment.peek()?.time ?? state.at.peek(),
          rows: rows.map(({ key, row, family }) => ({ key, row, family })),
        });
        const all = new Map<string, FirstSeen>(known.size > MOST_FIRST_SEEN ? [] : known);
        for (const each of found) all.set(each.key, each);
        state.firstSeen.value = all;
      });
    }, REST);
  }

  async #findSought(number: number): Promise<void> {
    const { state } = this;
    const key = state.soughtKey.peek();
    if (!key) return;
    const place = await this.#client.ask("place", { key });
    if (place < 0 || number !== this.#viewNumber) return;
    const { rows } = await this.#client.ask("rows", { from: place, to: place + 1 });
    batch(() => {
      state.soughtKey.value = "";
      state.selected.value = rows[0] ?? null;
    });
  }

  /** The filter's text as it is typed. Rows stay as before while it is no filter. */
  type(text: string): void {
    this.state.typed.value = text;
  }

  /** Keeps what is typed among the filters before. */
  commitFilter(): void {
    if (!this.state.mistake.value) addToHistory(this.state.typed.value);
  }

  toggleState(name: string): void {
    this.state.typed.value = toggleState(this.state.typed.value, name);
  }

  /** Adds a condition to the filter. */
  narrow(condition: string): void {
    this.state.typed.value = both(this.state.typed.value, condition);
    this.commitFilter();
  }

  /** Sorts by a column: at first upwards, then downwards, then not. With `add`, after the keys that there are. */
  sortBy(column: ColumnName, add: boolean): void {
    const { sort } = this.state;
    const now = sort.value.find((key) => key === column || key === `-${column}`);
    const next: readonly SortKey[] = now === column ? [`-${column}`] : now ? [] : [column];
    if (!add) sort.value = next;
    else if (now) sort.value = sort.value.flatMap((key) => (key === now ? next : [key]));
    else sort.value = [...sort.value, ...next];
  }

  select(row: ShownRow | null): void {
    const { state } = this;
    if (row?.key === state.selected.value?.key && state.life.value) {
      state.selected.value = row;
      return;
    }
    batch(() => {
      state.life.value = null;
      state.selected.value = row;
    });
  }

  #life(row: ShownRow): void {
    const { state } = this;
    const show = (life: NonNullable<typeof state.life.value>) => {
      if (state.selected.value?.key === life.key) state.life.value = life;
    };
    void this.#ask(async () => {
      const ask = { key: row.key, row: row.row, family: row.family };
      show(await this.#client.ask("life", { at: state.moment.value?.time ?? state.at.value, row: ask }, show));
    });
  }

  setGroupBy(by: GroupBy | null): void {
    const { state } = this;
    batch(() => {
      state.groupBy.value = by;
      state.groups.value = null;
      state.openGroup.value = null;
      state.scope.value = "moment";
    });
    void this.#ask(() => this.#groups(this.#viewNumber));
  }

  async #groups(number: number): Promise<void> {
    const { state } = this;
    const by = state.groupBy.peek();
    if (!by) return;
    const groups = await this.#client.ask("groups", { by });
    if (number !== this.#viewNumber || by !== state.groupBy.peek()) return;
    state.groups.value = groups;
    const open = state.openGroup.peek();
    if (open && !groups.groups.some(({ label }) => label === open.label)) state.openGroup.value = null;
    else if (open) await this.#groupRows(open.label, number, { from: 0, to: 200 });
  }

  /** Unfolds a group, and folds the one that was unfolded; the same one only folds. */
  toggleGroup(label: string): void {
    const { state } = this;
    const number = this.#viewNumber;
    if (state.openGroup.value?.label === label) {
      state.openGroup.value = null;
      void this.#ask(() => this.#mainView());
      return;
    }
    state.openGroup.value = { label, rows: null };
    void this.#ask(() => this.#groupRows(label, number, { from: 0, to: 200 }));
  }

  /** Rows of a group: the worker is asked for a view of them alone, as it holds one at a time. */
  async #groupRows(label: string, number: number, range: { from: number; to: number }): Promise<void> {
    const { state } = this;
    const group = state.groups.peek()?.groups.find((each) => each.label === label);
    if (!group) return;
    await this.#client.ask("view", { ...this.#asked(), where: both(state.where.peek(), group.where) });
    const rows = await this.#client.ask("rows", range);
    if (number !== this.#viewNumber || state.openGroup.peek()?.label !== label) return;
    state.openGroup.value = { label, rows };
    this.#afterRest();
  }

  #asked() {
    const { state } = this;
    return { at: state.at.peek(), where: state.where.peek(), sort: state.sort.peek(), since: state.since.peek() };
  }

  async #mainView(): Promise<void> {
    await this.#client.ask("view", this.#asked());
  }

  setScope(scope: "moment" | "recording"): void {
    const { state } = this;
    if (scope === "moment") this.scan.stop();
    batch(() => {
      state.groupBy.value = null;
      state.scope.value = scope;
    });
  }

  async record(isOn: boolean): Promise<void> {
    await this.#ask(() => this.#client.ask("record", { isOn }));
  }

  /** Does what asks the worker; what can't be answered is told on the page. */
  #ask(work: () => Promise<void>): Promise<void> {
    return orTell(this.state, work);
  }
}
