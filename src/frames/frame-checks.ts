import { wordAt } from "../format/header.js";
import { LAYOUT_NAMES, LAYOUTS, type LayoutName } from "../format/layouts.js";
import { lowerWord, upperWord } from "./checksum.js";
import {
  CorruptFrameError,
  FrameTooLargeError,
  FrameVersionError,
  NotAFrameError,
  TruncatedFrameError,
} from "./errors.js";
import { AT, COMPLETE, DELTA, ENDS_ARE_TOLD, GAP, HEADER, KEY, MAGIC, NAMES, padded, VERSION } from "./header.js";
import type { FrameMemory } from "./memory.js";

/** What a reader asks of frames of every kind, before it looks at their bodies. */

/** Magic, version and length. Returns the length. @param limit bytes of a table at most */
export function checkStart(given: Uint8Array, limit: number): number {
  if (given.length < 4) throw new TruncatedFrameError(given.length, HEADER);
  if (wordAt(given, AT.magic) !== MAGIC) throw new NotAFrameError(hexadecimal(given.subarray(0, 4)));
  if (given.length < HEADER) throw new TruncatedFrameError(given.length, HEADER);
  const version = wordAt(given, AT.version) & 0xffff;
  if (version !== VERSION) throw new FrameVersionError(version, VERSION);
  const length = wordAt(given, AT.length);
  if (given.length < length) throw new TruncatedFrameError(given.length, length);
  if (length < HEADER || length % 16 !== 0 || given.length !== length)
    throw new CorruptFrameError(`there are ${given.length} bytes, but by its header it has ${length}`);
  if (length > limit + HEADER + 16) throw new FrameTooLargeError("frame", length, limit);
  return length;
}

/** Leaves zeros in the checksum's place. */
export function checkSum(memory: FrameMemory, at: number, length: number): void {
  const { view } = memory;
  const low = view.getInt32(at + AT.checksum, true);
  const high = view.getInt32(at + AT.checksum + 4, true);
  view.setUint32(at + AT.checksum, 0, true);
  view.setUint32(at + AT.checksum + 4, 0, true);
  const lanes = memory.lanesOf(at, length);
  if (low !== lowerWord(lanes, length) || high !== upperWord(lanes, length))
    throw new CorruptFrameError(`the checksum of its ${length} bytes is not the one that it holds`);
}

/** The header of a kind that is known. Returns the layout; that of names says nothing. */
export function checkHeader({ view }: FrameMemory, at: number, kind: number): LayoutName {
  const isTable = kind === KEY || kind === DELTA;
  const layout = checkLayout(view.getUint16(at + AT.layout, true), view.getUint16(at + AT.rowSize, true), kind);
  const flags = view.getUint8(at + AT.flags);
  if (flags > (isTable ? COMPLETE | ENDS_ARE_TOLD : 0))
    throw new CorruptFrameError(`the flags ${flags} have bits that mean nothing`);
  const sequence = view.getUint32(at + AT.sequence, true);
  const base = view.getUint32(at + AT.base, true);
  if (kind === DELTA ? base >= sequence : base !== sequence)
    throw new CorruptFrameError(`frame ${sequence} can't start from frame ${base}`);
  if (
    !Number.isFinite(view.getFloat64(at + AT.time, true)) ||
    !Number.isFinite(view.getFloat64(at + AT.monotonic, true))
  )
    throw new CorruptFrameError("a clock shows no number");
  if (isTable) return layout;
  mustBeZero(view, at, AT.attempts, "attempts");
  mustBeZero(view, at, AT.sharedOwners, "shared owners");
  mustBeZero(view, at, AT.padding, "padding of a table");
  if (kind === GAP) mustBeZero(view, at, AT.rows, "rows");
  else if (kind !== NAMES) mustBeZero(view, at, AT.runs, "runs or text");
  return layout;
}

function checkLayout(code: number, rowSize: number, kind: number): LayoutName {
  if (kind === NAMES) {
    if (code !== 0 || rowSize !== 0) throw new CorruptFrameError("names are of no layout");
    return LAYOUT_NAMES[0] as LayoutName;
  }
  const layout = layoutOf(code);
  if (!layout) throw new CorruptFrameError(`there is no layout with the code ${code}`);
  if (LAYOUTS[layout].rowSize !== rowSize)
    throw new CorruptFrameError(`a row of ${layout} has ${LAYOUTS[layout].rowSize} bytes, not ${rowSize}`);
  return layout;
}

function mustBeZero(view: DataView, at: number, field: number, what: string): void {
  const number = view.getUint32(at + field, true);
  if (number !== 0) throw new CorruptFrameError(`a frame of its kind has no ${what}, but it says ${number}`);
}

/** Whether a body that ends there, and zeros behind it, make the frame's length. @param what the body is of, for people */
export function checkEnd({ view, bytes }: FrameMemory, at: number, end: number, what: string): void {
  const length = view.getUint32(at + AT.length, true);
  if (padded(end) !== length) throw new CorruptFrameError(`${what} make ${padded(end)} bytes, but it has ${length}`);
  for (let byte = at + end; byte < at + length; byte++)
    if (bytes[byte] !== 0) throw new CorruptFrameError("there is something behind its end");
}

function hexadecimal(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join(" ");
}

/** No closure: this runs for each frame. */
function layoutOf(code: number): LayoutName | undefined {
  for (let at = 0; at < LAYOUT_NAMES.length; at++) {
    const layout = LAYOUT_NAMES[at] as LayoutName;
    if (LAYOUTS[layout].code === code) return layout;
  }
  return undefined;
}
