import type { Family, LayoutName } from "../format/layouts.js";
import type { FrameInput, FrameWriter } from "../frames/index.js";
import type { Collection, FamilyCollector } from "../system/contract.js";
import { UnsupportedSystemError } from "../system/errors.js";
import type { NamesToTell } from "./names-to-tell.js";
import type { SystemEnds } from "./system-ends.js";

/** What a sample's frames say of when it was. */
export interface SampleTime {
  readonly tick: number;
  readonly time: number;
  readonly monotonic: number;
}

type Writable<Type> = { -readonly [Key in keyof Type]: Type[Key] };

/** A family that was never read has no layout yet, but its gaps name one. */
const ANY_LAYOUT = { 4: "MIB_TCPTABLE", 6: "MIB_TCP6TABLE" } as const satisfies Record<Family, LayoutName>;

/** One family's tables as frames: what its collector reads goes straight into the writer's memory. */
export class FamilyFrames {
  readonly family: Family;
  readonly #opened: FamilyCollector;
  readonly #writer: FrameWriter;
  readonly #names: NamesToTell | undefined;
  /** The table that was collected last, as its frame shall have it. */
  readonly #input: Writable<FrameInput>;
  #collection: Collection | undefined;
  /** Why there is no table. */
  #failure: Error | undefined;
  /** Whether the stream has a table, from which what is skipped can differ. */
  #hasTable = false;
  #wantsKey = false;

  constructor(opened: FamilyCollector, writer: FrameWriter, names: NamesToTell | undefined) {
    this.family = opened.family;
    this.#opened = opened;
    this.#writer = writer;
    this.#names = names;
    this.#input = {
      bytes: new Uint8Array(0),
      layout: ANY_LAYOUT[this.family],
      ...{ tick: 0, time: 0, monotonic: 0, attempts: 1, complete: true, endsAreTold: false, key: false },
      sharedOwners: undefined,
    };
  }

  /** Where the tables come from, for people; `undefined` where there are none. */
  get source(): string | undefined {
    return "collector" in this.#opened ? this.#opened.collector.source : undefined;
  }

  /**
   * Reads the table. Where that fails, the frame will be a gap.
   *
   * @throws {UnsupportedSystemError} it will always fail
   */
  collect(): void {
    this.#collection = undefined;
    this.#failure = undefined;
    if ("error" in this.#opened) {
      this.#failure = this.#opened.error;
      return;
    }
    try {
      this.#collection = this.#opened.collector.collect(this.#writer);
    } catch (error) {
      if (error instanceof UnsupportedSystemError) throw error;
      this.#failure = error as Error;
    }
  }

  /**
   * Writes the frames of what was collected into a list: names, ends, and the table or a gap. Valid until the next `collect`.
   *
   * @param start where the first one goes
   * @param lost ends that the system had to drop, as far as this family is to tell them
   * @param isMerged whether there were samples since the last frames, which `compareOnly` was told of
   * @returns where the next family's go
   */
  writeInto(
    frames: Uint8Array[],
    start: number,
    at: SampleTime,
    told: SystemEnds,
    lost: number,
    isMerged: boolean,
  ): number {
    let next = start;
    const writer = this.#writer;
    const { tick, time, monotonic } = at;
    const collection = this.#collection;
    if (collection && this.#wantsKey) this.#names?.tellAll();
    const names = collection && this.#names?.namesOf(collection);
    if (names && names.length > 0) frames[next++] = writer.writeNames({ names, tick, time, monotonic });
    const input = collection && this.#refresh(collection, at, told.areTold);
    if (input && isMerged && this.#hasTable) {
      const seen = writer.skip(input);
      const dropped = writer.skippedLost;
      // A copy: the next frame of ends lies where this one does.
      if (seen.length > 0 || dropped > 0)
        frames[next++] = writer
          .writeEnds({ ends: seen, lost: dropped, neverConnected: 0, tick, time, monotonic })
          .slice();
    }
    const ends = told.endsOf(this.family);
    if (ends.length > 0 || lost > 0)
      frames[next++] = writer.writeEnds({ ends, lost, neverConnected: 0, tick, time, monotonic });
    if (input) {
      input.key = this.#wantsKey;
      frames[next++] = writer.write(input);
      this.#hasTable = true;
      this.#wantsKey = false;
    } else {
      const reason = this.#failure?.message ?? "it was not read";
      frames[next++] = writer.writeGap({ layout: this.#input.layout, reason, tick, time, monotonic });
    }
    return next;
  }

  /** Asks that the next table that has a frame goes as a key frame, with the names of all its owners: a reader can begin there. */
  requestKey(): void {
    this.#wantsKey = true;
  }

  /** Compares what was collected with the last table that has a frame, so that what comes and goes before the next is known. */
  compareOnly(at: SampleTime, areTold: boolean): void {
    if (this.#collection && this.#hasTable) this.#writer.skip(this.#refresh(this.#collection, at, areTold));
  }

  close(): void {
    if ("collector" in this.#opened) this.#opened.collector.close();
  }

  #refresh(
    { bytes, layout, attempts, sharedOwners }: Collection,
    at: SampleTime,
    areTold: boolean,
  ): Writable<FrameInput> {
    const input = this.#input;
    input.bytes = bytes;
    input.layout = layout;
    input.attempts = attempts;
    input.sharedOwners = sharedOwners;
    input.tick = at.tick;
    input.time = at.time;
    input.monotonic = at.monotonic;
    input.endsAreTold = areTold;
    return input;
  }
}
