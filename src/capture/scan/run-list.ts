/** The runs of many delta frames, as numbers, one frame's behind the other's. */
export class RunList {
  numbers = new Uint32Array(4096);
  length = 0;

  /**
   * Adds the runs of a frame, which its reader has checked.
   *
   * @param from where they lie in the frame, to before `end`
   * @returns how many rows they copy
   */
  add(frame: Uint8Array, from: number, end: number): number {
    // A byte is a number at the most.
    if (this.length + end - from > this.numbers.length) {
      const longer = new Uint32Array((this.length + end - from) * 2);
      longer.set(this.numbers);
      this.numbers = longer;
    }
    const { numbers } = this;
    let number = 0;
    let factor = 1;
    let place = 0;
    let copied = 0;
    for (let at = from; at < end; at++) {
      const byte = frame[at] as number;
      number += (byte & 127) * factor;
      factor *= 128;
      if (byte > 127) continue;
      numbers[this.length++] = number;
      if (place === 2) copied += number;
      place = place === 2 ? 0 : place + 1;
      number = 0;
      factor = 1;
    }
    return copied;
  }

  clear(): void {
    this.length = 0;
  }
}
