import { batch, effect } from "@preact/signals";
import type { ScanState } from "../protocol.js";
import { orTell } from "./failures.js";
import type { ViewerState } from "./state.js";
import type { WorkerClient } from "./worker-client.js";

/** The search through the whole recording: its lane in the timeline, and the lives that it finds. */
export class Scan {
  readonly #state: ViewerState;
  readonly #client: WorkerClient;
  /** Lives that the list has on the screen. */
  #shown = { from: 0, to: 60 };

  constructor(state: ViewerState, client: WorkerClient) {
    this.#state = state;
    this.#client = client;
  }

  /** Asks for the lane anew whenever the scan has found more, or the window is another one. Returns what ends it. */
  start(): () => void {
    const state = this.#state;
    return effect(() => {
      const scan = state.scan.value;
      const { from, to } = state.window.value;
      const columns = state.columns.value;
      if (!scan || columns === 0) return;
      void orTell(state, async () => {
        state.lane.value = (await this.#client.ask("lane", { from, to, columns })) ?? null;
      });
    });
  }

  /** Looks for what matches a filter; what was found before is dropped. */
  begin(where: string): void {
    const state = this.#state;
    const show = (scan: ScanState) => {
      state.scan.value = scan;
      this.#askLives();
    };
    batch(() => {
      state.scan.value = null;
      state.lane.value = null;
      state.lives.value = null;
    });
    void orTell(state, async () => show(await this.#client.ask("scan", { where }, show)));
  }

  /** What was found so far stays. */
  stop(): void {
    const state = this.#state;
    if (!state.scan.value || state.scan.value.isDone) return;
    void orTell(state, async () => {
      const stopped = await this.#client.ask("stopScan", undefined);
      if (stopped) state.scan.value = { ...stopped, isDone: true };
    });
  }

  /** Lives came on the screen: they are asked for, with some around them. */
  showLives(from: number, to: number): void {
    this.#shown = { from: Math.max(0, from - 30), to: to + 30 };
    const held = this.#state.lives.value;
    if (held && from >= held.from && Math.min(to, held.length) <= held.from + held.lives.length) return;
    this.#askLives();
  }

  #askLives(): void {
    const state = this.#state;
    void orTell(state, async () => {
      state.lives.value = await this.#client.ask("lives", this.#shown);
    });
  }
}
