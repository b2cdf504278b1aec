/** When each sample was, in their order. The wall clock may have been set back between two of them. */
export class SampleTimes {
  #times = new Float64Array(1024);
  #length = 0;

  get length(): number {
    return this.#length;
  }

  add(time: number): void {
    if (this.#length === this.#times.length) {
      const larger = new Float64Array(this.#length * 2);
      larger.set(this.#times);
      this.#times = larger;
    }
    this.#times[this.#length++] = time;
  }

  /** NaN where there is no such sample. */
  at(sample: number): number {
    return sample >= 0 && sample < this.#length ? (this.#times[sample] as number) : Number.NaN;
  }

  /** The last sample that is not later than a time; -1 where all are. */
  lastAt(time: number): number {
    for (let sample = this.#length - 1; sample >= 0; sample--)
      if ((this.#times[sample] as number) <= time) return sample;
    return -1;
  }
}
