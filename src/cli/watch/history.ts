/** How long the sparklines look back, milliseconds. */
const MINUTE = 60_000;

/** Milliseconds of a slot: what is sampled more often than that shares one. */
const SLOT = 100;

const SLOTS = MINUTE / SLOT;

/** From little to much. */
const BARS = "▁▂▃▄▅▆▇";

/**
 * Some values over the last minute, for sparklines. It takes the same memory however often is sampled.
 *
 * A sample stands for the time since the sample before, but for one interval at the most: time in which nothing was sampled, because
 * the thread was busy, stays blank.
 */
export class History {
  readonly #series: Float64Array[];
  /** The slot's number, counted from time 0, which each place holds; −1 for none. */
  readonly #slots = new Float64Array(SLOTS).fill(-1);
  #last = -1;

  /** @param series how many values each sample has */
  constructor(series: number) {
    this.#series = Array.from({ length: series }, () => new Float64Array(SLOTS));
  }

  /** One that stays as this is now. */
  copy(): History {
    const copy = new History(this.#series.length);
    for (const [at, series] of this.#series.entries()) copy.#series[at]?.set(series);
    copy.#slots.set(this.#slots);
    copy.#last = this.#last;
    return copy;
  }

  /**
   * @param time monotonic, milliseconds
   * @param every milliseconds from one sample to the next
   */
  add(time: number, every: number, values: ArrayLike<number>): void {
    const slot = Math.floor(time / SLOT);
    const first = Math.max(this.#last + 1, slot - Math.max(1, Math.round(every / SLOT)) + 1, slot - SLOTS + 1);
    for (let number = Math.min(first, slot); number <= slot; number++) {
      const place = number % SLOTS;
      const isShared = this.#slots[place] === number;
      this.#slots[place] = number;
      for (const [at, series] of this.#series.entries()) {
        const value = values[at] ?? 0;
        series[place] = isShared ? Math.max(series[place] as number, value) : value;
      }
    }
    this.#last = slot;
  }

  /**
   * A series as bars, the oldest left, each from 0 to the series' own most: `·` for 0, a blank where nothing was sampled.
   *
   * @param cells that it has; each stands for the same part of the minute
   */
  sparkline(series: number, cells: number): string {
    const values = this.#series[series] as Float64Array;
    // Borders at multiples of a cell's slots: else the picture would change its shape as it moves.
    const slotsOfCell = Math.max(1, Math.floor(SLOTS / cells));
    const lastCell = Math.floor(this.#last / slotsOfCell);
    const most = new Float64Array(cells).fill(-1);
    let highest = 0;
    for (let cell = 0; cell < cells; cell++) {
      const from = (lastCell - cells + 1 + cell) * slotsOfCell;
      for (let number = from; number < from + slotsOfCell && number <= this.#last; number++) {
        const place = ((number % SLOTS) + SLOTS) % SLOTS;
        if (this.#slots[place] !== number) continue;
        most[cell] = Math.max(most[cell] as number, values[place] as number);
      }
      highest = Math.max(highest, most[cell] as number);
    }
    let text = "";
    for (const value of most) {
      if (value < 0) text += " ";
      else text += value === 0 ? "·" : BARS[Math.ceil((value / highest) * BARS.length) - 1];
    }
    return text;
  }
}
