import { mustBeSharedOwners } from "../decoder/arguments.js";
import { type Bytes, byteLengthOf, readRowCount } from "../format/header.js";
import type { LayoutName } from "../format/layouts.js";
import { type FrameClock, HEADER, mustBeClock, mustBeWord, padded } from "./header.js";
import type { FrameMemory } from "./memory.js";

/** One table, and when and how it was read. */
export interface FrameInput extends FrameClock {
  /** The raw table from `dwNumEntries` on. A view from `reserve` is not copied. */
  readonly bytes: Bytes;
  /** What the bytes are. */
  readonly layout: LayoutName;
  /** Calls that it took to read the table. */
  readonly attempts: number;
  /** Whether the table is known to be whole. */
  readonly complete: boolean;
  /** Pairs of a row number and a PID, for sockets that several processes hold, ascending by both. */
  readonly sharedOwners?: Uint32Array | undefined;
  /** Whether frames of ends tell of connections that end. */
  readonly endsAreTold?: boolean | undefined;
  /** Asks for a key frame. */
  readonly key?: boolean | undefined;
}

/** @returns how many rows there are. @throws what `write` of a FrameWriter does */
export function mustBeInput(input: FrameInput, bytes: Uint8Array): number {
  const { layout, sharedOwners } = input;
  const rows = readRowCount(bytes, layout);
  if (sharedOwners) mustBeSharedOwners(sharedOwners, layout, rows);
  mustBeClock(input);
  mustBeWord("attempts", input.attempts);
  return rows;
}

/** Bytes of a table's key frame. */
export function keyLengthOf(layout: LayoutName, rows: number, sharedOwners: Uint32Array | undefined): number {
  return padded(HEADER + byteLengthOf(layout, rows) + (sharedOwners?.length ?? 0) * 4);
}

/** The first bytes of some, in memory that nobody moves: bytes in a frame's memory move where it grows. */
export function ownBytes(bytes: Uint8Array, length: number, memory: FrameMemory): Uint8Array {
  if (bytes.buffer === memory.bytes.buffer) return bytes.slice(0, length);
  return bytes.length === length ? bytes : bytes.subarray(0, length);
}
