import type { CaptureWriter } from "../../../src/capture/writer.js";
import { LAYOUTS, type LayoutName } from "../../../src/format/layouts.js";
import { createFrameWriter, createStory, type FrameWriter, type Story } from "../../../src/frames/index.js";

export interface BusyHostOptions {
  readonly rows?: number;
  /** Rows that another connection takes at each sample. */
  readonly churn?: number;
  readonly layout?: LayoutName;
  /** Milliseconds from one sample to the next. */
  readonly every?: number;
  readonly seed?: number;
}

/** A host whose connections come and go, and a clock that a script moves: what a recorder writes of them. */
export class BusyHost {
  static readonly START = 1_700_000_000_000;
  readonly #options: Required<BusyHostOptions>;
  readonly #frames: FrameWriter;
  readonly #story: Story;
  readonly table: Uint8Array;
  tick = 0;
  #seed: number;

  static async open(options: BusyHostOptions = {}): Promise<BusyHost> {
    return new BusyHost(await createFrameWriter({ keyInterval: 2 ** 31 }), await createStory(), options);
  }

  private constructor(frames: FrameWriter, story: Story, options: BusyHostOptions) {
    const { rows = 50, churn = 1, layout = "MIB_TCPTABLE", every = 100, seed = 1 } = options;
    this.#options = { rows, churn, layout, every, seed };
    this.#frames = frames;
    this.#story = story;
    this.#seed = seed;
    const { firstRow, rowSize } = LAYOUTS[layout];
    this.table = new Uint8Array(firstRow + rows * rowSize);
    new DataView(this.table.buffer).setUint32(0, rows, true);
    for (let row = 0; row < rows; row++) this.#replace(row);
  }

  /** Lets the next sample be made, and gives it to a writer. Resolves when the writer has it. */
  async addTo(writer: CaptureWriter): Promise<void> {
    const { rows, churn, layout, every } = this.#options;
    if (this.tick > 0) for (let count = 0; count < churn; count++) this.#replace(this.#random() % rows);
    const tick = this.tick++;
    const late = (this.#random() % 1200) / 1000;
    const monotonic = tick * every + late;
    const time = Math.floor(BusyHost.START + monotonic);
    const key = writer.wantsKey;
    const clock = { tick, time, monotonic };
    const input = { bytes: this.table, layout, ...clock, attempts: 1, complete: true, key };
    const frame = this.#frames.write(input).slice();
    const duration = 0.3 + (this.#random() % 200) / 1000;
    const moment = this.#story.read([frame]);
    const added = writer.add({ ...clock, late, duration, frames: [frame] }, moment);
    frame.fill(0xee); // it was copied
    await added;
  }

  #replace(row: number): void {
    const { firstRow, rowSize } = LAYOUTS[this.#options.layout];
    const view = new DataView(this.table.buffer, firstRow + row * rowSize, rowSize);
    for (let at = 20; at < rowSize; at += 4) view.setUint32(at, 0, true);
    view.setUint32(0, this.#random() % 5 === 0 ? 11 : 5, true);
    view.setUint32(4, 0x0100000a, true);
    view.setUint32(8, 0xbb01, true);
    view.setUint32(12, this.#random(), true);
    view.setUint32(16, this.#random() & 0xffff, true);
  }

  /** xorshift32 with a multiplication. */
  #random(): number {
    let x = this.#seed;
    x ^= x << 13;
    x ^= x >>> 17;
    x ^= x << 5;
    this.#seed = x >>> 0;
    return Math.imul(this.#seed, 0x9e3779b1) >>> 0;
  }
}
