import { setImmediate } from "node:timers/promises";
import type { Canvas } from "../../../src/cli/watch/canvas.js";
import type { RunningRecording } from "../../../src/cli/watch/recording-switch.js";
import { BY_AGE } from "../../../src/cli/watch/sort.js";
import type { TerminalListener } from "../../../src/cli/watch/terminal.js";
import { WatchProgram, type WatchTerminal } from "../../../src/cli/watch/watch-program.js";
import type { GroupSink, WatchSampler } from "../../../src/cli/watch/watch-sampler.js";
import type { WatchArguments } from "../../../src/cli/watch-arguments.js";
import type { Family } from "../../../src/format/layouts.js";
import { createFrameSource, type FrameSource } from "../../../src/sampler/frame-source.js";
import { StorySampler } from "../../../src/sampler/sampler.js";
import { ScriptedClock } from "../../sampler/scripted-clock.js";
import { ScriptedNames } from "../../sampler/scripted-sampler.js";
import { TableCollector } from "../../support/table-collector.js";
import type { RawRow } from "../../support/tables.js";

/** A terminal that remembers its screen. */
export class ScriptedTerminal implements WatchTerminal {
  width = 100;
  height = 30;
  screen: Canvas | undefined;
  readonly done: string[] = [];
  listener: TerminalListener | undefined;

  listen(listener: TerminalListener): void {
    this.listener = listener;
  }

  enter(): void {
    this.done.push("enter");
  }

  leave(): void {
    this.done.push("leave");
  }

  close(): void {
    this.done.push("close");
  }

  invalidate(): void {
    this.done.push("invalidate");
  }

  draw(canvas: Canvas): void {
    this.screen = canvas;
  }

  copy(text: string): void {
    this.done.push(`copy ${text}`);
  }

  get text(): string {
    return (this.screen?.lines() ?? []).map((line) => line.trimEnd()).join("\n");
  }
}

/** Samples the rows that a test gives, at the ticks of a clock that the test moves. */
export class ScriptedWatchSampler implements WatchSampler {
  readonly every: number;
  readonly hasNames: boolean;
  readonly clock = new ScriptedClock();
  sink: GroupSink | undefined;
  isOver = false;
  /** Groups that were told. */
  groups = 0;
  #source: FrameSource | undefined;
  readonly #sampler: StorySampler;

  constructor(rows: () => readonly RawRow[], every = 1000, hasNames = false) {
    this.every = every;
    this.hasNames = hasNames;
    this.clock.time = Date.now();
    const ipv4 = new TableCollector("LINUX_TCPTABLE");
    const ipv6 = new TableCollector("LINUX_TCP6TABLE");
    ipv4.rows = rows;
    const names = new ScriptedNames();
    names.processes.set(7, { name: "nginx", start: 1 });
    const settings = { every, where: undefined, engine: "plain", keyInterval: undefined } as const;
    this.#sampler = new StorySampler(settings, undefined, async (receiver) => {
      const tee = {
        receive: (group: Parameters<typeof receiver.receive>[0]) => {
          this.groups++;
          receiver.receive(group);
          this.sink?.receive(group);
        },
        fail: (error: Error) => receiver.fail(error),
      };
      const collectors = [
        { family: 4, collector: ipv4 },
        { family: 6, collector: ipv6 },
      ] as const;
      this.#source = await createFrameSource(settings, tee, { collectors, names, clock: this.clock });
      return this.#source;
    });
  }

  next(): ReturnType<WatchSampler["next"]> {
    return this.#sampler.next();
  }

  return(): ReturnType<WatchSampler["return"]> {
    this.isOver = true;
    return this.#sampler.return();
  }

  recordInto(sink: GroupSink | undefined): void {
    this.sink = sink;
  }

  requestKey(): void {
    this.#source?.requestKey();
  }

  sourceOf(family: Family): string | undefined {
    return this.#source?.sourceOf(family);
  }

  /** Lets one sample be made and read. */
  async tick(): Promise<void> {
    for (const end = this.groups + 1; this.groups < end; ) {
      this.clock.advance(this.every);
      await setImmediate();
    }
    for (let turn = 0; turn < 5; turn++) await setImmediate();
  }
}

/** The whole program but the terminal, the kernel and the disk. */
export class ScriptedProgram {
  readonly terminal = new ScriptedTerminal();
  readonly samplers: ScriptedWatchSampler[] = [];
  rows: readonly RawRow[] = [];
  readonly program: WatchProgram;
  readonly ended: Promise<void>;

  constructor(beginRecording: (sampler: ScriptedWatchSampler) => Promise<RunningRecording>, every = 1000) {
    const what: WatchArguments = {
      ...{ families: [4, 6], filter: undefined, every, sort: BY_AGE, processes: false, extended: false },
      ...{ ascii: false, mouse: true, engine: "plain" },
    };
    this.program = new WatchProgram(what, this.terminal, {
      ...{ host: "web-14", ascii: false, attributes: true },
      openSampler: (each, names) => {
        const sampler = new ScriptedWatchSampler(() => this.rows, each, names);
        this.samplers.push(sampler);
        return sampler;
      },
      beginRecording: (sampler) => beginRecording(sampler as ScriptedWatchSampler),
    });
    this.ended = this.program.run();
  }

  get sampler(): ScriptedWatchSampler {
    return this.samplers.at(-1) as ScriptedWatchSampler;
  }

  press(sequence: string, name?: string): void {
    this.terminal.listener?.key({ sequence, name, ctrl: false, meta: false, shift: false });
  }
}
