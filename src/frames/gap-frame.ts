import { UnknownLayoutError } from "../format/errors.js";
import { type Family, LAYOUT_NAMES, type LayoutName } from "../format/layouts.js";
import type { EndedConnections } from "./ended-connections.js";
import { CorruptFrameError } from "./errors.js";
import type { FrameBuffer } from "./frame-buffer.js";
import { checkEnd } from "./frame-checks.js";
import { AT, type FrameClock, GAP, HEADER, mustBeClock } from "./header.js";
import type { FrameMemory } from "./memory.js";
import { textOf } from "./text.js";

/** Bytes of UTF-8 that a reason may have: what is longer is cut. */
const REASON_BYTES = 4096;

/** Says that a family was not read, and why. */
export interface GapInput extends FrameClock {
  /** Of the table that should have been there: which family it is. */
  readonly layout: LayoutName;
  /** For people. What is longer than 4,096 bytes of UTF-8 is cut. */
  readonly reason: string;
}

/** A family was not read. The next table is compared with the last one that was. */
export interface Gap {
  /** Always `"gap"`. */
  readonly kind: "gap";
  /** Of the frame in its stream. */
  readonly sequence: number;
  /** Which sample of the clock it was. */
  readonly tick: number;
  /** Wall clock, milliseconds since 1970-01-01 UTC. */
  readonly time: number;
  /** Monotonic clock, milliseconds since the stream began. */
  readonly monotonic: number;
  /** Of the table that should have been there. */
  readonly layout: LayoutName;
  /** The family that was not read. */
  readonly family: Family;
  /** Why, for people. */
  readonly reason: string;
  /** What ended nevertheless, since the table or gap before. Valid until the next `read`. */
  readonly ends: EndedConnections;
}

/** @throws what `writeGap` of a FrameWriter does */
export function mustBeGap(input: GapInput): void {
  if (!LAYOUT_NAMES.includes(input.layout)) throw new UnknownLayoutError(input.layout, LAYOUT_NAMES);
  mustBeClock(input);
}

export function writeGap(frame: FrameBuffer, stream: Uint32Array, sequence: number, input: GapInput): Uint8Array {
  const text = new Uint8Array(REASON_BYTES);
  // Whole characters, as many as there is room for.
  const { written } = new TextEncoder().encodeInto(input.reason, text);
  frame.begin(written).bytes.set(text.subarray(0, written), HEADER);
  return frame.finish(GAP, input.layout, stream, sequence, input, 0, written);
}

/**
 * Reads the reason of a frame whose header has been checked.
 *
 * @throws {CorruptFrameError}
 */
export function readReason(memory: FrameMemory, at: number): string {
  const byteLength = memory.view.getUint32(at + AT.runs, true);
  checkEnd(memory, at, HEADER + byteLength, `${byteLength} bytes of a reason`);
  if (byteLength > REASON_BYTES) throw new CorruptFrameError(`a reason has ${REASON_BYTES} bytes at the most`);
  return textOf(memory.view, at + HEADER, byteLength);
}
