import type { ColumnName } from "../format/columns.js";
import { fieldOf, LAYOUTS, type LayoutName } from "../format/layouts.js";
import { hasRemoteEnd } from "../format/states.js";

/*
 * What makes two rows of consecutive tables one connection. This is the one place that says so: the plain engine runs what
 * stands here, assembly/identity.ts and leftovers.ts have the same for the kernel, and the tests hold both to an oracle.
 *
 * 1. Rows with the same bytes are the same: nothing has changed, though they may have moved. Where a table has several of
 *    them, they stand for each other: as many are paired as both tables have.
 * 2. Of what is left, two rows are one connection if they have the same ends (addresses, ports and scopes; of a listener the
 *    local end alone) and nothing says otherwise:
 *    - where both have a socket cookie, it alone decides;
 *    - else, where both have a creation timestamp, that alone decides;
 *    - else the later state must not come before the earlier one in a connection's life: ESTABLISHED after TIME-WAIT is
 *      another connection.
 * 3. Such a pair has *changed* if its state or its owner is another one: two PIDs, or two users of sockets that both have an
 *    inode. A PID of 0 is unknown, and no change. What else may differ (queues, inode, offload state) is no change.
 * 4. What has no partner has *opened* or *closed*.
 * 5. A connection counts once. A dump under churn may show it twice: of several rows with one cookie the first has opened or
 *    closed, and none where a row of the other table has that cookie.
 */

/** How far a connection has got in each MIB_TCP_STATE; 0 for those that say nothing of that. */
const PROGRESS: readonly number[] = [0, 0, 0, 1, 1, 2, 3, 4, 3, 4, 4, 5, 6];

/** Rows with the same ends that are looked at for a partner, at most. No real table has so many. */
export const SAME_ENDS = 256;

/** Where a layout has what the rules look at: bytes from the start of a row, −1 where it has no such field. */
export interface RowFields {
  readonly addressWords: number;
  readonly state: number;
  readonly localAddress: number;
  readonly localPort: number;
  readonly localScopeId: number;
  readonly remoteAddress: number;
  readonly remotePort: number;
  readonly remoteScopeId: number;
  readonly owningPid: number;
  readonly user: number;
  readonly inode: number;
  readonly socketCookie: number;
  readonly createTimestamp: number;
}

export function rowFields(layout: LayoutName): RowFields {
  const offset = (column: ColumnName): number => fieldOf(layout, column)?.offset ?? -1;
  return {
    addressWords: LAYOUTS[layout].family === 4 ? 1 : 4,
    state: offset("state"),
    localAddress: offset("localAddress"),
    localPort: offset("localPort"),
    localScopeId: offset("localScopeId"),
    remoteAddress: offset("remoteAddress"),
    remotePort: offset("remotePort"),
    remoteScopeId: offset("remoteScopeId"),
    owningPid: offset("owningPid"),
    user: offset("user"),
    inode: offset("inode"),
    socketCookie: offset("socketCookie"),
    createTimestamp: offset("createTimestamp"),
  };
}

/** A row of a raw table, as the rules look at it. One object serves all rows: a comparison moves it about. */
export class RawRow {
  readonly #fields: RowFields;
  #table: DataView = new DataView(new ArrayBuffer(0));
  #at = 0;

  constructor(fields: RowFields) {
    this.#fields = fields;
  }

  /** @param at bytes from the start of the table to the row */
  moveTo(table: DataView, at: number): this {
    this.#table = table;
    this.#at = at;
    return this;
  }

  get state(): number {
    return this.#word(this.#fields.state);
  }

  /** Rule 2: whether both rows have the same ends. */
  hasEndsOf(other: RawRow): boolean {
    const connected = hasRemoteEnd(this.state);
    if (connected !== hasRemoteEnd(other.state)) return false;
    const { localAddress, localPort, localScopeId, remoteAddress, remotePort, remoteScopeId } = this.#fields;
    if (!this.#hasEndOf(other, localAddress, localPort, localScopeId)) return false;
    return !connected || this.#hasEndOf(other, remoteAddress, remotePort, remoteScopeId);
  }

  /** Rule 2: whether nothing says that this row and a later one with the same ends are two connections. */
  mayBecome(later: RawRow): boolean {
    for (const field of [this.#fields.socketCookie, this.#fields.createTimestamp]) {
      if (field < 0) continue;
      const [low, high] = [this.#word(field), this.#word(field + 4)];
      const [lowLater, highLater] = [later.#word(field), later.#word(field + 4)];
      if ((low || high) && (lowLater || highLater)) return low === lowLater && high === highLater;
    }
    const progress = PROGRESS[later.state] ?? 0;
    return progress === 0 || (PROGRESS[this.state] ?? 0) <= progress;
  }

  /** Rule 3: whether the connection has another state or owner in a later row. */
  differsIn(later: RawRow): boolean {
    const { owningPid, user, inode } = this.#fields;
    if (this.state !== later.state) return true;
    if (owningPid >= 0 && this.#isKnownToDiffer(later, owningPid)) return true;
    return user >= 0 && this.#word(user) !== later.#word(user) && this.#word(inode) !== 0 && later.#word(inode) !== 0;
  }

  /** 0 where it is not known. For layouts that have cookies. */
  get socketCookie(): bigint {
    return this.#table.getBigUint64(this.#at + this.#fields.socketCookie, true);
  }

  /** The same for rows with the same ends. @param seed another one gives other numbers */
  hashOfEnds(seed: number): number {
    const { localAddress, localPort, remoteAddress, remotePort } = this.#fields;
    let hash = this.#hashOfEnd(seed, localAddress, localPort);
    if (hasRemoteEnd(this.state)) hash = this.#hashOfEnd(hash, remoteAddress, remotePort);
    return finish(hash);
  }

  /** Of all bytes. */
  hashOfBytes(seed: number, byteLength: number): number {
    let hash = seed;
    for (let at = 0; at < byteLength; at += 4) hash = mix(hash, this.#word(at));
    return finish(hash);
  }

  #word(field: number): number {
    return this.#table.getUint32(this.#at + field, true);
  }

  /** The two bytes that are the port; the two behind them may be garbage. */
  #port(field: number): number {
    return this.#table.getUint16(this.#at + field);
  }

  #hasEndOf(other: RawRow, address: number, port: number, scope: number): boolean {
    if (this.#port(port) !== other.#port(port)) return false;
    for (let word = 0; word < this.#fields.addressWords; word++)
      if (this.#word(address + word * 4) !== other.#word(address + word * 4)) return false;
    return scope < 0 || this.#word(scope) === other.#word(scope);
  }

  #hashOfEnd(hash: number, address: number, port: number): number {
    let mixed = hash;
    for (let word = 0; word < this.#fields.addressWords; word++) mixed = mix(mixed, this.#word(address + word * 4));
    return mix(mixed, this.#port(port));
  }

  #isKnownToDiffer(later: RawRow, field: number): boolean {
    const [before, after] = [this.#word(field), later.#word(field)];
    return before !== after && before !== 0 && after !== 0;
  }
}

function mix(hash: number, word: number): number {
  const mixed = hash ^ Math.imul(word, 0xcc9e2d51);
  return (Math.imul((mixed << 13) | (mixed >>> 19), 5) + 0xe6546b64) | 0;
}

function finish(hash: number): number {
  const mixed = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  return (mixed ^ (mixed >>> 13)) >>> 0;
}
