const SMALLEST = 16;

/**
 * The open files of one process as they were when they were last read, ascending by descriptor. Only what is open takes
 * memory: a single file with a descriptor of a million, which any user may open, must not take megabytes.
 */
export class OpenFiles {
  length = 0;
  /** Their numbers. */
  descriptors = new Int32Array(SMALLEST);
  /** Which sockets they are, as inodes; 0 for another kind of file. */
  sockets = new Uint32Array(SMALLEST);
  /** The samples at which they were last seen to be open. */
  seen = new Int32Array(SMALLEST);

  /** Where a descriptor lies; where there is none, where the next higher one does. */
  search(descriptor: number): number {
    const { descriptors } = this;
    let low = 0;
    let high = this.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((descriptors[middle] as number) < descriptor) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  /** The lowest descriptor that is free: the kernel gives the next file this one. It is also where the next higher one lies. */
  lowestFree(): number {
    const { descriptors } = this;
    let low = 0;
    let high = this.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (descriptors[middle] === middle) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  /** @param at where the next higher descriptor lies */
  insert(at: number, descriptor: number, socket: number, sample: number): void {
    if (this.length === this.descriptors.length) this.#grow();
    this.descriptors.copyWithin(at + 1, at, this.length);
    this.sockets.copyWithin(at + 1, at, this.length);
    this.seen.copyWithin(at + 1, at, this.length);
    this.descriptors[at] = descriptor;
    this.sockets[at] = socket;
    this.seen[at] = sample;
    this.length++;
  }

  remove(at: number): void {
    this.descriptors.copyWithin(at, at + 1, this.length);
    this.sockets.copyWithin(at, at + 1, this.length);
    this.seen.copyWithin(at, at + 1, this.length);
    this.length--;
  }

  /** Removes all that were last seen before a sample: `onRemove` gets the sockets among them. */
  removeUnseen(sample: number, onRemove: (socket: number) => void): void {
    const { descriptors, sockets, seen } = this;
    let length = 0;
    for (let at = 0; at < this.length; at++) {
      const socket = sockets[at] as number;
      if ((seen[at] as number) < sample) {
        if (socket !== 0) onRemove(socket);
        continue;
      }
      descriptors[length] = descriptors[at] as number;
      sockets[length] = socket;
      seen[length] = seen[at] as number;
      length++;
    }
    this.length = length;
  }

  #grow(): void {
    const { descriptors, sockets, seen } = this;
    this.descriptors = new Int32Array(descriptors.length * 2);
    this.descriptors.set(descriptors);
    this.sockets = new Uint32Array(sockets.length * 2);
    this.sockets.set(sockets);
    this.seen = new Int32Array(seen.length * 2);
    this.seen.set(seen);
  }
}
