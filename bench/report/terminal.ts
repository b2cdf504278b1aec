import { styleText } from "node:util";
import { KERNEL } from "../contestants/names.js";
import type { Bar, Measurement, MemoryMeasurement } from "../results.js";
import { align, bytes, comparison, digits, duration, rows } from "./format.js";

/** Stands where somebody is faster than the kernel. */
const LOSS = "◄";

/** What is printed while a run goes on: tables as they get ready, and on a terminal a line that says what is done now. */
export class Terminal {
  readonly #output: NodeJS.WriteStream;
  readonly #live: boolean;

  constructor(output: NodeJS.WriteStream) {
    this.#output = output;
    this.#live = output.isTTY === true;
  }

  print(...lines: readonly string[]): void {
    this.#clear();
    this.#output.write(lines.map((line) => `${line}\n`).join(""));
  }

  title(text: string): void {
    this.print("", this.#style("bold", text));
  }

  note(text: string): void {
    this.print(this.#style("yellow", `Note: ${text}`));
  }

  /** What is done now. Only for those who watch. */
  status(text: string): void {
    if (!this.#live) return;
    this.#clear();
    this.#output.write(text.slice(0, (this.#output.columns || 80) - 1));
  }

  /** All sizes of one kind in one suite: nanoseconds a row, and how that compares with the kernel. */
  measurements(measured: readonly Measurement[]): void {
    const [first] = measured;
    if (!first) return;
    const sizes = [...new Set(measured.map(({ size }) => size))];
    const contestants = [...new Set(measured.map(({ contestant }) => contestant))];
    this.title(`${first.suite} · ${first.kind}`);
    const header = ["ns a row", ...sizes.map((size) => `${rows(size)} rows`)];
    const body = contestants.map((contestant) => [
      `  ${contestant}`,
      ...sizes.map((size) => {
        const one = measured.find((other) => other.size === size && other.contestant === contestant);
        if (!one) return "";
        return ["collect", "owners"].includes(first.suite) ? sampleCell(one) : cell(one);
      }),
    ]);
    this.#table([header, ...body]);
  }

  memory(measured: readonly MemoryMeasurement[]): void {
    this.title("memory");
    const header = ["", "samples", "scavenges", "mark-compacts", "made", "kept", "kernel's memory", "resident"];
    const body = measured.map((one) => [
      `  ${one.workload}`,
      rows(one.samples),
      rows(one.scavenges),
      rows(one.markCompacts),
      one.allocated === undefined ? "" : bytes(one.allocated.reduce((sum, part) => sum + part, 0)),
      `+${bytes(one.heapGrowth)}`.replace("+-", "-"),
      `+${bytes(one.linearMemoryGrowth)}`,
      `+${bytes(one.residentGrowth)}`.replace("+-", "-"),
    ]);
    this.#table([header, ...body]);
  }

  bars(bars: readonly Bar[]): void {
    this.title("What fast means: each bar by its worst case of what was measured");
    const lines = align(
      bars.map(({ what, reference, atLeast, measured }) => [what, reference, atLeast, measured]),
      4,
    );
    bars.forEach(({ reached }, index) => {
      const line = lines[index] as string;
      if (reached === undefined) this.print(`  –            ${line}`);
      else if (reached) this.print(`  ${this.#style("green", "reached")}      ${line}`);
      else this.print(`  ${this.#style("red", "not reached")}  ${line}`);
    });
  }

  #table(table: readonly (readonly string[])[]): void {
    const [header = "", ...body] = align(table);
    this.print(this.#style("dim", header), ...body.map((line) => line.replaceAll(LOSS, this.#style("red", LOSS))));
  }

  #clear(): void {
    if (this.#live) this.#output.write("\r\x1b[K");
  }

  #style(format: "bold" | "dim" | "green" | "red" | "yellow", text: string): string {
    return this.#live && !process.env.NO_COLOR ? styleText(format, text) : text;
  }
}

function cell(one: Measurement): string {
  return `${digits(one.nanosecondsPerRow)}  ${compared(one)}`;
}

/** A sample of the machine's table is one thing: its rows come and go together. */
function sampleCell(one: Measurement): string {
  return `${duration(one.nanosecondsPerRow * one.size)} a sample, ${digits(one.nanosecondsPerRow)}  ${compared(one)}`;
}

function compared({ contestant, ratio }: Measurement): string {
  if (contestant === KERNEL) return "".padEnd(14);
  return `${comparison(ratio).padStart(12)} ${ratio < 1 ? LOSS : " "}`;
}
