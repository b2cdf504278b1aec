import { basename } from "node:path";
import { printable } from "../unsafe-text.js";
import { isExpected } from "../warnings.js";
import type { TitleInput } from "./draw-heading.js";
import type { GroupSink, WatchSampler } from "./watch-sampler.js";

/** A recording whose file is there. */
export interface RunningRecording extends GroupSink {
  readonly path: string;
  /** Wall clock when it began, milliseconds since 1970. */
  readonly since: number;
  readonly samples: number;
  /** Of all that it has received. */
  readonly bytes: number;
  /** Settles when its file is closed; rejects with what has ended it. */
  readonly ended: Promise<void>;
  /** Ends it with what it has received. Without a sample there is no file any more. */
  end(): void;
}

/** A recording that is over. */
export interface FinishedRecording {
  readonly path: string;
  readonly bytes: number;
}

export interface RecordingSwitchParts {
  /** @throws what the system says, when there can be no file */
  begin(sampler: WatchSampler): Promise<RunningRecording>;
  /** There is something else to be shown. @param failure what has just ended a recording, for people */
  changed(failure?: string): void;
  /** Told of a defect of ours. */
  fail(error: unknown): void;
}

/** A recording from the key that asks for it to its end. */
interface Session {
  readonly sampler: WatchSampler;
  recording?: RunningRecording;
}

/** Begins and ends recordings of what is shown: one at a time. What goes wrong with one ends it alone. */
export class RecordingSwitch {
  /** Those that are over, and hold something. */
  readonly finished: FinishedRecording[] = [];
  /** What has ended the last recording, until somebody dismisses it or begins another one. */
  failure: string | undefined;
  readonly #parts: RecordingSwitchParts;
  #session: Session | undefined;
  /** All recordings whose files may be open. */
  readonly #open = new Set<Promise<void>>();

  constructor(parts: RecordingSwitchParts) {
    this.#parts = parts;
  }

  /** What the title tells. */
  get shown(): TitleInput["recording"] {
    const { failure } = this;
    if (failure !== undefined) return { since: 0, bytes: 0, name: "", failure };
    const recording = this.#session?.recording;
    return recording && { since: recording.since, bytes: recording.bytes, name: nameOf(recording) };
  }

  /** Begins a recording of what a sampler gives, or ends the one that goes on. */
  toggle(sampler: WatchSampler): void {
    if (this.#session) this.#endSession();
    else this.#begin(sampler);
  }

  /** Another sampler has begun: a recording that goes on does so in another file, for it tells what was asked for. */
  continueWith(sampler: WatchSampler): void {
    if (!this.#session || this.#session.sampler === sampler) return;
    this.#endSession();
    this.#begin(sampler);
  }

  /** Returns whether there was a failure to be told. */
  dismissFailure(): boolean {
    const hadFailure = this.failure !== undefined;
    this.failure = undefined;
    return hadFailure;
  }

  /** Ends what goes on. Settles when no file is open any more. */
  async close(): Promise<void> {
    this.#endSession();
    await Promise.all(this.#open);
  }

  #endSession(): void {
    const session = this.#session;
    this.#session = undefined;
    session?.sampler.recordInto(undefined);
    session?.recording?.end();
  }

  #begin(sampler: WatchSampler): void {
    this.failure = undefined;
    const session: Session = { sampler };
    this.#session = session;
    const open: Promise<void> = this.#record(session).finally(() => this.#open.delete(open));
    this.#open.add(open);
  }

  async #record(session: Session): Promise<void> {
    try {
      const recording = await this.#parts.begin(session.sampler);
      session.recording = recording;
      if (this.#session === session) session.sampler.recordInto(recording);
      // It was ended while its file was made.
      else recording.end();
      this.#parts.changed();
      await recording.ended;
      if (recording.samples > 0) this.finished.push({ path: recording.path, bytes: recording.bytes });
      this.#parts.changed();
    } catch (error) {
      if (this.#session === session) this.#endSession();
      if (!isExpected(error)) this.#parts.fail(error);
      else {
        this.failure = failureText(error, session.recording);
        this.#parts.changed(this.failure);
      }
    }
  }
}

function nameOf({ path }: RunningRecording): string {
  return printable(basename(path));
}

function failureText(error: NodeJS.ErrnoException, recording: RunningRecording | undefined): string {
  const isFull = error.code === "ENOSPC" || error.code === "EDQUOT";
  if (!recording) return isFull ? "no room for a recording" : `can't record: ${printable(error.message)}`;
  const kept = recording.samples > 0 ? "; what was recorded is whole" : "";
  return isFull
    ? `no room left for ${nameOf(recording)}${kept}`
    : `recording ended: ${printable(error.message)}${kept}`;
}
