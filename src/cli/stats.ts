import type { Family } from "../format/layouts.js";

/** What one reading of a family's table took. */
export interface FamilyFigures {
  readonly family: Family;
  readonly source: string;
  /** What the operating system was asked for; `undefined` where it is not known. */
  readonly asked: string | undefined;
  readonly engine: string;
  /** Rows in the table. */
  readonly rows: number;
  /** Rows that the query picked. */
  readonly selected: number;
  /** Rows whose owner is not known yet. */
  readonly unknownOwners: number;
  readonly attempts: number;
  readonly collectNanoseconds: number;
  readonly decodeNanoseconds: number;
}

/** What one query over all of them took. */
export interface QueryFigures {
  /** To filter, to sort, and to put the families into one order. */
  readonly selectNanoseconds: number;
  /** `--order` was asked for, and the system has no order to give. */
  readonly sortedHere: boolean;
}

/** The figures as lines for people. Times are in microseconds. */
export function statsText(families: readonly FamilyFigures[], query: QueryFigures): string {
  const times = families.flatMap((one) => [one.collectNanoseconds, one.decodeNanoseconds]);
  const width = Math.max(...[...times, query.selectNanoseconds].map((time) => microseconds(time).length));
  const time = (nanoseconds: number) => `${microseconds(nanoseconds).padStart(width)} µs`;
  const note = query.sortedHere ? ", with the sort for --order: this system's tables have no order" : "";
  const blocks = families.map((one) => familyLines(one, time).join("\n"));
  const gap = families.length > 1 ? "\n\n" : "\n";
  return `${blocks.join("\n\n")}${gap}select   ${time(query.selectNanoseconds)}${note}\n`;
}

function familyLines(figures: FamilyFigures, time: (nanoseconds: number) => string): string[] {
  const { family, source, asked, engine, rows, selected, unknownOwners, attempts } = figures;
  return [
    `family   IPv${family}`,
    `source   ${source}`,
    ...(asked ? [`asked    ${asked}`] : []),
    `engine   ${engine}`,
    `rows     ${rows}, of which ${selected} selected`,
    ...(unknownOwners > 0 ? [`owners   ${unknownOwners} not known yet`] : []),
    `collect  ${time(figures.collectNanoseconds)} in ${attempts} ${attempts === 1 ? "attempt" : "attempts"}`,
    `decode   ${time(figures.decodeNanoseconds)}`,
  ];
}

function microseconds(nanoseconds: number): string {
  return (nanoseconds / 1000).toFixed(1);
}
