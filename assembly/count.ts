// The state column → rows by state number.

import { STATE } from "./layouts";
import { columnAt } from "./memory";

/**
 * Four times 256 counters, for every fourth row each: neighbours often have the same state, and a counter that has just been
 * written is slow to read back.
 */
const counters = memory.data(4 * 256 * 4, 16);
const SET: usize = 256 * 4;

/** Counts the first `count` rows by their state number. The address of 256 u32, which is always the same. */
export function countStates(count: u32): usize {
  memory.fill(counters, 0, 4 * SET);
  let at = columnAt(STATE);
  const end = at + count;
  for (; at + 4 <= end; at += 4) {
    const four = load<u32>(at);
    increment(counters, four & 0xff);
    increment(counters + SET, (four >> 8) & 0xff);
    increment(counters + 2 * SET, (four >> 16) & 0xff);
    increment(counters + 3 * SET, four >> 24);
  }
  for (; at < end; at++) increment(counters, load<u8>(at));
  for (let counter = counters; counter < counters + SET; counter += 16) {
    const lower = i32x4.add(v128.load(counter), v128.load(counter, SET));
    const upper = i32x4.add(v128.load(counter, 2 * SET), v128.load(counter, 3 * SET));
    v128.store(counter, i32x4.add(lower, upper));
  }
  return counters;
}

@inline
function increment(set: usize, state: u32): void {
  const counter = set + (<usize>state << 2);
  store<u32>(counter, load<u32>(counter) + 1);
}
