import type { CapturedGroup } from "../capture/writer.js";

/** A sample of the ring: its frames are its own. */
export interface StoredSample extends CapturedGroup {
  /** From 0 up, without a gap. */
  readonly number: number;
  /** Whether it can be read without those before it: a segment begins with it. */
  readonly isKey: boolean;
  /** Of its frames. */
  readonly bytes: number;
}

export interface RingLimits {
  readonly bytes: number;
  /** Milliseconds of the monotonic clock from the oldest sample to the newest. */
  readonly milliseconds: number;
}

/**
 * The samples of the last minutes. What is oldest leaves by whole segments, so that the first sample always has key frames. The newest
 * segment stays, however large it is: whoever adds samples begins another one in time.
 */
export class Ring {
  readonly #limits: RingLimits;
  readonly #samples: StoredSample[] = [];
  /** Numbers of the samples that segments begin with. */
  readonly #keys: number[] = [];
  #first = 0;
  #bytes = 0;
  #segmentBytes = 0;

  constructor(limits: RingLimits) {
    this.#limits = limits;
  }

  /** Number of the oldest sample; where there is none, of the one that will come first. */
  get first(): number {
    return this.#first;
  }

  /** Number of the newest sample; -1 before there is one. */
  get newest(): number {
    return this.#first + this.#samples.length - 1;
  }

  /** Number of the sample that the newest segment begins with. */
  get newestKey(): number {
    return this.#keys.at(-1) ?? this.#first;
  }

  /** Of all frames. */
  get bytes(): number {
    return this.#bytes;
  }

  /** Of the newest segment. */
  get segmentBytes(): number {
    return this.#segmentBytes;
  }

  /** @returns `undefined` where there is no such sample, or none any more */
  at(number: number): StoredSample | undefined {
    return this.#samples[number - this.#first];
  }

  /** @throws {RangeError} its number is not the next one, or the first sample of all is no key */
  add(sample: StoredSample): void {
    if (sample.number !== this.newest + 1)
      throw new RangeError(`Sample ${this.newest + 1} comes next, not ${sample.number}.`);
    if (this.#samples.length === 0 && !sample.isKey) throw new RangeError("The first sample must have key frames.");
    if (sample.isKey) {
      this.#keys.push(sample.number);
      this.#segmentBytes = 0;
    }
    this.#samples.push(sample);
    this.#bytes += sample.bytes;
    this.#segmentBytes += sample.bytes;
    while (this.#keys.length > 1 && this.#isTooLarge(sample)) this.#dropSegment();
  }

  #isTooLarge({ monotonic }: StoredSample): boolean {
    const [oldest] = this.#samples;
    const { bytes, milliseconds } = this.#limits;
    return this.#bytes > bytes || (oldest !== undefined && monotonic - oldest.monotonic > milliseconds);
  }

  #dropSegment(): void {
    this.#keys.shift();
    const next = this.#keys[0] as number;
    for (const { bytes } of this.#samples.splice(0, next - this.#first)) this.#bytes -= bytes;
    this.#first = next;
  }
}
