import type { Readable, Writable } from "../../src/capture/access.js";
import type { ChunkCompression } from "../../src/capture/chunk-file.js";
import type { CaptureMetadata } from "../../src/capture/metadata.js";
import { type CaptureWriter, createCaptureWriter } from "../../src/capture/writer.js";
import type { EngineName } from "../../src/decoder/table/engine.js";
import type { LayoutName } from "../../src/format/layouts.js";
import { createStory, type Story } from "../../src/frames/index.js";
import { TestStream, type TestTick, timeOf } from "../frames/story-frames.js";

export const METADATA: CaptureMetadata = {
  host: "web-1",
  system: "linux",
  release: "6.18.0",
  bootId: "b00t",
  networkNamespace: "4026531840",
  asked: "owningPid,user,inode,socketCookie",
  filter: "",
  owner: "pid",
  every: 1000,
  version: "0.0.0",
  timeZone: "Europe/Berlin",
  families: [
    { family: 4, layout: "LINUX_TCPTABLE", source: "NETLINK_SOCK_DIAG", api: "sock_diag" },
    { family: 6, layout: "LINUX_TCP6TABLE", source: "NETLINK_SOCK_DIAG", api: "sock_diag" },
  ],
};

/** A file in memory, which counts what is read of it. */
export class MemoryFile implements Readable {
  #bytes = new Uint8Array(1024);
  #length = 0;
  /** Bytes that were read, and by how many calls. */
  bytesRead = 0;
  reads = 0;

  constructor(bytes?: Uint8Array) {
    if (!bytes) return;
    this.#bytes = bytes.slice();
    this.#length = bytes.length;
  }

  get bytes(): Uint8Array {
    return this.#bytes.subarray(0, this.#length);
  }

  async size(): Promise<bigint> {
    return BigInt(this.#length);
  }

  async read(offset: bigint, length: bigint): Promise<Uint8Array> {
    if (offset < 0n || length < 0n || offset + length > BigInt(this.#length))
      throw new Error(`read of ${length} bytes at ${offset}, but there are ${this.#length}`);
    this.bytesRead += Number(length);
    this.reads++;
    return this.#bytes.slice(Number(offset), Number(offset + length));
  }

  append(bytes: Uint8Array): void {
    if (this.#length + bytes.length > this.#bytes.length) {
      const larger = new Uint8Array((this.#length + bytes.length) * 2);
      larger.set(this.bytes);
      this.#bytes = larger;
    }
    this.#bytes.set(bytes, this.#length);
    this.#length += bytes.length;
  }

  /** The same file, to be written. */
  writable(): Writable {
    const length = () => this.#length;
    return {
      write: async (bytes) => this.append(bytes),
      sync: async () => {},
      truncate: async (size) => {
        this.#length = size;
      },
      get size() {
        return length();
      },
    };
  }
}

/** What both families tell at a tick; a family that is missing tells nothing. */
export interface RecordedTick {
  readonly ipv4?: TestTick;
  readonly ipv6?: TestTick;
  /** Wall clock, where it is not a second after the tick before. */
  readonly time?: number;
}

export interface RecordOptions {
  readonly engine?: EngineName;
  readonly chunkSeconds?: number;
  readonly compression?: ChunkCompression;
  readonly layouts?: readonly [LayoutName, LayoutName];
  /** Leaves the file as a recorder leaves it that is killed after its last sample. */
  readonly unclosed?: boolean;
  /** Gets the groups as they were given to the writer. */
  readonly groups?: Uint8Array[][];
}

/** Records ticks, a second each. */
export async function record(ticks: readonly RecordedTick[], options: RecordOptions = {}): Promise<MemoryFile> {
  const file = new MemoryFile();
  const recorder = await TestRecorder.open(file, options);
  for (const tick of ticks) {
    const frames = await recorder.add(tick);
    options.groups?.push(frames);
  }
  if (!options.unclosed) await recorder.close();
  return file;
}

/** Records tick by tick. */
export class TestRecorder {
  readonly #writer: CaptureWriter;
  readonly #story: Story;
  #streams: readonly TestStream[];
  #tick = 0;

  static async open(file: MemoryFile, options: RecordOptions = {}): Promise<TestRecorder> {
    const { engine = "wasm", chunkSeconds = 2, compression, layouts = ["LINUX_TCPTABLE", "LINUX_TCP6TABLE"] } = options;
    const writer = await createCaptureWriter(file.writable(), METADATA, { chunkSeconds, compression });
    const streams = await Promise.all(layouts.map((layout) => TestStream.open(layout, engine)));
    return new TestRecorder(writer, await createStory({ engine }), streams);
  }

  private constructor(writer: CaptureWriter, story: Story, streams: readonly TestStream[]) {
    this.#writer = writer;
    this.#story = story;
    this.#streams = streams;
  }

  /** Returns the frames. */
  async add({ ipv4, ipv6, time }: RecordedTick): Promise<Uint8Array[]> {
    const tick = this.#tick++;
    const wall = time ?? timeOf(tick);
    const frames = [ipv4, ipv6].flatMap((told, at) =>
      told ? (this.#streams[at] as TestStream).framesOf(tick, told, wall) : [],
    );
    const clock = { tick, time: wall, monotonic: tick * 1000, late: 0.25, duration: 1.5 };
    await this.#writer.add({ ...clock, frames }, this.#story.read(frames));
    return frames;
  }

  /** Goes on in tables of other layouts. */
  async changeLayouts(layouts: readonly [LayoutName, LayoutName], engine: EngineName): Promise<void> {
    this.#streams = await Promise.all(layouts.map((layout) => TestStream.open(layout, engine)));
  }

  close(): Promise<void> {
    return this.#writer.close();
  }
}
