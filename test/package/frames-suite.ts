/**
 * Sends tables of every layout through frames and a story, with both engines, and says what came out: in Node on standard output, in
 * a browser in the page. bundles.test.ts and browsers.test.ts run it from the packed tarball, where "tcptable" is that.
 */

import { COLUMNS, type Field, LAYOUT_NAMES, LAYOUTS, type LayoutName } from "tcptable/decoder";
import {
  type ConnectionEvent,
  createFrameReader,
  createFrameWriter,
  createStory,
  type Ends,
  UNKNOWN_U32,
  UNKNOWN_U64,
} from "tcptable/frames";

const TICKS = 6;
const ROWS = 300;

/** ESTABLISHED, CLOSE-WAIT, LAST-ACK. Listeners stay. */
const NEXT_STATE: Readonly<Record<number, number>> = { 5: 8, 8: 10 };

interface Outcome {
  /** Frames of each kind, `key` and `delta`. */
  readonly kinds: readonly string[];
  /** Whether every table came back byte by byte. */
  readonly same: boolean;
  readonly opened: number;
  readonly closed: number;
  readonly changed: number;
  /** Of all that the reader and the story told, word by word. */
  readonly fingerprint: string;
  /** How many events of each kind the story told. */
  readonly events: Readonly<Record<string, number>>;
}

/** The same numbers in every run. */
function numbers(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state >>> 8;
  };
}

/** A row with other ends than every other `id`'s. */
function rowOf(layout: LayoutName, id: number, state: number): Uint8Array {
  const { rowSize, fields } = LAYOUTS[layout];
  const row = new Uint8Array(rowSize);
  const view = new DataView(row.buffer);
  for (const { column, offset } of Object.values(fields) as Field[]) {
    if (!column) continue;
    const { kind } = COLUMNS[column];
    if (kind === "state") view.setUint32(offset, state, true);
    else if (kind === "port") view.setUint16(offset, 1024 + id);
    else if (kind === "u64" || kind === "filetime") view.setBigUint64(offset, BigInt(id + 1) << 20n, true);
    else if (kind === "offload") view.setUint32(offset, id % 4, true);
    else view.setUint32(offset, id + 1, true);
  }
  return row;
}

function tableOf(layout: LayoutName, rows: readonly Uint8Array[]): Uint8Array {
  const { firstRow, rowSize } = LAYOUTS[layout];
  const bytes = new Uint8Array(firstRow + rows.length * rowSize);
  new DataView(bytes.buffer).setUint32(0, rows.length, true);
  for (const [index, row] of rows.entries()) bytes.set(row, firstRow + index * rowSize);
  return bytes;
}

function endsOf(layout: LayoutName, ids: readonly number[], time: number): Ends {
  const records = new DataView(new ArrayBuffer(ids.length * 40));
  ids.forEach((id, index) => {
    const at = index * 40;
    records.setFloat64(at, time, true);
    records.setBigUint64(at + 8, BigInt(id) << 33n, true);
    records.setBigUint64(at + 16, UNKNOWN_U64, true);
    records.setUint32(at + 24, id, true);
    records.setUint32(at + 28, UNKNOWN_U32, true);
  });
  const rows = tableOf(
    layout,
    ids.map((id) => rowOf(layout, id, 1)),
  );
  return { layout, length: ids.length, rows, records: new Uint8Array(records.buffer) };
}

/** FNV-1a over the text. */
function fingerprintOf(text: string): string {
  let hash = 0x811c9dc5;
  for (let at = 0; at < text.length; at++) hash = Math.imul(hash ^ text.charCodeAt(at), 0x01000193);
  return (hash >>> 0).toString(16);
}

const textOf = (value: unknown) => JSON.stringify(value, (_, one) => (typeof one === "bigint" ? `${one}n` : one));

async function outcomeOf(layout: LayoutName, engine: "wasm" | "plain"): Promise<Outcome> {
  const writer = await createFrameWriter({ engine, keyInterval: 4 });
  const reader = await createFrameReader({ engine });
  const story = await createStory({ engine });
  const next = numbers(LAYOUTS[layout].code);
  const tellsEnds = layout === "LINUX_TCPTABLE" || layout === "LINUX_TCP6TABLE";
  let rows = Array.from({ length: ROWS }, (_, id) => ({ id, state: next() % 8 === 0 ? 2 : 5 }));
  let [same, opened, closed, changed] = [true, 0, 0, 0];
  const kinds: string[] = [];
  const told: string[] = [];
  const events: Record<string, number> = {};
  for (let tick = 0; tick < TICKS; tick++) {
    const clock = { tick, time: 1_700_000_000_000 + tick * 1000, monotonic: tick * 1000 };
    const gone = tick === 0 ? [] : rows.filter(() => next() % 20 === 0);
    rows = rows.filter((row) => !gone.includes(row));
    for (const row of rows) if (next() % 25 === 0) row.state = NEXT_STATE[row.state] ?? row.state;
    for (let more = 0; more < 5; more++) rows.push({ id: ROWS + tick * 5 + more, state: 5 });
    const bytes = tableOf(
      layout,
      rows.map(({ id, state }) => rowOf(layout, id, state)),
    );
    const frames: Uint8Array[] = [];
    const names = [{ pid: rows[0]?.id ?? 0, startTime: 0, name: `the process of tick ${tick}` }];
    frames.push(writer.writeNames({ names, ...clock }).slice());
    if (tellsEnds) {
      const ends = endsOf(
        layout,
        gone.map(({ id }) => id),
        clock.time - 500,
      );
      frames.push(writer.writeEnds({ ends, lost: tick, neverConnected: 1, ...clock }).slice());
    }
    frames.push(writer.write({ bytes, layout, ...clock, attempts: 1, complete: true, endsAreTold: tellsEnds }).slice());
    for (const frame of frames) {
      const change = reader.read(frame);
      if (!change || change.kind === "gap") continue;
      kinds.push(change.kind);
      same &&= change.bytes.length === bytes.length && bytes.every((byte, at) => byte === change.bytes[at]);
      opened += change.opened.length;
      closed += change.closed.length;
      changed += change.changed.length;
      told.push(textOf([change.opened, change.closed, change.changed, change.before, change.ends.length]));
    }
    for (const event of story.read(frames).events() as Iterable<ConnectionEvent>) {
      events[event.event] = (events[event.event] ?? 0) + 1;
      told.push(textOf(event));
    }
  }
  return { kinds, same, opened, closed, changed, events, fingerprint: fingerprintOf(told.join("\n")) };
}

const outcomes: Record<string, Record<string, Outcome>> = {};
for (const engine of ["wasm", "plain"] as const) {
  const ofEngine: Record<string, Outcome> = {};
  for (const layout of LAYOUT_NAMES) ofEngine[layout] = await outcomeOf(layout, engine);
  outcomes[engine] = ofEngine;
}
const text = JSON.stringify(outcomes);
if (globalThis.document) document.body.append(text);
else console.log(text);
