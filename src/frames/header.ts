/** A frame's header: where its fields lie. format.md tells what they mean. All numbers are little-endian. */

/** "TCPF". */
export const MAGIC = 0x46504354;
export const VERSION = 1;
export const HEADER = 80;

/** Kinds of frames. 3, 4 and 5 are reserved for ends, gaps and names. */
export const KEY = 1;
export const DELTA = 2;

/** The flag of a complete table. */
export const COMPLETE = 1;

/** Bytes from the start of the frame. */
export const AT = {
  magic: 0,
  version: 4,
  kind: 6,
  flags: 7,
  length: 8,
  layout: 12,
  rowSize: 14,
  stream: 16,
  sequence: 24,
  base: 28,
  tick: 32,
  attempts: 36,
  time: 40,
  monotonic: 48,
  rows: 56,
  runs: 60,
  sharedOwners: 64,
  padding: 68,
  checksum: 72,
} as const;

/** Frames are padded with zeros to a multiple of 16 bytes. */
export function padded(byteLength: number): number {
  return Math.ceil(byteLength / 16) * 16;
}
