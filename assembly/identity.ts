// Which rows are one connection, and whether it has changed: rules 2 and 3 of src/frames/rules.ts, in its words.

import { addressBytes, fieldAt, has } from "./comparison";
import { finish, mix, seed } from "./hash";
import {
  CREATE_TIMESTAMP,
  INODE,
  LOCAL_ADDRESS,
  LOCAL_PORT,
  LOCAL_SCOPE_ID,
  OWNING_PID,
  REMOTE_ADDRESS,
  REMOTE_PORT,
  REMOTE_SCOPE_ID,
  SOCKET_COOKIE,
  STATE,
  USER,
} from "./layouts";

/** Linux's and Windows' number of a listener. */
const LISTEN: u32 = 2;

/** How far a connection has got in each MIB_TCP_STATE: it never goes back. 0 for numbers that say nothing of that. */
const PROGRESS = memory.data<u8>([0, 0, 0, 1, 1, 2, 3, 4, 3, 4, 4, 5, 6]);
const STATES: u32 = 13;

@inline
function isListener(row: usize): bool {
  return load<u32>(fieldAt(row, STATE)) == LISTEN;
}

/** Of the ends of a connection; of a listener's local end alone. */
export function hashOfEnds(row: usize): u32 {
  let hash = hashOfEnd(seed, row, LOCAL_ADDRESS, LOCAL_PORT);
  if (!isListener(row)) hash = hashOfEnd(hash, row, REMOTE_ADDRESS, REMOTE_PORT);
  return finish(hash);
}

function hashOfEnd(hash: u64, row: usize, address: u32, port: u32): u64 {
  const at = fieldAt(row, address);
  for (let word: usize = 0; word < addressBytes; word += 4) hash = mix(hash, load<u32>(at + word));
  return mix(hash, load<u16>(fieldAt(row, port)));
}

/** Rule 2: whether two rows have the same ends. */
export function haveSameEnds(a: usize, b: usize): bool {
  const listens = isListener(a);
  if (listens != isListener(b)) return false;
  if (!isSameEnd(a, b, LOCAL_ADDRESS, LOCAL_PORT, LOCAL_SCOPE_ID)) return false;
  return listens || isSameEnd(a, b, REMOTE_ADDRESS, REMOTE_PORT, REMOTE_SCOPE_ID);
}

function isSameEnd(a: usize, b: usize, address: u32, port: u32, scope: u32): bool {
  if (load<u16>(fieldAt(a, port)) != load<u16>(fieldAt(b, port))) return false;
  const there = fieldAt(a, address);
  const here = fieldAt(b, address);
  for (let word: usize = 0; word < addressBytes; word += 4) {
    if (load<u32>(there + word) != load<u32>(here + word)) return false;
  }
  return !has(scope) || load<u32>(fieldAt(a, scope)) == load<u32>(fieldAt(b, scope));
}

/** Rule 2: of two rows with the same ends, whether nothing says that they are two connections. */
export function mayBecome(before: usize, after: usize): bool {
  // The socket cookie alone decides; else the creation timestamp.
  for (let column = SOCKET_COOKIE; ; column = CREATE_TIMESTAMP) {
    if (has(column)) {
      const there = load<u64>(fieldAt(before, column));
      const here = load<u64>(fieldAt(after, column));
      if (there != 0 && here != 0) return there == here;
    }
    if (column == CREATE_TIMESTAMP) break;
  }
  const progress = progressOf(after);
  return progress == 0 || progressOf(before) <= progress;
}

@inline
function progressOf(row: usize): u32 {
  const state = load<u32>(fieldAt(row, STATE));
  return state < STATES ? load<u8>(PROGRESS + state) : 0;
}

/** Rule 3: whether a connection's state or owner is another one. What is unknown is no change. */
export function isChanged(before: usize, after: usize): bool {
  if (!isSame(before, after, STATE)) return true;
  if (has(OWNING_PID) && isKnownToDiffer(before, after, OWNING_PID)) return true;
  // A user is known where the socket has an inode.
  return has(USER) && !isSame(before, after, USER) && isKnown(before, after, INODE);
}

function isSame(before: usize, after: usize, column: u32): bool {
  return load<u32>(fieldAt(before, column)) == load<u32>(fieldAt(after, column));
}

function isKnown(before: usize, after: usize, column: u32): bool {
  return load<u32>(fieldAt(before, column)) != 0 && load<u32>(fieldAt(after, column)) != 0;
}

@inline
function isKnownToDiffer(before: usize, after: usize, column: u32): bool {
  return !isSame(before, after, column) && isKnown(before, after, column);
}
