import { describe, expect, test } from "vitest";
import { csvLines, jsonLines, ndjsonLines } from "../../src/cli/formats.js";
import { statsText } from "../../src/cli/stats.js";
import { summarize, summaryLines } from "../../src/cli/summary.js";
import { tableLines } from "../../src/cli/table-text.js";
import { columnsOf } from "../../src/decoder/columns.js";
import { createDecoder, type EngineName } from "../../src/decoder/decoder.js";
import type { Selection } from "../../src/decoder/selection.js";
import { encodeTable, type RawRow } from "../support/tables.js";

function row(state: number, localAddress: number, localPort: number, remoteAddress = 0, remotePort = 0): RawRow {
  return { state, localAddress, localPort, remoteAddress, remotePort };
}

const ROWS = [
  row(2, 0, 22),
  row(2, 0x7f000001, 8080, 0x08080808, 53), // a listener's remote end has no meaning
  row(5, 0xc0a80105, 49152, 0x5db8d70e, 443),
  row(11, 0xffffffff, 65535, 0xfffefdfc, 65534),
  row(100, 0x01020304, 0, 0x05060708, 9),
  row(0x80000005, 0x0a000001, 1, 0x0a000002, 2),
  row(300, 0x0a000001, 1, 0x0a000002, 3),
  row(300, 0x0a000001, 1, 0x0a000002, 4),
];

async function select(rows: readonly RawRow[], engine: EngineName = "wasm"): Promise<Selection> {
  return (await createDecoder({ engine })).decode(encodeTable(rows)).select();
}

const text = (lines: Iterable<string>) => [...lines].join("\n");

describe("the table", () => {
  test("is aligned as ss does it: around the colons", async () => {
    expect(text(tableLines(await select(ROWS), { header: true, colour: false }))).toBe(
      `
State                  Local Address:Port    Remote Address:Port
LISTEN                       0.0.0.0:22                   *:*
LISTEN                     127.0.0.1:8080                 *:*
ESTABLISHED              192.168.1.5:49152    93.184.215.14:443
TIME-WAIT            255.255.255.255:65535  255.254.253.252:65534
UNKNOWN(100)                 1.2.3.4:0              5.6.7.8:9
UNKNOWN(2147483653)         10.0.0.1:1             10.0.0.2:2
UNKNOWN(300)                10.0.0.1:1             10.0.0.2:3
UNKNOWN(300)                10.0.0.1:1             10.0.0.2:4
`.trim(),
    );
  });

  test("is as narrow as its rows without a header", async () => {
    const lines = text(tableLines(await select(ROWS.slice(0, 3)), { header: false, colour: false }));
    expect(lines).toBe(
      `
LISTEN           0.0.0.0:22                 *:*
LISTEN         127.0.0.1:8080               *:*
ESTABLISHED  192.168.1.5:49152  93.184.215.14:443
`.trim(),
    );
  });

  test("follows a selection's order", async () => {
    const table = (await createDecoder()).decode(encodeTable(ROWS));
    const lines = [...tableLines(table.select({ orderBy: ["-state"], limit: 2 }), { header: false, colour: false })];
    expect(lines.map((line) => line.split(" ")[0])).toEqual(["UNKNOWN(2147483653)", "UNKNOWN(300)"]);
  });

  test("colours the header and each state by itself, and keeps the widths", async () => {
    expect([...tableLines(await select(ROWS.slice(1, 4)), { header: true, colour: true })]).toEqual([
      "\u001b[1mState          Local Address:Port    Remote Address:Port\u001b[0m",
      "\u001b[36mLISTEN\u001b[0m             127.0.0.1:8080                 *:*",
      "\u001b[32mESTABLISHED\u001b[0m      192.168.1.5:49152    93.184.215.14:443",
      "\u001b[2mTIME-WAIT\u001b[0m    255.255.255.255:65535  255.254.253.252:65534",
    ]);
  });

  test("puts IPv6 addresses in brackets, as ss does", async () => {
    const rows: RawRow[] = [
      { ...row(2, 0, 443), localAddress: [0, 0, 0, 0], remoteAddress: [1, 2, 3, 4] },
      { ...row(5, 0, 443, 0, 50123), localAddress: [0, 0, 0, 1], remoteAddress: [0x20010db8, 0, 0, 0x42] },
    ];
    const table = (await createDecoder()).decode(encodeTable(rows, "MIB_TCP6TABLE"), "MIB_TCP6TABLE");
    expect([...tableLines(table.select(), { header: false, colour: false })]).toEqual([
      "LISTEN        [::]:443               *:*",
      "ESTABLISHED  [::1]:443  [2001:db8::42]:50123",
    ]);
  });

  test("of no rows is its header", async () => {
    const nothing = await select([]);
    expect(text(tableLines(nothing, { header: true, colour: false }))).toBe(
      "State  Local Address:Port  Remote Address:Port",
    );
    expect([...tableLines(nothing, { header: false, colour: false })]).toEqual([]);
  });
});

describe("the summary", () => {
  test.each(["wasm", "plain"] as const)("counts every state, large numbers too (%s engine)", async (engine) => {
    expect(summarize(await select(ROWS, engine))).toEqual([
      { state: "LISTEN", count: 2 },
      { state: "ESTABLISHED", count: 1 },
      { state: "TIME-WAIT", count: 1 },
      { state: "UNKNOWN(100)", count: 1 },
      { state: "UNKNOWN(300)", count: 2 },
      { state: "UNKNOWN(2147483653)", count: 1 },
    ]);
  });

  test("as text has a total", async () => {
    const counts = summarize(await select(ROWS.slice(0, 4)));
    expect(text(summaryLines(counts, { header: true, colour: false }))).toBe(
      `
State        Connections
LISTEN                 2
ESTABLISHED            1
TIME-WAIT              1
Total                  4
`.trim(),
    );
    expect(text(summaryLines([], { header: false, colour: false }))).toBe("Total            0");
    expect([...summaryLines(counts, { header: false, colour: true })].slice(0, 2)).toEqual([
      "\u001b[36mLISTEN\u001b[0m                 2",
      "\u001b[32mESTABLISHED\u001b[0m            1",
    ]);
  });
});

describe("formats for programs", () => {
  test("--json is an array, a row a line", async () => {
    const rows = await select([ROWS[2], ROWS[4]].flatMap((some) => some ?? []));
    expect(text(jsonLines(rows))).toBe(
      `
[
{"state":"ESTABLISHED","localAddress":"192.168.1.5","localPort":49152,"remoteAddress":"93.184.215.14","remotePort":443},
{"state":"UNKNOWN(100)","localAddress":"1.2.3.4","localPort":0,"remoteAddress":"5.6.7.8","remotePort":9}
]
`.trim(),
    );
    expect(text(jsonLines([]))).toBe("[]");
    expect(text(jsonLines([{ a: 1 }]))).toBe('[\n{"a":1}\n]');
  });

  test("--ndjson has no brackets", async () => {
    expect([...ndjsonLines(await select(ROWS.slice(1, 2)))]).toEqual([
      '{"state":"LISTEN","localAddress":"127.0.0.1","localPort":8080,"remoteAddress":"0.0.0.0","remotePort":0}',
    ]);
  });

  test("--csv has the columns in the table's order", async () => {
    const rows = await select(ROWS.slice(4, 6));
    expect([...csvLines(rows, columnsOf("MIB_TCPTABLE"), true)]).toEqual([
      "state,localAddress,localPort,remoteAddress,remotePort",
      "UNKNOWN(100),1.2.3.4,0,5.6.7.8,9",
      "UNKNOWN(2147483653),10.0.0.1,1,10.0.0.2,2",
    ]);
    const missing: { a?: number; b: null; c: number } = { b: null, c: 0 };
    expect([...csvLines([missing], ["a", "b", "c"], false)]).toEqual([",,0"]);
    expect([...csvLines([], columnsOf("MIB_TCPTABLE"), false)]).toEqual([]);
  });
});

test("--stats tells its times in microseconds, aligned", () => {
  const figures = {
    source: "Iphlpapi.dll GetTcpTable",
    engine: "wasm",
    rows: 1200,
    selected: 17,
    attempts: 2,
    collectNanoseconds: 1_234_567,
    decodeNanoseconds: 8_910,
    selectNanoseconds: 432,
  };
  expect(statsText({ ...figures, sortedHere: false })).toBe(`source   Iphlpapi.dll GetTcpTable
engine   wasm
rows     1200, of which 17 selected
collect  1234.6 µs in 2 attempts
decode      8.9 µs
select      0.4 µs
`);
  expect(statsText({ ...figures, sortedHere: true })).toMatch(/select .* µs, with the sort for --order: this system's/);
});
