/** Programs of strangers: what a person who installs the package might write. */

/** A table of two rows, written by hand from tcpmib.h; and what it says. */
const TABLE = `[
  2, 0, 0, 0,
  2, 0, 0, 0,   127, 0, 0, 1,   0x1f, 0x90, 0xad, 0xde,   9, 9, 9, 9,   0x12, 0x34, 0, 0,
  5, 0, 0, 0,   192, 168, 1, 5,   0xc0, 0, 0, 0,   93, 184, 215, 14,   1, 0xbb, 0, 0,
]`;

export const GOLDEN = {
  rows: [
    { state: "LISTEN", localAddress: "127.0.0.1", localPort: 8080, remoteAddress: "0.0.0.0", remotePort: 0 },
    {
      state: "ESTABLISHED",
      localAddress: "192.168.1.5",
      localPort: 49152,
      remoteAddress: "93.184.215.14",
      remotePort: 443,
    },
  ],
  selected: ["93.184.215.14"],
};

/** Decodes the table and hands what it found to `tell`, in whatever world it runs. */
export function decodingProgram(tell: string): string {
  return `
import { createDecoder } from "tcptable/decoder";

const decoder = await createDecoder();
const table = decoder.decode(Uint8Array.from(${TABLE}));
const rows = [...table];
const selection = table.select({ where: "dport = :443", orderBy: ["-localPort"] });
const selected = selection.toArray().map((row) => row.remoteAddress);
${tell}(JSON.stringify({ engine: decoder.engine, rows, selected }));
`;
}

/** Uses one small function of the package. */
export const SMALL_PROGRAM = `
import { stateName } from "tcptable/decoder";
console.log(stateName(11));
`;

/** Reads this machine's table. */
export const LIVE_PROGRAM = `
import { openTcpTable, stateName } from "tcptable";

const reader = await openTcpTable();
const { table, collection } = reader.sample();
const listening = table.select({ where: "state listening", orderBy: ["localPort"], limit: 3 });
console.log(JSON.stringify({
  engine: reader.engine,
  source: reader.source,
  layout: collection.layout,
  attempts: collection.attempts,
  rows: table.length,
  listening: listening.toArray(),
  name: stateName(2),
}));
reader.close();
`;

/** Leans on the types: each line is one that a wrong declaration would break. */
export const TYPED_PROGRAM = `
import {
  CollectError,
  type Collection,
  type Collector,
  openCollector,
  openTcpTable,
  type RawBuffer,
  type Sample,
  type TcpTableReader,
} from "tcptable";
import {
  type Columns,
  compileFilter,
  compileQuery,
  createDecoder,
  type Decoder,
  type EngineName,
  type Filter,
  FilterSyntaxError,
  MIB_TCP_STATE,
  type Query,
  type Selection,
  type SortKey,
  type StateName,
  stateName,
  type TcpRow,
  type TcpTable,
  TruncatedTableError,
} from "tcptable/decoder";

const decoder: Decoder = await createDecoder({ engine: "plain" });
const engine: EngineName = decoder.engine;
const table: TcpTable = decoder.decode(new Uint8Array(4));
const columns: Columns = table.columns;
const port: number | undefined = columns.remotePort[0];
const counted: number | undefined = table.stateCounts[MIB_TCP_STATE.ESTAB];
const keys: SortKey[] = ["localPort", "-remoteAddress"];
const filter: Filter = compileFilter("state established");
const query: Query = compileQuery({ where: filter, orderBy: keys, limit: 10 });
const selection: Selection = table.select(query);
const rows: TcpRow[] = selection.toArray();
const name: StateName = stateName(2);

const reader: TcpTableReader = await openTcpTable({ engine, order: true });
const sample: Sample = reader.sample();
const collection: Collection = sample.collection;
const collector: Collector = openCollector();
const buffer: RawBuffer = decoder;
const again: Collection = collector.collect(buffer);

export function explain(error: unknown): string {
  if (error instanceof CollectError) return error.source + error.codes.length;
  if (error instanceof TruncatedTableError) return String(error.byteLength);
  return error instanceof FilterSyntaxError ? error.message : "";
}

// @ts-expect-error there is no such column
compileQuery({ orderBy: ["pid"] });
// @ts-expect-error there is no such engine
await createDecoder({ engine: "native" });

export { again, collection, counted, name, port, rows };
`;

/** Sends two tables of 40 rows through frames, between which the listener on port 80 goes and one on 443 comes. */
export function framesProgram(engine: string): string {
  return `
import { createFrameReader, createFrameWriter } from "tcptable/frames";
const table = (port) => {
  const view = new DataView(new ArrayBuffer(4 + 40 * 20));
  view.setUint32(0, 40, true);
  for (let row = 0; row < 40; row++) {
    view.setUint32(4 + row * 20, 2, true);
    view.setUint16(12 + row * 20, row === 20 ? port : 1000 + row);
  }
  return new Uint8Array(view.buffer);
};
const writer = await createFrameWriter({ engine: "${engine}" });
const reader = await createFrameReader({ engine: "${engine}" });
const input = { layout: "MIB_TCPTABLE", time: 0, attempts: 1, complete: true };
const first = reader.read(writer.write({ ...input, bytes: table(80), tick: 0 })).kind;
const change = reader.read(writer.write({ ...input, bytes: table(443), tick: 1 }));
const wanted = table(443);
console.log(JSON.stringify({
  engine: reader.engine,
  kinds: [first, change.kind],
  same: change.bytes.length === wanted.length && wanted.every((byte, at) => byte === change.bytes[at]),
  opened: change.opened.toArray().map((row) => row.localPort),
  closed: [...change.closed].map((row) => row.localPort),
}));`;
}

/** Writes a recording of two samples into memory, and reads it as a page would. */
export function captureProgram(engine: string): string {
  return `
import { blobReadable, createCaptureWriter, openCapture } from "tcptable/capture";
import { createFrameWriter, createStory } from "tcptable/frames";

const parts = [];
let size = 0;
const to = {
  write: async (bytes) => { parts.push(bytes.slice()); size += bytes.length; },
  sync: async () => {},
  truncate: async () => {},
  get size() { return size; },
};
const about = { host: "", system: "", release: "", bootId: "", networkNamespace: "", asked: "", filter: "", owner: "" };
const metadata = { ...about, every: 1000, version: "0", timeZone: "UTC", families: [] };
const writer = await createCaptureWriter(to, metadata);
const frames = await createFrameWriter({ engine: "${engine}" });
const story = await createStory({ engine: "${engine}" });
const row = (port) => [5, 0, 0, 0, 127, 0, 0, 1, port >> 8, port & 255, 0, 0, 127, 0, 0, 1, 0, 9, 0, 0];
for (const [tick, ports] of [[443], [443, 80]].entries()) {
  const bytes = Uint8Array.from([ports.length, 0, 0, 0, ...ports.flatMap(row)]);
  const clock = { tick, time: 1e12 + tick * 1000, monotonic: tick * 1000 };
  const frame = frames.write({ bytes, layout: "MIB_TCPTABLE", ...clock, attempts: 1, complete: true });
  await writer.add({ ...clock, late: 0, duration: 1, frames: [frame] }, story.read([frame]));
}
await writer.close();

const capture = await openCapture(blobReadable(new Blob(parts)), { engine: "${engine}" });
const { rows } = await capture.allSummaries();
const { lives } = await capture.scan("state established");
console.log(JSON.stringify({
  samples: capture.samples,
  complete: capture.intact.complete,
  rows: [...rows],
  lives: lives.map(({ row }) => row.localPort),
}));
`;
}
