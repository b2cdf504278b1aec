import type { LayoutName } from "../../src/format/layouts.js";
import { createFrameWriter, type FrameWriter } from "../../src/frames/index.js";
import type { BroadcastSource } from "../../src/live/broadcast.js";
import type { FrameGroup, GroupReceiver } from "../../src/sampler/frame-group.js";
import { timeOf } from "../frames/story-frames.js";
import { encodeTable, type RawRow } from "../support/tables.js";

const LAYOUT: LayoutName = "LINUX_TCPTABLE";

/** A row of a connection that has its number as its port and its cookie. */
export function rowOf(number: number): RawRow {
  return {
    state: 5,
    localAddr: 0x0100007f,
    localPort: number,
    remoteAddr: 0x0100007f,
    remotePort: 443,
    owningPid: 7,
    user: 0,
    inode: number,
    socketCookie: BigInt(number),
  } as unknown as RawRow;
}

/** A table's bytes, which cost more to make than all that becomes of them. */
export function tableOf(rows: readonly RawRow[]): Uint8Array {
  return encodeTable(rows, LAYOUT);
}

/** Samples that a test makes, a second each, of one family. Key frames come only where they are asked for. */
export class ScriptedSource implements BroadcastSource {
  readonly sources = ["script"];
  /** Groups that were asked for. */
  requests = 0;
  keyRequests = 0;
  isClosed = false;
  readonly #receiver: GroupReceiver;
  readonly #writer: FrameWriter;
  #tick = 0;
  #isKeyNext = false;

  static async open(receiver: GroupReceiver): Promise<ScriptedSource> {
    return new ScriptedSource(receiver, await createFrameWriter({ keyInterval: 2 ** 32 - 1 }));
  }

  private constructor(receiver: GroupReceiver, writer: FrameWriter) {
    this.#receiver = receiver;
    this.#writer = writer;
  }

  request(): void {
    this.requests++;
  }

  requestKey(): void {
    this.keyRequests++;
    this.#isKeyNext = true;
  }

  finish(): void {}

  async close(): Promise<void> {
    this.isClosed = true;
  }

  /** Gives one more group. */
  sample(rows: readonly RawRow[] | Uint8Array = [rowOf(1), rowOf(this.#tick + 2)]): void {
    const tick = this.#tick++;
    const clock = { tick, time: timeOf(tick), monotonic: tick * 1000 };
    const bytes = rows instanceof Uint8Array ? rows : tableOf(rows);
    const told = { attempts: 1, complete: true, endsAreTold: true, key: this.#isKeyNext };
    const frame = this.#writer.write({ ...clock, bytes, layout: LAYOUT, ...told });
    this.#isKeyNext = false;
    const group: FrameGroup = {
      ...{ ...clock, late: 0.25, duration: 1.5, skipped: 0, samples: 1, blind: undefined, isLast: false },
      frames: [frame],
    };
    this.#receiver.receive(group);
  }

  samples(count: number): void {
    for (let at = 0; at < count; at++) this.sample();
  }
}
