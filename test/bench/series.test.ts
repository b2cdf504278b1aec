import { describe, expect, test } from "vitest";
import type { Row } from "../../bench/data/checksum.js";
import { type Changes, checksumOfChanges, makeSeries, type Order } from "../../bench/data/series.js";
import { KINDS } from "../../bench/data/tables.js";

const SIZE = 1000;
const STEPS = 3;

const endsOf = (row: Row) => [row.localAddress, row.localPort, row.remoteAddress, row.remotePort].join();

/** What changed, found again in the tables themselves. */
function changesBetween(before: readonly Row[], after: readonly Row[]): Record<keyof Changes, string[]> {
  const [old, now] = [before, after].map((rows) => new Map(rows.map((row) => [endsOf(row), row.state])));
  const ends = (rows: readonly Row[], matches: (key: string, state: number) => boolean) =>
    rows.filter((row) => matches(endsOf(row), row.state)).map(endsOf);
  return {
    opened: ends(after, (key) => !old?.has(key)),
    closed: ends(before, (key) => !now?.has(key)),
    changed: ends(after, (key, state) => old?.has(key) === true && old.get(key) !== state),
  };
}

describe.each(KINDS)("a series of the kind %s", (kind) => {
  test.each<Order>(["kept", "unrelated"])(
    `a series of the kind ${kind}, rows in an order that is %s, says exactly what changed between its tables`,
    (order) => {
      const { tables, changes } = makeSeries(kind, SIZE, STEPS, order);
      expect(tables.map(({ length }) => length)).toEqual([SIZE, SIZE, SIZE, SIZE]);
      expect(changes).toHaveLength(STEPS);
      for (const [step, { opened, closed, changed }] of changes.entries()) {
        const found = changesBetween(tables[step] ?? [], tables[step + 1] ?? []);
        expect(opened.map(endsOf).sort()).toEqual(found.opened.sort());
        expect(closed.map(endsOf).sort()).toEqual(found.closed.sort());
        expect(changed.map(endsOf).sort()).toEqual(found.changed.sort());
        expect([opened, closed, changed].map(({ length }) => length)).toEqual([10, 10, 10]);
      }
    },
  );

  test(`a series of the kind ${kind} keeps the order of the rows that stay, or gives them an unrelated one`, () => {
    const inversions = (order: Order) => {
      const [before = [], after = []] = makeSeries(kind, SIZE, 1, order).tables;
      const places = new Map(before.map((row, place) => [endsOf(row), place]));
      const stayed = after.flatMap((row) => places.get(endsOf(row)) ?? []);
      return stayed.filter((place, at) => at > 0 && place < (stayed[at - 1] as number)).length;
    };
    expect(inversions("kept")).toBe(0);
    expect(inversions("unrelated")).toBeGreaterThan(SIZE / 3);
  });
});

test("the checksum of changes tells what became of a row, and not in which order it was found", () => {
  const [one] = makeSeries("server", 300, 1, "kept").changes as [Changes];
  const { opened, closed, changed } = one;
  const sum = checksumOfChanges([one]);
  expect(checksumOfChanges([{ opened: [...opened].reverse(), closed: [...closed].reverse(), changed }])).toBe(sum);
  const wrong: Changes[] = [
    { opened: closed, closed: opened, changed },
    { opened: opened.slice(1), closed, changed },
    { opened, closed, changed: [...changed, ...changed.slice(0, 1)] },
    { opened: [...opened, ...changed], closed: [...closed, ...changed], changed: [] },
  ];
  for (const other of wrong) expect(checksumOfChanges([other])).not.toBe(sum);
  expect(checksumOfChanges([one, one])).not.toBe(sum);
});
