import { unlink } from "node:fs/promises";
import type { CaptureMetadata } from "../capture/metadata.js";
import { type CaptureWriter, type CaptureWriterOptions, createCaptureWriter } from "../capture/writer.js";
import type { EngineName } from "../decoder/table/engine.js";
import { createStory, type Moment, type Story } from "../frames/index.js";
import type { FrameGroup, GroupReceiver } from "../sampler/frame-group.js";
import type { OpenFile } from "./recording-files.js";

/** Chunks that are being written while more samples are made. With more of them, the source merges its samples meanwhile. */
const MOST_PENDING = 3;

/** What gives the groups. */
export interface RecordedSource {
  request(): void;
  finish(): void;
  requestKey(): void;
  close(): Promise<void>;
}

export interface RecorderOptions extends CaptureWriterOptions {
  /** What the recording says of itself. Asked for when a file begins. */
  readonly metadata: () => CaptureMetadata;
  /** Makes the file after the first; absent where there is only one. */
  readonly openNext?: (() => Promise<OpenFile>) | undefined;
  /** Whether a file is full, and another one is to begin. */
  readonly isFull?: ((file: RecordedFile) => boolean) | undefined;
  readonly engine?: EngineName | undefined;
  /** Told of each sample. */
  readonly onSample?: ((group: FrameGroup, moment: Moment, file: RecordedFile) => void) | undefined;
  /** Told of each file that is finished. @param current the path of the one that is being written, or was the last */
  readonly onFile?: ((file: RecordedFile, current: string) => Promise<void>) | undefined;
}

/** A file of a recording. */
export class RecordedFile {
  readonly path: string;
  readonly writer: CaptureWriter;
  readonly story: Story;
  /** Monotonic clock of its first sample; `undefined` before it. */
  begun: number | undefined;
  /** Of its last sample. */
  lastTime: number | undefined;
  lastMonotonic = 0;
  readonly #file: OpenFile;

  private constructor(file: OpenFile, writer: CaptureWriter, story: Story) {
    this.path = file.path;
    this.writer = writer;
    this.story = story;
    this.#file = file;
  }

  /** Begins it, and closes it where that fails. */
  static async begin(file: OpenFile, options: RecorderOptions): Promise<RecordedFile> {
    try {
      const { compression, chunkSeconds, engine } = options;
      const story = await createStory({ engine });
      const writer = await createCaptureWriter(file.to, options.metadata(), { compression, chunkSeconds });
      return new RecordedFile(file, writer, story);
    } catch (error) {
      await file.to.close();
      await unlink(file.path);
      throw error;
    }
  }

  async close(): Promise<void> {
    try {
      await this.writer.close();
    } finally {
      await this.#file.to.close();
    }
  }

  /** Gives up a file that has no sample. */
  async discard(): Promise<void> {
    await this.#file.to.close();
    await unlink(this.path);
  }
}

/**
 * Writes what a source samples into a file, and into another one when that is full: no sample between them is lost, as the next file
 * is open before the sample that begins it is made.
 */
export class Recorder implements GroupReceiver {
  /** Settles when all files are closed; rejects with what has ended the recording. */
  readonly ended: Promise<void>;
  readonly #options: RecorderOptions;
  #end: { resolve(): void; reject(error: Error): void } | undefined;
  #file: RecordedFile;
  /** Waits for the sample that begins it. */
  #next: RecordedFile | undefined;
  #opening: Promise<void> | undefined;
  #closings: Promise<void>[] = [];
  #source: RecordedSource | undefined;
  #pending = 0;
  /** Whether the next group is to be asked for once there is room. */
  #isWaiting = false;
  #isEnding = false;

  /** @param file where the first sample goes; see `RecordedFile.begin` */
  constructor(file: RecordedFile, options: RecorderOptions) {
    this.#file = file;
    this.#options = options;
    this.ended = new Promise((resolve, reject) => {
      this.#end = { resolve, reject };
    });
  }

  /** Begins. @param source gives its groups to this recorder, which closes it */
  start(source: RecordedSource): void {
    this.#source = source;
    source.request();
  }

  receive(group: FrameGroup): void {
    if (this.#isEnding) return;
    if (this.#next) this.#turn(this.#next);
    const file = this.#file;
    let moment: Moment;
    let written: Promise<void>;
    try {
      moment = file.story.read(group.frames);
      // It copies the frames before it returns.
      written = file.writer.add(group, moment);
    } catch (error) {
      this.fail(error as Error);
      return;
    }
    file.begun ??= group.monotonic;
    file.lastTime = group.time;
    file.lastMonotonic = group.monotonic;
    this.#pending++;
    written.then(
      () => this.#isWritten(),
      (error: Error) => this.fail(error),
    );
    if (file.writer.wantsKey) this.#source?.requestKey();
    this.#options.onSample?.(group, moment, file);
    if (group.isLast) {
      this.#finish();
      return;
    }
    if (this.#options.isFull?.(file)) this.#openNext();
    if (this.#pending < MOST_PENDING) this.#source?.request();
    else this.#isWaiting = true;
  }

  fail(error: Error): void {
    this.#finish(error);
  }

  /** Ends with what it has received. */
  end(): void {
    this.#finish();
  }

  #isWritten(): void {
    this.#pending--;
    if (!this.#isWaiting || this.#isEnding) return;
    this.#isWaiting = false;
    this.#source?.request();
  }

  #openNext(): void {
    if (this.#opening || !this.#options.openNext) return;
    this.#opening = this.#options
      .openNext()
      .then((file) => RecordedFile.begin(file, this.#options))
      .then(
        (file) => {
          this.#next = file;
          // From now on, the next group is one that a file can begin with.
          this.#source?.requestKey();
        },
        (error: Error) => this.fail(error),
      );
  }

  /** Goes on in the next file. */
  #turn(next: RecordedFile): void {
    this.#closings.push(this.#closeFile(this.#file));
    this.#file = next;
    this.#next = undefined;
    this.#opening = undefined;
  }

  async #closeFile(file: RecordedFile): Promise<void> {
    try {
      await file.close();
      await this.#options.onFile?.(file, this.#file.path);
    } catch (error) {
      this.fail(error as Error);
    }
  }

  #finish(error?: Error): void {
    if (this.#isEnding) return;
    this.#isEnding = true;
    this.#close(error).then(
      () => this.#end?.resolve(),
      (reason: Error) => this.#end?.reject(reason),
    );
  }

  /** Closes whatever is open, whatever goes wrong meanwhile. */
  async #close(error: Error | undefined): Promise<void> {
    const failures: unknown[] = error ? [error] : [];
    const attempt = async (act: () => Promise<void> | undefined) => {
      try {
        await act();
      } catch (failure) {
        failures.push(failure);
      }
    };
    await attempt(() => this.#source?.close());
    await attempt(() => this.#opening);
    await attempt(() => this.#next?.discard());
    await attempt(async () => {
      await Promise.all(this.#closings);
    });
    await attempt(() => (this.#file.writer.samples > 0 ? this.#file.close() : this.#file.discard()));
    if (failures.length === 0) await attempt(async () => this.#options.onFile?.(this.#file, this.#file.path));
    if (failures.length > 0) throw failures[0];
  }
}
