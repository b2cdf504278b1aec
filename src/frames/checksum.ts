/*
 * A frame's checksum: four lanes of 32 bits, each of which takes every fourth word of the frame as xxHash32's lanes do; at the
 * end they are mixed in two ways into two words. It finds accidents. It keeps nobody from making a frame with a right one.
 */

const PRIME_1 = 0x9e3779b1;
const PRIME_2 = 0x85ebca77;

/** How the lanes begin. */
export const LANES: readonly number[] = [(PRIME_1 + PRIME_2) | 0, PRIME_2 | 0, 0, -PRIME_1 | 0];

/** Mixes bytes, in blocks of 16, into the lanes. The plain engine's own; the kernel's is `mixLanes` in assembly/checksum.ts. */
export function mixLanes(view: DataView, from: number, end: number, lanes: Int32Array): void {
  let a = lanes[0] as number;
  let b = lanes[1] as number;
  let c = lanes[2] as number;
  let d = lanes[3] as number;
  for (let at = from; at < end; at += 16) {
    a = mixed(a, view.getInt32(at, true));
    b = mixed(b, view.getInt32(at + 4, true));
    c = mixed(c, view.getInt32(at + 8, true));
    d = mixed(d, view.getInt32(at + 12, true));
  }
  lanes[0] = a;
  lanes[1] = b;
  lanes[2] = c;
  lanes[3] = d;
}

/** The lower word of the checksum of a frame of so many bytes, as a signed number: the engine makes no object of it. */
export function lowerWord(lanes: Int32Array, byteLength: number): number {
  return joined(lanes, byteLength, 1, 7, 12, 18);
}

/** The upper word, signed as well. */
export function upperWord(lanes: Int32Array, byteLength: number): number {
  return joined(lanes, ~byteLength, 5, 11, 17, 23);
}

function mixed(lane: number, word: number): number {
  return Math.imul(turned((lane + Math.imul(word, PRIME_2)) | 0, 13), PRIME_1);
}

function joined(lanes: Int32Array, start: number, a: number, b: number, c: number, d: number): number {
  let hash = start;
  hash = (hash + turned(lanes[0] as number, a)) | 0;
  hash = (hash + turned(lanes[1] as number, b)) | 0;
  hash = (hash + turned(lanes[2] as number, c)) | 0;
  hash = (hash + turned(lanes[3] as number, d)) | 0;
  hash = Math.imul(hash ^ (hash >>> 15), PRIME_2);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae3d);
  return hash ^ (hash >>> 16);
}

function turned(word: number, bits: number): number {
  return (word << bits) | (word >>> (32 - bits));
}
