import { createStory, type Moment, type Story } from "../frames/index.js";
import { AbortError } from "./errors.js";
import type { FrameGroup, GroupReceiver, GroupSource } from "./frame-group.js";
import { openFrameSource } from "./frame-source.js";
import { type SamplerOptions, type SamplerSettings, type SamplerSignal, settingsOf } from "./options.js";

/** All families at one tick of the sampler's clock, what has become of them since the moment before, and how it went. */
export interface SampledMoment extends Moment {
  /** Milliseconds by which the sample was late: ticks keep to the grid of the first one. */
  readonly late: number;
  /** Ticks since the moment before at which nothing was sampled, because the thread was busy. */
  readonly skipped: number;
  /** Samples that are merged in it: 1, unless the loop took so long that several were made meanwhile. */
  readonly samples: number;
  /** Milliseconds that it took to collect the tables. */
  readonly duration: number;
  /** Where the tables, and the ends of connections, come from, for people. */
  readonly sources: readonly string[];
  /** What can't be seen here, a sentence for people; `undefined` where everything can. */
  readonly blind: string | undefined;
}

/** What `for await` goes through: once, like all that happens. */
export interface Sampler extends AsyncIterableIterator<SampledMoment, undefined, undefined>, AsyncDisposable {
  /** The next moment. Each is the same object, refreshed: it is valid until the next call. */
  next(): Promise<IteratorResult<SampledMoment, undefined>>;
  /**
   * Lets the sampler end with one last moment, which is sampled at once: whoever waits for the next moment, or asks for it later,
   * gets that one. What has happened until now is told, which `return` would leave out.
   */
  finish(): void;
  /** Ends the sampler, and gives everything back. Calls of `next` that wait are told that it is over. */
  return(): Promise<IteratorResult<SampledMoment, undefined>>;
  [Symbol.asyncIterator](): Sampler;
}

/**
 * Samples this machine's TCP connections by the clock:
 *
 * ```ts
 * for await (const moment of sampleTcpTables({ every: 100, where: "dport = :443" }))
 *   for (const event of moment.events()) console.log(event);
 * ```
 *
 * The first sample is made when it is first asked for; the others keep to its grid. Who asks later than the next tick gets one
 * moment that holds what several samples told (`moment.samples`): nothing is lost, and nothing queues up. A family that can't be
 * read is told as a gap, and tried again at the next tick. `break`, `return()`, `await using` and the signal end it, and leave
 * nothing open.
 *
 * @throws {TypeError} an option is not known, or its value is none
 * @throws {FilterSyntaxError} `where` is not in the grammar
 *
 * The iteration throws:
 * - UnsupportedSystemError: there is no way to the tables here
 * - CollectError: no family could be opened: the first one's error
 * - AbortError: the signal has ended it
 * - SamplerWorkerError: the worker could not be started, or has ended by itself
 */
export function sampleTcpTables(options: SamplerOptions = {}): Sampler {
  const settings = settingsOf(options);
  return new StorySampler(settings, options.signal, async (receiver) => {
    if (!options.worker) return openFrameSource(settings, receiver);
    const { openWorkerSource } = await import("./worker-source.js");
    return openWorkerSource(settings, receiver);
  });
}

type Writable<Type> = { -readonly [Key in keyof Type]: Type[Key] };

/** A call of `next` that has no answer yet. */
interface Waiting {
  resolve(result: IteratorResult<SampledMoment, undefined>): void;
  reject(error: Error): void;
}

const OVER: IteratorReturnResult<undefined> = { done: true, value: undefined };

/** Reads the groups of frames of a source as one story. */
export class StorySampler implements Sampler {
  readonly #settings: Pick<SamplerSettings, "engine" | "where">;
  readonly #signal: SamplerSignal | undefined;
  readonly #openSource: (receiver: GroupReceiver) => Promise<GroupSource>;
  readonly #waiting: Waiting[] = [];
  /** What every call of `next` gets: the moment in it is always the same object too. */
  #result: IteratorResult<SampledMoment, undefined> | undefined;
  #story: Story | undefined;
  #source: GroupSource | undefined;
  /** Source and story being opened, and then their closing. */
  #opening: Promise<void> | undefined;
  #isFinishing = false;
  #closing: Promise<void> | undefined;
  /** What the next call of `next` throws: nobody waited when it happened. */
  #failure: Error | undefined;

  /** @internal */
  constructor(
    settings: Pick<SamplerSettings, "engine" | "where">,
    signal: SamplerSignal | undefined,
    openSource: (receiver: GroupReceiver) => Promise<GroupSource>,
  ) {
    this.#settings = settings;
    this.#signal = signal;
    this.#openSource = openSource;
    if (signal?.aborted) this.#onAbort();
    else signal?.addEventListener("abort", this.#onAbort);
  }

  next(): Promise<IteratorResult<SampledMoment, undefined>> {
    if (this.#failure) {
      const failure = this.#failure;
      this.#failure = undefined;
      return this.#afterClosing(() => Promise.reject(failure));
    }
    if (this.#closing) return this.#afterClosing(() => OVER);
    return new Promise((resolve, reject) => {
      this.#waiting.push({ resolve, reject });
      this.#opening ??= this.#open();
      this.#source?.request();
    });
  }

  finish(): void {
    this.#isFinishing = true;
    this.#source?.finish();
  }

  async return(): Promise<IteratorResult<SampledMoment, undefined>> {
    this.#end();
    this.#failure = undefined;
    return this.#afterClosing(() => OVER);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.return();
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  #read(group: FrameGroup): void {
    try {
      // The one object that a story has. It gets what only a sampler knows.
      const moment = (this.#story as Story).read(group.frames) as SampledMoment;
      const sampled: Writable<Omit<SampledMoment, keyof Moment>> = moment;
      sampled.late = group.late;
      sampled.skipped = group.skipped;
      sampled.samples = group.samples;
      sampled.duration = group.duration;
      sampled.sources = (this.#source as GroupSource).sources;
      sampled.blind = group.blind;
      this.#result ??= { done: false, value: moment };
      this.#resolveFirst(this.#result);
      if (group.isLast) this.#end();
    } catch (error) {
      this.#end(error as Error);
    }
  }

  /** Answers the call of `next` that has waited the longest. */
  #resolveFirst(result: IteratorResult<SampledMoment, undefined>): void {
    const waiting = this.#waiting;
    const [first] = waiting;
    // `pop` leaves the list its memory, `shift` of the only one does not.
    if (waiting.length === 1) waiting.pop();
    else waiting.shift();
    first?.resolve(result);
  }

  async #open(): Promise<void> {
    try {
      const { engine, where } = this.#settings;
      this.#story = await createStory({ engine, where });
      const source = await this.#openSource({
        receive: (group) => this.#read(group),
        fail: (error) => this.#end(error),
      });
      this.#source = source;
      // It was ended meanwhile.
      if (this.#closing) await source.close();
      else {
        for (const _ of this.#waiting) source.request();
        if (this.#isFinishing) source.finish();
      }
    } catch (error) {
      this.#end(error as Error);
    }
  }

  readonly #onAbort = (): void => this.#end(new AbortError(this.#signal?.reason));

  /** @param error is thrown by one call of `next`; without one, it is just over */
  #end(error?: Error): void {
    if (this.#closing) return;
    this.#signal?.removeEventListener("abort", this.#onAbort);
    this.#closing = this.#close();
    const waiting = this.#waiting.splice(0);
    const first = error && waiting.shift();
    if (!first) this.#failure = error;
    void this.#afterClosing(() => {
      if (error) first?.reject(error);
      for (const { resolve } of waiting) resolve(OVER);
    });
  }

  /** Whoever hears that it is over finds nothing open any more. */
  async #afterClosing<Result>(then: () => Result): Promise<Awaited<Result>> {
    await this.#closing;
    return await then();
  }

  async #close(): Promise<void> {
    // What is still being opened closes itself once it is.
    if (this.#source) await this.#source.close();
    else await this.#opening;
  }
}
