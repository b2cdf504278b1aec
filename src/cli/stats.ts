import type { Family } from "../format/layouts.js";

/** What one reading of a family's table took. */
export interface Figures {
  readonly family: Family;
  readonly source: string;
  readonly engine: string;
  /** Rows in the table. */
  readonly rows: number;
  /** Rows that the query picked. */
  readonly selected: number;
  readonly attempts: number;
  readonly collectNanoseconds: number;
  readonly decodeNanoseconds: number;
  readonly selectNanoseconds: number;
  /** `--order` was asked for, and the system has no order to give. */
  readonly sortedHere: boolean;
}

/** The figures as lines for people. Times are in microseconds. */
export function statsText(figures: Figures): string {
  const { family, source, engine, rows, selected, attempts, sortedHere } = figures;
  const times = [figures.collectNanoseconds, figures.decodeNanoseconds, figures.selectNanoseconds].map((nanoseconds) =>
    (nanoseconds / 1000).toFixed(1),
  );
  const width = Math.max(...times.map((time) => time.length));
  const [collect, decode, select] = times.map((time) => `${time.padStart(width)} µs`);
  const note = sortedHere ? ", with the sort for --order: this system's tables have no order" : "";
  return [
    `family   IPv${family}`,
    `source   ${source}`,
    `engine   ${engine}`,
    `rows     ${rows}, of which ${selected} selected`,
    `collect  ${collect} in ${attempts} ${attempts === 1 ? "attempt" : "attempts"}`,
    `decode   ${decode}`,
    `select   ${select}${note}`,
    "",
  ].join("\n");
}
