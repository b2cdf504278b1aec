import { unlink } from "node:fs/promises";
import type { Writable } from "../capture/access.js";
import type { CaptureMetadata } from "../capture/metadata.js";
import { type CaptureWriter, createCaptureWriter } from "../capture/writer.js";
import { createStory, type Story } from "../frames/index.js";
import type { StoredSample } from "./ring.js";

/** A file that is open for a recording, and where it is. */
export interface FileToRecord {
  readonly path: string;
  readonly to: Writable & { close(): Promise<void> };
}

/** Samples that a slow disk may be behind. Beyond that, memory would fill. */
const MOST_PENDING = 200;

/** Writes the samples, from the next one with key frames on, into a file. */
export class LiveRecording {
  readonly path: string;
  readonly #file: FileToRecord;
  readonly #writer: CaptureWriter;
  readonly #story: Story;
  /** Told once, of what keeps it from going on. */
  readonly #onFailure: (error: Error) => void;
  #pending = 0;
  #hasFailed = false;

  /** @throws what the file throws: then it is closed and gone */
  static async begin(
    file: FileToRecord,
    metadata: CaptureMetadata,
    onFailure: (error: Error) => void,
  ): Promise<LiveRecording> {
    try {
      return new LiveRecording(file, await createCaptureWriter(file.to, metadata), await createStory(), onFailure);
    } catch (error) {
      await file.to.close();
      await unlink(file.path);
      throw error;
    }
  }

  private constructor(file: FileToRecord, writer: CaptureWriter, story: Story, onFailure: (error: Error) => void) {
    this.path = file.path;
    this.#file = file;
    this.#writer = writer;
    this.#story = story;
    this.#onFailure = onFailure;
  }

  /** Whether the next sample should have key frames. */
  get wantsKey(): boolean {
    return this.#writer.wantsKey;
  }

  /** Never throws: failures are told to `onFailure`. */
  add(sample: StoredSample): void {
    if (this.#hasFailed || (this.#writer.samples === 0 && !sample.isKey)) return;
    try {
      if (this.#pending >= MOST_PENDING)
        throw new RangeError(`The disk is ${MOST_PENDING} samples behind: it is too slow for this recording.`);
      this.#pending++;
      this.#writer.add(sample, this.#story.read(sample.frames)).then(
        () => this.#pending--,
        (error: Error) => this.#fail(error),
      );
    } catch (error) {
      this.#fail(error as Error);
    }
  }

  /** Makes a whole file of it; one without a sample is deleted. @throws what the file throws */
  async close(): Promise<void> {
    const isEmpty = this.#writer.samples === 0;
    try {
      if (!isEmpty) await this.#writer.close();
    } finally {
      await this.#file.to.close();
      if (isEmpty) await unlink(this.path);
    }
  }

  #fail(error: Error): void {
    if (this.#hasFailed) return;
    this.#hasFailed = true;
    this.#onFailure(error);
  }
}
