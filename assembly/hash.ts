// Hashes of rows.

import { stride } from "./comparison";

/** Makes it hard to choose rows that all fall into one place: frames come from strangers. What is found does not depend on it. */
export let seed: u64 = 0;

export function seedHashes(number: u32): void {
  seed = number;
}

@inline
export function mix(hash: u64, word: u64): u64 {
  hash = (hash ^ word) * 0x9e3779b97f4a7c15;
  return hash ^ (hash >> 32);
}

@inline
export function finish(hash: u64): u32 {
  return <u32>((hash * 0xd6e8feb86659fd93) >> 32);
}

/** Of all bytes of a row. The last eight may overlap. */
@inline
export function hashOfRow(row: usize): u32 {
  const last = row + stride - 8;
  let hash = seed;
  for (; row < last; row += 8) hash = mix(hash, load<u64>(row));
  return finish(mix(hash, load<u64>(last)));
}
