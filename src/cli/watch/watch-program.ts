import { isExpected } from "../warnings.js";
import type { WatchArguments } from "../watch-arguments.js";
import { Actions } from "./actions.js";
import { closeShown } from "./close-shown.js";
import { WatchModel } from "./model.js";
import { type FinishedRecording, RecordingSwitch, type RunningRecording } from "./recording-switch.js";
import { drawScreen } from "./screen.js";
import type { Key, MouseEvent, Terminal } from "./terminal.js";
import { type Question, WatchView } from "./view.js";
import type { WatchSampler } from "./watch-sampler.js";

/** What the program is made of. Tests have parts of their own. */
export interface WatchParts {
  readonly host: string;
  readonly ascii: boolean;
  /** Whether the terminal has bold, dim and reverse. */
  readonly attributes: boolean;
  /** @param names whether to tell owners and their names */
  openSampler(every: number, names: boolean): WatchSampler;
  /** Makes a file for what such a sampler gives. @throws what the system says, when there can be none */
  beginRecording(sampler: WatchSampler, every: number, names: boolean): Promise<RunningRecording>;
}

/** What of a terminal is used. */
export type WatchTerminal = Pick<Terminal, keyof Terminal>;

/** Milliseconds between two drawings, at the least. */
const DRAW_EVERY = 33;

/** Milliseconds after which a question without an answer is no question any more. */
const QUESTION_TIMEOUT = 20_000;

const STOP_SIGNALS = ["SIGINT", "SIGTERM", "SIGHUP"] as const;

/** Joins the parts: samples go into the model, keys into the view, and the screen follows both. */
export class WatchProgram {
  readonly #terminal: WatchTerminal;
  readonly #parts: WatchParts;
  readonly #model = new WatchModel();
  readonly #view: WatchView;
  readonly #actions: Actions;
  #every: number;
  readonly #recordings: RecordingSwitch;
  #sampler: WatchSampler | undefined;
  #hasNames = false;
  #isQuitting = false;
  #drawTimer: NodeJS.Timeout | undefined;
  #lastDraw = 0;
  #questionTimer: NodeJS.Timeout | undefined;
  /** Ends `run` with an error that a key has caused. */
  #fail: (error: unknown) => void = () => {};

  constructor(what: WatchArguments, terminal: WatchTerminal, parts: WatchParts) {
    const { filter, sort, processes: owners, extended } = what;
    this.#terminal = terminal;
    this.#parts = parts;
    this.#every = what.every;
    this.#view = new WatchView(this.#model, { filter, sort, extended, owners: owners || sort.column === "pid" });
    this.#recordings = new RecordingSwitch({
      begin: (sampler) => parts.beginRecording(sampler, this.#every, this.#hasNames),
      changed: (failure) => {
        if (failure !== undefined) this.#view.message = { text: failure, isFailure: true };
        this.#drawSoon();
      },
      fail: (error) => this.#fail(error),
    });
    const program = this;
    this.#actions = new Actions(this.#view, {
      get every() {
        return program.#every;
      },
      quit: () => this.#quit(),
      suspend: () => this.#suspend(),
      redraw: () => terminal.invalidate(),
      changeEvery: (every) => this.#changeEvery(every),
      close: (question) => void this.#close(question),
      copy: (text) => terminal.copy(text),
      // Between two samplers there is nothing to record: the next one is there within a moment.
      record: () => this.#sampler && this.#recordings.toggle(this.#sampler),
      dismissFailure: () => this.#recordings.dismissFailure(),
    });
  }

  /** The recordings that were made. */
  get recordings(): readonly FinishedRecording[] {
    return this.#recordings.finished;
  }

  /** What has ended the last recording, where nobody has dismissed it. */
  get recordingFailure(): string | undefined {
    return this.#recordings.failure;
  }

  /**
   * Settles when somebody has quit. The terminal is as it was before then.
   *
   * @throws what the sampler throws
   */
  async run(): Promise<void> {
    const failed = new Promise<never>((_, reject) => {
      this.#fail = reject;
    });
    this.#listen();
    try {
      this.#terminal.enter();
      this.#draw();
      await Promise.race([this.#sample(), failed]);
    } finally {
      this.#isQuitting = true;
      clearTimeout(this.#drawTimer);
      clearTimeout(this.#questionTimer);
      this.#stopListening();
      this.#terminal.close();
      await this.#sampler?.return();
      await this.#recordings.close();
    }
  }

  /** Samples until somebody quits. Another interval, or owners, take another sampler. */
  async #sample(): Promise<void> {
    while (!this.#isQuitting) {
      this.#hasNames = this.#view.needsOwners;
      const sampler = this.#parts.openSampler(this.#every, this.#hasNames);
      this.#sampler = sampler;
      // The tables of a moment are looked at until the next one has come. That is within the same turn in which the sampler reads
      // it: no key comes in between.
      for (;;) {
        const { done, value } = await sampler.next();
        if (done || !value || this.#isQuitting || this.#sampler !== sampler) break;
        this.#recordings.continueWith(sampler);
        this.#model.read(value, this.#every);
        this.#view.refresh(Date.now());
        this.#draw();
      }
      if (this.#sampler === sampler) break;
    }
  }

  /** Lets another sampler begin. */
  #restart(): void {
    const sampler = this.#sampler;
    this.#sampler = undefined;
    this.#model.interrupt();
    void sampler?.return();
  }

  #changeEvery(every: number): void {
    this.#every = every;
    this.#restart();
  }

  #quit(): void {
    this.#isQuitting = true;
    void this.#sampler?.return();
  }

  #press(key: Key): void {
    this.#guard(() => this.#actions.press(key, Date.now()));
  }

  /** Whatever a key does, a defect in it must not leave the terminal as it is. */
  #guard(act: () => void): void {
    try {
      act();
      clearTimeout(this.#questionTimer);
      const { question } = this.#view;
      if (question) this.#questionTimer = setTimeout(() => this.#dropQuestion(question), QUESTION_TIMEOUT);
      if (this.#sampler && this.#view.needsOwners && !this.#hasNames) this.#restart();
      this.#drawSoon();
    } catch (error) {
      this.#fail(error);
    }
  }

  #dropQuestion(question: Question): void {
    if (this.#view.question !== question) return;
    this.#view.question = undefined;
    this.#drawSoon();
  }

  async #close(question: Question): Promise<void> {
    try {
      this.#view.message = await closeShown(question);
    } catch (error) {
      if (!isExpected(error)) return this.#fail(error);
      this.#view.message = { text: error.message, isFailure: true };
    }
    this.#drawSoon();
  }

  /** At most 30 times a second; a key is answered within the next one. */
  #drawSoon(): void {
    if (this.#drawTimer || this.#isQuitting) return;
    const wait = Math.max(0, this.#lastDraw + DRAW_EVERY - Date.now());
    this.#drawTimer = setTimeout(() => this.#guardedDraw(), wait);
  }

  #guardedDraw(): void {
    try {
      this.#draw();
    } catch (error) {
      this.#fail(error);
    }
  }

  #draw(): void {
    clearTimeout(this.#drawTimer);
    this.#drawTimer = undefined;
    if (this.#isQuitting) return;
    this.#lastDraw = Date.now();
    const { width, height } = this.#terminal;
    if (this.#view.width !== width || this.#view.height !== height) {
      this.#view.width = width;
      this.#view.height = height;
      this.#view.refresh(this.#lastDraw);
    }
    const { host, ascii, attributes } = this.#parts;
    const recording = this.#recordings.shown;
    this.#terminal.draw(drawScreen(this.#view, { host, ascii, attributes, canRecord: true, recording }));
  }

  #listen(): void {
    this.#terminal.listen({
      key: (key) => this.#press(key),
      mouse: (event: MouseEvent) => this.#guard(() => this.#actions.mouse(event, Date.now())),
      resize: () => this.#drawSoon(),
      gone: () => this.#quit(),
    });
    for (const signal of STOP_SIGNALS) process.on(signal, this.#onStop);
    process.on("uncaughtExceptionMonitor", this.#onUncaught);
    if (process.platform === "win32") return;
    process.on("SIGTSTP", this.#onSuspend);
    process.on("SIGCONT", this.#onContinue);
  }

  #stopListening(): void {
    for (const signal of STOP_SIGNALS) process.off(signal, this.#onStop);
    process.off("uncaughtExceptionMonitor", this.#onUncaught);
    process.off("SIGTSTP", this.#onSuspend);
    process.off("SIGCONT", this.#onContinue);
  }

  /** Gives the terminal back to the shell, and stops. */
  #suspend(): void {
    if (process.platform === "win32") return;
    this.#terminal.leave();
    // SIGTSTP itself is listened to.
    process.kill(process.pid, "SIGSTOP");
  }

  readonly #onStop = (): void => this.#quit();
  readonly #onUncaught = (): void => this.#terminal.leave();
  readonly #onSuspend = (): void => this.#suspend();

  readonly #onContinue = (): void => {
    this.#terminal.leave();
    this.#terminal.enter();
    this.#drawSoon();
  };
}
