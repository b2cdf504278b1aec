// The state column → rows by state number.

import * as arena from "./memory";

/** 256 counters. */
const counters = memory.data(256 * 4, 16);

/** Counts the rows of each state number. The address of 256 u32. */
export function countStates(count: u32): usize {
  memory.fill(counters, 0, 256 * 4);
  for (let row: u32 = 0; row < count; row++) {
    const counter = counters + (<usize>load<u8>(arena.state + row) << 2);
    store<u32>(counter, load<u32>(counter) + 1);
  }
  return counters;
}
