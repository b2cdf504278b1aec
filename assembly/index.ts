// What the kernel exports, nothing else. Integers over a fixed memory; checks are the callers' (src/decoder/wasm.ts), who know
// how to tell what is wrong.

import { decodeIPv4 } from "./decode";
import { MIB_TCPROW, MIB_TCPTABLE_FIRST_ROW } from "./layouts";
import * as arena from "./memory";

export { columnAt } from "./columns";
export { countStates } from "./count";
export { allIndices, and, andNot, indicesOf, matchAddresses, matchAll, matchPorts, matchStates, not, or, toggleState } from "./filter";
export { bitmap, reserve } from "./memory";
export { addKey, clearKeys } from "./keys";
export { sortIndices } from "./sort";

/** The address of the row numbers that the last selection left. */
export function indicesAt(): usize {
  return arena.indices;
}

/** Decodes `count` rows of the raw table at `raw`. False where the memory can't grow. */
export function decodeTable(raw: usize, count: u32): bool {
  if (!arena.place(count)) return false;
  decodeIPv4<MIB_TCPROW>(raw + MIB_TCPTABLE_FIRST_ROW, count);
  return true;
}
