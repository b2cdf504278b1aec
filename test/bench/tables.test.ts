import { describe, expect, test } from "vitest";
import { type Row, unorderedChecksumOf } from "../../bench/data/checksum.js";
import { answers, compareRows, QUESTIONS } from "../../bench/data/questions.js";
import { KINDS, makeRows, SERVICE_PORT, SIZES, UPSTREAM_PORT } from "../../bench/data/tables.js";
import { MIB_TCP_STATE } from "../../src/format/states.js";

const SIZE = 10_000;

function distinct(rows: readonly Row[], of: (row: Row) => unknown): number {
  return new Set(rows.map(of)).size;
}

function share(rows: readonly Row[], of: (row: Row) => boolean): number {
  return rows.filter(of).length / rows.length;
}

const isTimeWait = ({ state }: Row) => state === MIB_TCP_STATE.TIME_WAIT;

describe.each(KINDS)("a table of the kind %s", (kind) => {
  const rows = makeRows(kind, SIZE, 0);

  test(`a table of the kind ${kind} has the rows that are asked for, in every size`, () => {
    for (const size of [0, 1, 2, 100, ...SIZES]) expect(makeRows(kind, size, 0)).toHaveLength(size);
  });

  test(`a table of the kind ${kind} is the same in every run, and another under another number`, () => {
    expect(makeRows(kind, SIZE, 0)).toEqual(rows);
    expect(unorderedChecksumOf(makeRows(kind, SIZE, 1))).not.toBe(unorderedChecksumOf(rows));
  });

  test(`a table of the kind ${kind} has no two rows with the same four ends`, () => {
    const ends = (row: Row) => [row.localAddress, row.localPort, row.remoteAddress, row.remotePort].join();
    expect(distinct(rows, ends)).toBe(SIZE);
  });

  test(`a table of the kind ${kind} is not sorted in either direction`, () => {
    const ascents = rows.slice(1).filter((row, index) => compareRows(rows[index] as Row, row) < 0).length;
    expect(ascents / SIZE).toBeGreaterThan(0.45);
    expect(ascents / SIZE).toBeLessThan(0.55);
  });

  test(`a table of the kind ${kind} has garbage behind its ports`, () => {
    expect(rows.filter(({ garbage }) => garbage !== 0).length).toBeGreaterThan(SIZE * 0.99);
  });

  test(`a table of the kind ${kind} answers its question with some of its rows`, () => {
    const expected = { server: 0.18, client: 0.25, proxy: 0.13, random: 0.02 }[kind];
    const selected = share(rows, (row) => answers(QUESTIONS[kind], row));
    expect(selected).toBeGreaterThan(expected * 0.75);
    expect(selected).toBeLessThan(expected * 1.25);
  });
});

test("a server has one local port, many remotes, and half of its rows in TIME-WAIT", () => {
  const rows = makeRows("server", SIZE, 0);
  expect(rows.every(({ localPort }) => localPort === SERVICE_PORT)).toBe(true);
  expect(distinct(rows, ({ remoteAddress }) => remoteAddress)).toBeGreaterThan(SIZE * 0.99);
  expect(share(rows, isTimeWait)).toBe(0.5);
});

test("a client has many local ports and few remotes", () => {
  const rows = makeRows("client", SIZE, 0);
  expect(distinct(rows, ({ localPort }) => localPort)).toBeGreaterThan(SIZE * 0.8);
  expect(distinct(rows, ({ remoteAddress }) => remoteAddress)).toBe(10);
});

test("a proxy is half a server and half a client", () => {
  const rows = makeRows("proxy", SIZE, 0);
  const inbound = rows.filter(({ localPort }) => localPort === SERVICE_PORT);
  const outbound = rows.filter(({ localPort }) => localPort !== SERVICE_PORT);
  expect(inbound).toHaveLength(SIZE / 2);
  expect(distinct(inbound, ({ remoteAddress }) => remoteAddress)).toBeGreaterThan(SIZE * 0.49);
  expect(distinct(outbound, ({ remoteAddress }) => remoteAddress)).toBe(10);
  expect(share(outbound, ({ remotePort }) => remotePort === UPSTREAM_PORT)).toBeGreaterThan(0.6);
});

test("random rows are random in every field", () => {
  const rows = makeRows("random", SIZE, 0);
  expect(distinct(rows, ({ state }) => state)).toBe(12);
  for (const column of ["localAddress", "localPort", "remoteAddress", "remotePort"] as const) {
    const most = column.endsWith("Port") ? 65535 : 0xffffffff;
    const mean = rows.reduce((sum, row) => sum + row[column], 0) / SIZE;
    expect(mean / most).toBeGreaterThan(0.48);
    expect(mean / most).toBeLessThan(0.52);
  }
});
