/** The socket is known, and it was searched for without success: nobody whom this user may look at has it. */
export const UNSEEN = 0;
/** The socket is known, and whoever had it has it no more. */
export const RELEASED = -1;

const SMALLEST = 1024;

/**
 * PIDs by the inode numbers of sockets: a hash table in typed arrays, because every row of every sample is looked up in
 * it. An inode of 0 is none.
 */
export class InodeTable {
  /** By slot: a PID, UNSEEN or RELEASED. */
  pids = new Int32Array(SMALLEST);
  /** By slot: the last sample whose table had the socket; 0 for one that never was in a table. */
  samples = new Int32Array(SMALLEST);
  #inodes = new Uint32Array(SMALLEST);
  #used = 0;

  /** The slot of an inode, −1 where it has none. Slots are valid until the next `add`. */
  find(inode: number): number {
    const inodes = this.#inodes;
    const mask = inodes.length - 1;
    for (let slot = Math.imul(inode, 0x9e3779b1) >>> 8; ; slot++) {
      const found = inodes[slot & mask];
      if (found === inode) return slot & mask;
      if (found === 0) return -1;
    }
  }

  /** Adds an inode that has no slot yet, RELEASED. Returns its slot. */
  add(inode: number): number {
    if (this.#used * 2 >= this.#inodes.length) this.#grow();
    this.#used++;
    const slot = this.#insert(inode);
    this.pids[slot] = RELEASED;
    this.samples[slot] = 0;
    return slot;
  }

  #insert(inode: number): number {
    const inodes = this.#inodes;
    const mask = inodes.length - 1;
    let slot = (Math.imul(inode, 0x9e3779b1) >>> 8) & mask;
    while (inodes[slot] !== 0) slot = (slot + 1) & mask;
    inodes[slot] = inode;
    return slot;
  }

  /** Makes room for as many again, without those who have no process and were not in the tables of late. */
  #grow(): void {
    const { pids, samples } = this;
    const inodes = this.#inodes;
    const latest = samples.reduce((a, b) => Math.max(a, b), 0);
    const kept: number[] = [];
    inodes.forEach((inode, slot) => {
      const inUse = (pids[slot] as number) > 0 || (samples[slot] as number) >= latest - 1;
      if (inode !== 0 && inUse) kept.push(slot);
    });
    let capacity = SMALLEST;
    while (capacity < kept.length * 4) capacity *= 2;
    this.#inodes = new Uint32Array(capacity);
    this.pids = new Int32Array(capacity);
    this.samples = new Int32Array(capacity);
    this.#used = kept.length;
    for (const old of kept) {
      const slot = this.#insert(inodes[old] as number);
      this.pids[slot] = pids[old] as number;
      this.samples[slot] = samples[old] as number;
    }
  }
}
