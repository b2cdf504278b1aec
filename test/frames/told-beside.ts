import { LAYOUT_NAMES, LAYOUTS } from "../../src/format/layouts.js";
import type { FrameReader, Gap } from "../../src/frames/index.js";
import { told } from "./told.js";

/*
 * What frames of ends, gaps and names tell, as text: by a reader, and by format.md in the fewest words.
 */

/** `undefined` where the frame is of none of these kinds. @param key a frame of a table that the ends are told with */
export function toldByReader(
  reader: FrameReader,
  gap: Gap | undefined,
  frame: Uint8Array,
  key: Uint8Array,
): string | undefined {
  if (gap) return text([LAYOUTS[gap.layout].code, gap.tick, gap.time, gap.monotonic, gap.reason]);
  if (frame[6] === 5) {
    const { names } = reader;
    return text(pidsOf(frame).map((pid) => [pid, names.get(pid)?.startTime, names.get(pid)?.name]));
  }
  if (frame[6] !== 3) return undefined;
  const { ends } = told(reader.read(key));
  const { table, time, bytesSent, bytesReceived, retransmits, rtt, flags, lost, neverConnected } = ends;
  const rows = table.length === 0 ? "" : hex(table.bytes.subarray(LAYOUTS[table.layout].firstRow));
  const records = [...time].map((each, row) => [
    each,
    ...[bytesSent, bytesReceived, retransmits, rtt, flags].map((values) => values[row]),
  ]);
  return text([rows, records, lost, neverConnected]);
}

/** @param key a frame of the table that the ends would be told with */
export function toldBeside(frame: Uint8Array, key: Uint8Array): string {
  const view = new DataView(frame.buffer, frame.byteOffset);
  const word = (at: number) => view.getUint32(at, true);
  const utf8 = (at: number, length: number) => Buffer.from(frame.subarray(at, at + length)).toString("utf8");
  const layoutOf = (bytes: Uint8Array) =>
    LAYOUTS[LAYOUT_NAMES.find((name) => LAYOUTS[name].code === bytes[12]) ?? "MIB_TCPTABLE"];
  const rows = word(56);
  if (frame[6] === 4)
    return text([frame[12], word(32), view.getFloat64(40, true), view.getFloat64(48, true), utf8(80, word(60))]);
  if (frame[6] === 5) {
    const names = new Map<number, unknown>();
    let textAt = 80 + rows * 16;
    for (let at = 80; at < 80 + rows * 16; at += 16) {
      names.set(word(at), [word(at), view.getFloat64(at + 8, true), utf8(textAt, word(at + 4))]);
      textAt += word(at + 4);
    }
    return text(pidsOf(frame).map((pid) => names.get(pid)));
  }
  const { rowSize, family } = layoutOf(frame);
  const isOfStream = hex(frame.subarray(16, 24)) === hex(key.subarray(16, 24)) && family === layoutOf(key).family;
  if (!isOfStream) return text(["", [], 0, 0]);
  const recordsAt = 80 + rows * rowSize;
  const records = Array.from({ length: rows }, (_, row) => {
    const at = recordsAt + row * 40;
    const figures = [view.getBigUint64(at + 8, true), view.getBigUint64(at + 16, true)];
    return [view.getFloat64(at, true), ...figures, word(at + 24), word(at + 28), word(at + 32)];
  });
  const end = recordsAt + rows * 40;
  return text([hex(frame.subarray(80, recordsAt)), records, word(end), word(end + 4)]);
}

/** The PIDs that a frame of names names. */
function pidsOf(frame: Uint8Array): number[] {
  const view = new DataView(frame.buffer, frame.byteOffset);
  return Array.from({ length: view.getUint32(56, true) }, (_, index) => view.getUint32(80 + index * 16, true));
}

function text(value: unknown): string {
  return JSON.stringify(value, (_, part) => (typeof part === "bigint" ? `${part}n` : part));
}

function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString("hex");
}
