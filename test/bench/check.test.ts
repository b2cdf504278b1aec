import { describe, expect, test } from "vitest";
import { checkRows, WrongRowsError } from "../../bench/contestants/check.js";
import { CHECKSUM_START, checksumOf, type Row } from "../../bench/data/checksum.js";
import { makeRows } from "../../bench/data/tables.js";
import { takeTurns } from "../../bench/turns.js";

const tables = [makeRows("proxy", 50, 0), makeRows("proxy", 40, 1)];
const expected = tables.reduce((sum, rows) => checksumOf(rows, sum), CHECKSUM_START);

/** A contestant that hands out the right rows of all tables but the last. */
function check(last: (rows: readonly Row[]) => readonly Row[]): void {
  const rows = (table: number) => (table === 0 ? (tables[0] as Row[]) : last(tables[1] as Row[]));
  checkRows("somebody", { run: () => 0, rows }, tables.length, expected);
}

describe("the check before the clock starts", () => {
  test("the check before the clock starts lets the right rows pass", () => {
    expect(() => check((rows) => rows)).not.toThrow();
  });

  const first = (rows: readonly Row[]) => rows[0] as Row;
  test.each<[string, (rows: readonly Row[]) => readonly Row[]]>([
    ["a row is missing", (rows) => rows.slice(1)],
    ["a row is there twice", (rows) => [...rows, first(rows)]],
    ["two rows have changed places", (rows) => [rows[1] as Row, first(rows), ...rows.slice(2)]],
    ["a port is off by one", (rows) => [{ ...first(rows), remotePort: first(rows).remotePort ^ 1 }, ...rows.slice(1)]],
    ["a state is another", (rows) => [{ ...first(rows), state: 12 }, ...rows.slice(1)]],
    [
      "an address has its bytes the wrong way round",
      (rows) => [...rows.slice(0, -1), { ...(rows.at(-1) as Row), localAddress: 0x0100000a }],
    ],
    ["there are no rows", () => []],
  ])("the check before the clock starts refuses a contestant where %s", (_, last) => {
    expect(() => check(last)).toThrow(WrongRowsError);
    expect(() => check(last)).toThrow(/"somebody" gives other rows.*Nothing of it was timed/);
  });

  test("a failed check ends the run, and says in which case", async () => {
    const wrong = () => Promise.reject(new WrongRowsError('"somebody" gives other rows'));
    const one = { suite: "sort", kind: "proxy", size: 50, rows: 50, entrants: [{ name: "somebody", measure: wrong }] };
    await expect(takeTurns(one, 1, () => {})).rejects.toThrow('sort, proxy, 50 rows: "somebody" gives other rows');
  });
});

test("contestants take turns, and ratios are those of one round", async () => {
  const turns: string[] = [];
  const entrant = (name: string, times: readonly number[]) => ({
    name,
    async measure() {
      turns.push(name);
      return times[turns.filter((turn) => turn === name).length - 1] as number;
    },
  });
  // The machine grows twice as slow in each round: medians of both, divided, would say 2 as well, means would not.
  const entrants = [entrant("kernel", [100, 200, 400]), entrant("other", [200, 400, 1200])];
  const measured = await takeTurns({ suite: "decode", kind: "server", size: 10, rows: 10, entrants }, 3, () => {});
  expect(turns).toEqual(["kernel", "other", "kernel", "other", "kernel", "other"]);
  expect(measured.map(({ ratio }) => ratio)).toEqual([1, 2]);
  expect(measured.map(({ nanosecondsPerRow }) => nanosecondsPerRow)).toEqual([20, 40]);
});
