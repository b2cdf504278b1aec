const SMALLEST = 1024;
/** A socket that nobody is known to hold for so many samples is looked for in earnest: it does not go as quickly as it came. */
const SHORT_LIVED = 2;
/** 2^32 divided by the golden ratio: the product's upper bits are well mixed. */
const GOLDEN = 0x9e3779b1;

/**
 * Which processes hold which sockets, by the sockets' inode numbers. Everything lies in typed arrays, because every row of
 * every sample is looked up here: a hash table of sockets, and for each a chain of the processes that hold it, ascending by
 * PID. An inode of 0 is none.
 *
 * It also counts the sockets that are *wanted*: they are in the table that is being resolved, nobody is known to hold them,
 * and not every process has been searched since they came. Where a process has closed a socket since the table was read, the
 * socket is most likely gone: it is not wanted before the next sample.
 */
export class SocketHolders {
  /** The number of the sample that is being resolved; samples count from 1. */
  sample = 0;
  /** Of the last samples of all tables, the one that is the longest ago: what was in none of them since has left. */
  oldestSample = 0;
  /** Every process has been searched completely at this sample or later: whoever came before is held by nobody to be seen. */
  searchedSince = 0;
  /** Sockets that are wanted. */
  wanted = 0;
  /** Of those, the ones that nobody is known to hold for several samples already. */
  waiting = 0;

  #inodes = new Uint32Array(SMALLEST);
  /** By slot: the last sample whose table had the socket; 0 for one that was in no table, as far as anyone knows. */
  #samples = new Int32Array(SMALLEST);
  /** By slot: the sample since which nobody is known to hold it. */
  #since = new Int32Array(SMALLEST);
  /** By slot: the last sample that counted it among the wanted ones. */
  #counted = new Int32Array(SMALLEST);
  /** By slot: the first link of its chain, 0 for none. */
  #first = new Int32Array(SMALLEST);
  #used = 0;

  /** By link: a process, how many of its descriptors are the socket, and the next link. Link 0 is none. */
  #pids = new Int32Array(SMALLEST);
  #counts = new Int32Array(SMALLEST);
  #next = new Int32Array(SMALLEST);
  #links = 1;
  /** A chain of the links that are free. */
  #free = 0;

  /** Starts a sample: what is counted is about its table alone. */
  begin(sample: number, oldestSample: number): void {
    this.sample = sample;
    this.oldestSample = oldestSample;
    this.wanted = 0;
    this.waiting = 0;
  }

  /** Notes that the table of this sample has a socket. */
  mark(inode: number): void {
    const slot = this.#slotOf(inode);
    if (this.#samples[slot] === this.sample) return;
    this.#samples[slot] = this.sample;
    if (this.#first[slot] !== 0 || (this.#since[slot] as number) <= this.searchedSince) return;
    this.#counted[slot] = this.sample;
    this.#count(slot, 1);
  }

  /** @returns the first link of the chain of processes that hold a socket, 0 where there is none */
  firstHolder(inode: number): number {
    const slot = this.#find(inode);
    return slot < 0 ? 0 : (this.#first[slot] as number);
  }

  /** The next link of a chain, 0 at its end. */
  nextHolder(link: number): number {
    return this.#next[link] as number;
  }

  /** The process that a link stands for. PIDs ascend along a chain, and each is there once. */
  pidOf(link: number): number {
    return this.#pids[link] as number;
  }

  /** Whether every process has been searched since nobody is known to hold this socket. */
  isSearched(inode: number): boolean {
    return (this.#since[this.#find(inode)] as number) <= this.searchedSince;
  }

  /** Whether a socket is in the tables as they were last read. */
  isInTable(inode: number): boolean {
    const slot = this.#find(inode);
    return slot >= 0 && (this.#samples[slot] as number) >= this.oldestSample && this.#samples[slot] !== 0;
  }

  /** Whether a socket was in a table once and is no more: most likely its descriptor is closed, or another file by now. */
  hasLeft(inode: number): boolean {
    const slot = this.#find(inode);
    return slot >= 0 && (this.#samples[slot] as number) < this.oldestSample && this.#samples[slot] !== 0;
  }

  /** A socket that has left the tables is open all the same. */
  markOpen(inode: number): void {
    this.#samples[this.#find(inode)] = 0;
  }

  /**
   * Notes that one more descriptor of a process is a socket.
   *
   * @returns whether the socket was wanted
   */
  add(inode: number, pid: number): boolean {
    const slot = this.#slotOf(inode);
    const found = this.#counted[slot] === this.sample;
    let before = 0;
    let link = this.#first[slot] as number;
    while (link !== 0 && (this.#pids[link] as number) < pid) {
      before = link;
      link = this.#next[link] as number;
    }
    if (link !== 0 && this.#pids[link] === pid) {
      this.#counts[link] = (this.#counts[link] as number) + 1;
      return false;
    }
    const added = this.#newLink();
    this.#pids[added] = pid;
    this.#counts[added] = 1;
    this.#next[added] = link;
    if (before === 0) this.#first[slot] = added;
    else this.#next[before] = added;
    if (!found) return false;
    this.#counted[slot] = 0;
    this.#count(slot, -1);
    return true;
  }

  /** Notes that a descriptor of a process, which was noted before, is this socket no more. */
  remove(inode: number, pid: number): void {
    const slot = this.#find(inode);
    let before = 0;
    let link = this.#first[slot] as number;
    while (this.#pids[link] !== pid) {
      before = link;
      link = this.#next[link] as number;
    }
    this.#counts[link] = (this.#counts[link] as number) - 1;
    if ((this.#counts[link] as number) > 0) return;
    if (before === 0) this.#first[slot] = this.#next[link] as number;
    else this.#next[before] = this.#next[link] as number;
    this.#next[link] = this.#free;
    this.#free = link;
    if (this.#first[slot] === 0) this.#since[slot] = this.sample;
  }

  #count(slot: number, change: number): void {
    this.wanted += change;
    if ((this.#since[slot] as number) <= this.sample - SHORT_LIVED) this.waiting += change;
  }

  #find(inode: number): number {
    const inodes = this.#inodes;
    const mask = inodes.length - 1;
    for (let slot = Math.imul(inode, GOLDEN) >>> 8; ; slot++) {
      const found = inodes[slot & mask];
      if (found === inode) return slot & mask;
      if (found === 0) return -1;
    }
  }

  /** The slot of a socket, a new one where it has none. Valid until the next call. */
  #slotOf(inode: number): number {
    const found = this.#find(inode);
    if (found >= 0) return found;
    if (this.#used * 2 >= this.#inodes.length) this.#growSlots();
    const slot = this.#freeSlot(inode);
    this.#inodes[slot] = inode;
    this.#samples[slot] = 0;
    this.#since[slot] = this.sample;
    this.#counted[slot] = 0;
    this.#first[slot] = 0;
    this.#used++;
    return slot;
  }

  #freeSlot(inode: number): number {
    const inodes = this.#inodes;
    const mask = inodes.length - 1;
    let slot = (Math.imul(inode, GOLDEN) >>> 8) & mask;
    while (inodes[slot] !== 0) slot = (slot + 1) & mask;
    return slot;
  }

  /**
   * Makes room for as many again. Sockets that nobody holds and that have left the tables go. Those that are in a table stay,
   * also where nobody is known to hold them: else all processes would be searched for them again.
   */
  #growSlots(): void {
    const inodes = this.#inodes;
    const samples = this.#samples;
    const since = this.#since;
    const counted = this.#counted;
    const first = this.#first;
    const stays = (slot: number) => first[slot] !== 0 || (samples[slot] as number) >= this.oldestSample;
    let used = 0;
    for (let slot = 0; slot < inodes.length; slot++) if (inodes[slot] !== 0 && stays(slot)) used++;
    let capacity = SMALLEST;
    while (capacity < used * 4) capacity *= 2;
    this.#inodes = new Uint32Array(capacity);
    this.#samples = new Int32Array(capacity);
    this.#since = new Int32Array(capacity);
    this.#counted = new Int32Array(capacity);
    this.#first = new Int32Array(capacity);
    this.#used = used;
    for (let old = 0; old < inodes.length; old++) {
      const inode = inodes[old] as number;
      if (inode === 0 || !stays(old)) continue;
      const slot = this.#freeSlot(inode);
      this.#inodes[slot] = inode;
      this.#samples[slot] = samples[old] as number;
      this.#since[slot] = since[old] as number;
      this.#counted[slot] = counted[old] as number;
      this.#first[slot] = first[old] as number;
    }
  }

  #newLink(): number {
    const free = this.#free;
    if (free !== 0) {
      this.#free = this.#next[free] as number;
      return free;
    }
    if (this.#links === this.#pids.length) {
      this.#pids = doubled(this.#pids);
      this.#counts = doubled(this.#counts);
      this.#next = doubled(this.#next);
    }
    return this.#links++;
  }
}

function doubled(values: Int32Array): Int32Array<ArrayBuffer> {
  const larger = new Int32Array(values.length * 2);
  larger.set(values);
  return larger;
}
