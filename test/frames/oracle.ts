import { LAYOUTS, type LayoutName } from "../../src/format/layouts.js";
import type { RawRow } from "../support/tables.js";

/** What has become of a table, by the rules of src/frames/rules.ts in the fewest words. Row numbers. */
export interface Changes {
  readonly opened: number[];
  readonly closed: number[];
  readonly changed: [here: number, there: number][];
}

const PROGRESS = [0, 0, 0, 1, 1, 2, 3, 4, 3, 4, 4, 5, 6];
const text = (value: unknown) => JSON.stringify(value, (_, part) => (typeof part === "bigint" ? `${part}n` : part));

/** @param runs copies that were found, which the test has to look at itself: they say which of equal rows is which */
export function compareRows(
  before: readonly RawRow[],
  after: readonly RawRow[],
  layout: LayoutName,
  runs: readonly number[],
): Changes {
  const has = (column: string) =>
    Object.values(LAYOUTS[layout].fields).some((field) => "column" in field && field.column === column);
  const bytes = (row: RawRow) => text(Object.entries(row).filter(([name]) => name === "garbage" || has(name)));
  const ends = (row: RawRow) =>
    text([
      row.localAddress,
      row.localPort,
      has("localScopeId") && row.localScopeId,
      row.state === 2 || [row.remoteAddress, row.remotePort, has("remoteScopeId") && row.remoteScopeId],
    ]);
  const known = (row: RawRow, name: "socketCookie" | "createTimestamp" | "owningPid" | "inode") =>
    (has(name) && row[name]) || undefined;
  const mayBe = (a: RawRow, b: RawRow) => {
    for (const name of ["socketCookie", "createTimestamp"] as const) {
      const [x, y] = [known(a, name), known(b, name)];
      if (x !== undefined && y !== undefined) return x === y;
    }
    return !PROGRESS[b.state] || (PROGRESS[a.state] ?? 0) <= (PROGRESS[b.state] ?? 0);
  };
  const differs = (a: RawRow, b: RawRow) =>
    a.state !== b.state ||
    (known(a, "owningPid") !== undefined && known(b, "owningPid") !== undefined && a.owningPid !== b.owningPid) ||
    (known(a, "inode") !== undefined && known(b, "inode") !== undefined && a.user !== b.user);
  let [left, mine] = [[...before.keys()], [...after.keys()]];
  for (let at = 0, row = 0; at < runs.length; at += 3) {
    const [newRows, from, length] = runs.slice(at, at + 3) as [number, number, number];
    row += newRows + length;
    mine = mine.filter((here) => here < row - length || here >= row);
    left = left.filter((there) => there < from || there >= from + length);
  }
  const pair = (fits: (a: RawRow, b: RawRow) => boolean) => {
    const pairs: [number, number][] = [];
    mine = mine.filter((here) => {
      const there = left.find((row) => fits(before[row] as RawRow, after[here] as RawRow));
      if (there === undefined) return true;
      left = left.filter((row) => row !== there);
      pairs.push([here, there]);
      return false;
    });
    return pairs;
  };
  pair((a, b) => bytes(a) === bytes(b));
  const changed = pair((a, b) => ends(a) === ends(b) && mayBe(a, b)).filter(([here, there]) =>
    differs(before[there] as RawRow, after[here] as RawRow),
  );
  const once = (rows: number[], mineOf: readonly RawRow[], others: readonly RawRow[]) =>
    rows.filter((row, at) => {
      const cookie = known(mineOf[row] as RawRow, "socketCookie");
      const sameCookie = (other: RawRow) => known(other, "socketCookie") === cookie;
      return !cookie || !(others.some(sameCookie) || rows.slice(0, at).some((n) => sameCookie(mineOf[n] as RawRow)));
    });
  return { opened: once(mine, after, before), closed: once(left, before, after), changed };
}
