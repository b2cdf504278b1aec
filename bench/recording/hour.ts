import { type FileHandle, open } from "node:fs/promises";
import * as zlib from "node:zlib";
import { type CaptureWriterOptions, createCaptureWriter, type Readable, type Writable } from "tcptable/capture";
import { createDecoder, LAYOUTS, type LayoutName } from "tcptable/decoder";
import { createFrameWriter, createStory } from "tcptable/frames";
import { Random } from "../data/random.js";

/** Milliseconds since 1970-01-01 UTC, and from one sample to the next. */
const START = 1_700_000_000_000;
const EVERY = 100;
/** The share of the rows that is another connection at each sample. */
const CHURN = 0.02;

export type RecordedLayout = Extract<LayoutName, "MIB_TCPTABLE" | "LINUX_TCPTABLE">;

/** A table of a busy host, whose connections come and go. */
export class BusyTable {
  readonly bytes: Uint8Array;
  readonly layout: RecordedLayout;
  readonly #rows: number;
  readonly #random = new Random("recording");
  #connections = 0;

  constructor(layout: RecordedLayout, rows: number) {
    const { firstRow, rowSize } = LAYOUTS[layout];
    this.layout = layout;
    this.#rows = rows;
    this.bytes = new Uint8Array(firstRow + rows * rowSize);
    new DataView(this.bytes.buffer).setUint32(0, rows, true);
    for (let row = 0; row < rows; row++) this.#replace(row);
  }

  /** Some connections go, and others come in their place. */
  change(): void {
    for (let count = 0; count < this.#rows * CHURN; count++) this.#replace(this.#random.below(this.#rows));
  }

  #replace(row: number): void {
    const { firstRow, rowSize, fields } = LAYOUTS[this.layout];
    const view = new DataView(this.bytes.buffer, firstRow + row * rowSize, rowSize);
    for (let at = 0; at < rowSize; at += 4) view.setUint32(at, 0, true);
    const random = this.#random;
    const connection = ++this.#connections;
    const port = (value: number) => ((value & 255) << 8) | (value >>> 8);
    for (const { column, offset } of Object.values(fields)) {
      if (column === "state") view.setUint32(offset, random.below(5) === 0 ? 11 : 5, true);
      else if (column === "localAddress") view.setUint32(offset, 0x0100000a, true);
      else if (column === "localPort") view.setUint32(offset, port(443), true);
      else if (column === "remoteAddress") view.setUint32(offset, random.u32(), true);
      else if (column === "remotePort") view.setUint32(offset, port(1024 + random.below(60_000)), true);
      else if (column === "socketCookie" || column === "inode") view.setUint32(offset, connection, true);
    }
  }
}

/** Records a busy host, with a clock that a script moves. Returns the file's bytes. */
export async function writeRecording(
  path: string,
  layout: RecordedLayout,
  { rows, samples, zstd = false }: { readonly rows: number; readonly samples: number; readonly zstd?: boolean },
): Promise<number> {
  const file = await open(path, "w");
  const compression = zstd ? zstdCompression() : undefined;
  const families = [{ family: 4 as const, layout, source: "bench", api: "bench" }];
  const metadata = {
    ...{ host: "bench", system: "linux", release: "", bootId: "", networkNamespace: "", asked: "", filter: "" },
    ...{ owner: "", every: EVERY, version: "0.0.0", timeZone: "UTC", families },
  };
  const to = new BenchFile(file);
  const writer = await createCaptureWriter(to, metadata, { compression });
  const frames = await createFrameWriter({ keyInterval: 2 ** 31 });
  const story = await createStory();
  const table = new BusyTable(layout, rows);
  for (let tick = 0; tick < samples; tick++) {
    if (tick > 0) table.change();
    const clock = { tick, time: START + tick * EVERY, monotonic: tick * EVERY };
    const input = { bytes: table.bytes, layout, ...clock, attempts: 1, complete: true, key: writer.wantsKey };
    const frame = frames.write(input).slice();
    await writer.add({ ...clock, late: 0, duration: 0.4, frames: [frame] }, story.read([frame]));
  }
  await writer.close();
  await file.close();
  return to.size;
}

/** The same host as people would write it down: a line of JSON a row and sample. Returns the bytes. */
export async function writeJsonLines(
  path: string,
  layout: RecordedLayout,
  { rows, samples }: { readonly rows: number; readonly samples: number },
): Promise<number> {
  const table = new BusyTable(layout, rows);
  const decoder = await createDecoder();
  const lines: string[] = [];
  for (let tick = 0; tick < samples; tick++) {
    if (tick > 0) table.change();
    const time = START + tick * EVERY;
    for (const row of decoder.decode(table.bytes, layout)) lines.push(`${JSON.stringify({ time, ...row })}\n`);
  }
  const file = await open(path, "w");
  const bytes = zlib.gzipSync(lines.join(""));
  await file.writeFile(bytes);
  await file.close();
  return bytes.length;
}

/** What makes chunks smaller, where Node has it (22.15 and later). */
export function zstdCompression(): CaptureWriterOptions["compression"] {
  // What the types of Node 20 do not have.
  const { zstdCompressSync } = zlib as unknown as { readonly zstdCompressSync?: (bytes: Uint8Array) => Uint8Array };
  return zstdCompressSync && { name: "zstd", compress: (bytes) => zstdCompressSync(bytes) };
}

/** No disk is waited for: that is not what is measured. */
class BenchFile implements Writable {
  readonly #file: FileHandle;
  size = 0;

  constructor(file: FileHandle) {
    this.#file = file;
  }

  async write(bytes: Uint8Array): Promise<void> {
    await this.#file.write(bytes, 0, bytes.length, this.size);
    this.size += bytes.length;
  }

  async sync(): Promise<void> {}

  async truncate(size: number): Promise<void> {
    await this.#file.truncate(size);
    this.size = size;
  }
}

export async function openForReading(path: string): Promise<Readable> {
  const file = await open(path, "r");
  return {
    size: async () => BigInt((await file.stat()).size),
    read: async (offset, length) => {
      const { buffer, bytesRead } = await file.read(Buffer.alloc(Number(length)), 0, Number(length), Number(offset));
      return buffer.subarray(0, bytesRead);
    },
  };
}
