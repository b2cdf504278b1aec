import { spawn } from "node:child_process";
import { once } from "node:events";
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { DuckDBInstance } from "@duckdb/node-api";
import { tableFromIPC } from "apache-arrow";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { createArrowRows } from "../../../src/cli/arrow-rows.js";
import { EVENT_COLUMNS, type ExportColumn, ROW_COLUMNS, type Value } from "../../../src/cli/export-columns.js";
import { ExportFile } from "../../../src/cli/export-file.js";
import { createParquetRows } from "../../../src/cli/parquet-rows.js";
import { COMMAND, tcptable } from "../command.js";
import { Folder, IPV4, record, SAMPLES, START, WITHOUT_IPV6 } from "./recorded.js";

const folder = new Folder();
const FILE = folder.file("machine.mcap");
const ROWS = IPV4.reduce((sum, rows) => sum + rows.length, 0) + SAMPLES - WITHOUT_IPV6.length;

beforeAll(async () => record(FILE));
afterAll(() => folder[Symbol.dispose]());

let files = 0;
function exported(ending: string, ...words: string[]): string {
  const out = folder.file(`out-${files++}.${ending}`);
  expect(tcptable(["export", FILE, out, ...words])).toEqual({ code: 0, stdout: "", stderr: "" });
  return out;
}

async function query(sql: string) {
  const instance = await DuckDBInstance.create();
  const connection = await instance.connect();
  const reader = await connection.runAndReadAll(sql);
  const rows = reader.getRowObjectsJson();
  connection.closeSync();
  return rows;
}

describe("the Parquet of tcptable export", () => {
  test("has a row a connection and sample, as DuckDB counts them", async () => {
    const out = exported("parquet");
    expect(await query(`select count(*)::int as rows, count(distinct time)::int as samples from '${out}'`)).toEqual([
      { rows: ROWS, samples: SAMPLES },
    ]);
    expect(await query(`select localPort, count(*)::int as n from '${out}' group by all order by all`)).toEqual([
      { localPort: 22, n: SAMPLES - WITHOUT_IPV6.length },
      { localPort: 443, n: SAMPLES },
      { localPort: 40001, n: 4 },
      { localPort: 40002, n: 9 },
      { localPort: 40003, n: 1 },
    ]);
  });

  test("has typed columns: timestamps with a zone, unsigned numbers, addresses as text", async () => {
    const types = await query(
      `select column_name as name, column_type as type from (describe '${exported("parquet")}')`,
    );
    expect(Object.fromEntries(types.map(({ name, type }) => [name, type]))).toEqual({
      ...{ time: "TIMESTAMP WITH TIME ZONE", tick: "UINTEGER", family: "UTINYINT", state: "VARCHAR" },
      ...{ localAddress: "VARCHAR", localPort: "USMALLINT", remoteAddress: "VARCHAR", remotePort: "USMALLINT" },
      ...{ localScopeId: "UINTEGER", remoteScopeId: "UINTEGER", owningPid: "UINTEGER", processName: "VARCHAR" },
      ...{ user: "UINTEGER", inode: "UINTEGER", socketCookie: "VARCHAR", createTimestamp: "TIMESTAMP WITH TIME ZONE" },
      ...{ offloadState: "VARCHAR", receiveQueue: "UINTEGER", sendQueue: "UINTEGER" },
    });
  });

  test("has what was recorded, filtered and in a part of the time", async () => {
    const out = exported("parquet", "--from", "end", "sport", "=", ":40003");
    expect(await query(`select *, epoch_ms(time)::text as ms from '${out}'`)).toMatchObject([
      {
        ...{ ms: String(START + 14_001), tick: 9, family: 4, state: "ESTABLISHED", localAddress: "127.0.0.1" },
        ...{ localPort: 40003, remoteAddress: "10.0.0.1", remotePort: 443, owningPid: 11, processName: "worker" },
        ...{ user: 1000, inode: 603, socketCookie: "9c43", createTimestamp: null, receiveQueue: null },
      },
    ]);
  });

  test("has a row an event with --events, as many as replay --events prints", async () => {
    const out = exported("parquet", "--events");
    const lines = tcptable(["replay", FILE, "--events", "--ndjson", "-p"]).stdout.trim().split("\n");
    const rows = await query(`select * from '${out}'`);
    expect(rows.map(({ event, localPort }) => ({ event, localPort }))).toEqual(
      lines.map((line) => JSON.parse(line)).map(({ event, localPort = null }) => ({ event, localPort })),
    );
    expect(rows.find(({ event }) => event === "closed")).toMatchObject({
      bytesSent: "5",
      bytesReceived: "6",
      rttMicroseconds: 0,
    });
    expect(rows.find(({ event }) => event === "clock")).toMatchObject({ milliseconds: "5000", family: null });
    expect(rows.find(({ event }) => event === "gap")).toMatchObject({ reason: "no memory", family: 6 });
  });

  test("is a whole file where nothing matched", async () => {
    expect(await query(`select count(*)::int as n from '${exported("parquet", "sport", "=", ":1")}'`)).toEqual([
      { n: 0 },
    ]);
  });
});

describe("values at the edges of their types, in several batches", () => {
  const columns: readonly ExportColumn[] = [
    { name: "time", type: "time" },
    { name: "text", type: "text" },
    { name: "flag", type: "boolean" },
    { name: "port", type: "u16" },
    { name: "number", type: "u32" },
    { name: "bytes", type: "u64" },
    { name: "signed", type: "i64" },
  ];
  const EDGES: readonly (readonly Value[])[] = [
    [0, "", false, 0, 0, 0n, -5000],
    [START, "Ünïcode\n\u{1f600}", true, 65535, 4294967295, 18446744073709551615n, 2 ** 40],
    [null, null, null, null, null, null, null],
  ];

  /** The edges so often that they are in three batches. */
  function write(createRows: typeof createParquetRows, name: string): string {
    const out = folder.file(name);
    const file = new ExportFile(out, false);
    const rows = createRows(file, columns, "a test");
    for (let at = 0; at < 102_000; at++) rows.add(EDGES[at % EDGES.length] as readonly Value[]);
    rows.finish();
    file.finish();
    return out;
  }

  test("are the same in Parquet", async () => {
    const out = write(createParquetRows, "edges.parquet");
    const each = { n: "34000" };
    expect(
      await query(
        `select epoch_ms(time)::text as time, text, flag, port, number, bytes, signed, count(*) as n from '${out}' group by all order by port nulls last`,
      ),
    ).toEqual([
      { time: "0", text: "", flag: false, port: 0, number: 0, bytes: "0", signed: "-5000", ...each },
      {
        ...{ time: String(START), text: "Ünïcode\n\u{1f600}", flag: true, port: 65535, number: 4294967295 },
        ...{ bytes: "18446744073709551615", signed: String(2 ** 40), ...each },
      },
      { time: null, text: null, flag: null, port: null, number: null, bytes: null, signed: null, ...each },
    ]);
    // By what the file tells of its parts, which a reader may skip.
    expect(await query(`select count(*)::int as n from '${out}' where number > 4294967294`)).toEqual([{ n: 34_000 }]);
    expect(await query(`select count(*)::int as n from '${out}' where bytes > 18446744073709551614`)).toEqual([
      { n: 34_000 },
    ]);
  });

  test("are the same in Arrow", () => {
    const table = tableFromIPC(readFileSync(write(createArrowRows, "edges.arrow")));
    expect(table.numRows).toBe(102_000);
    expect(table.batches.map(({ numRows }) => numRows)).toEqual([50_000, 50_000, 2_000]);
    for (const at of [0, 1, 2, 101_997, 101_998, 101_999]) {
      const row = table.get(at)?.toArray();
      const [time, text, flag, port, number, bytes, signed] = EDGES[at % 3] as readonly Value[];
      const whole = typeof signed === "number" ? BigInt(signed) : signed;
      expect(row).toEqual([time, text, flag, port, number, bytes, whole]);
    }
  });
});

test("the Arrow file has the same columns and as many rows, of an empty selection too", () => {
  const table = tableFromIPC(readFileSync(exported("arrow")));
  expect(table.schema.fields.map(({ name }) => name)).toEqual(ROW_COLUMNS.map(({ name }) => name));
  expect(String(table.schema.fields[0]?.type)).toBe("Timestamp<MILLISECOND, UTC>");
  expect(table.numRows).toBe(ROWS);
  expect(table.get(0)?.toJSON()).toMatchObject({ localPort: 443, state: "LISTEN", processName: "nginx", family: 4 });
  const none = tableFromIPC(readFileSync(exported("arrow", "sport", "=", ":1")));
  expect([none.numRows, none.schema.fields.length]).toEqual([0, ROW_COLUMNS.length]);
});

test("the CSV and the NDJSON have the same rows", () => {
  const [header, ...lines] = readFileSync(exported("csv"), "utf8").trimEnd().split("\n");
  expect(header).toBe(ROW_COLUMNS.map(({ name }) => name).join(","));
  expect(lines).toHaveLength(ROWS);
  expect(lines[0]).toBe("2023-11-14T22:13:20.001Z,0,4,LISTEN,0.0.0.0,443,0.0.0.0,0,,,10,nginx,33,501,1,,,,");
  const objects = readFileSync(exported("ndjson", "-6"), "utf8").trimEnd().split("\n");
  expect(objects).toHaveLength(SAMPLES - WITHOUT_IPV6.length);
  expect(JSON.parse(objects[0] as string)).toMatchObject({
    time: "2023-11-14T22:13:20.001Z",
    localPort: 22,
    family: 6,
  });
  const events = readFileSync(exported("csv", "--events"), "utf8").split("\n")[0];
  expect(events).toBe(EVENT_COLUMNS.map(({ name }) => name).join(","));
});

test("a file that is there is not replaced unless --force says so", () => {
  const out = folder.file("there.csv");
  writeFileSync(out, "mine");
  expect(tcptable(["export", FILE, out])).toEqual({
    code: 1,
    stdout: "",
    stderr: `tcptable: ${out} is there already. Choose another name, or add --force to replace it.\n`,
  });
  expect(readFileSync(out, "utf8")).toBe("mine");
  expect(tcptable(["export", FILE, out, "--force"]).code).toBe(0);
  expect(readFileSync(out, "utf8")).toMatch(/^time,/);
});

test("a file that somebody has made meanwhile is not replaced either", () => {
  const out = folder.file("meanwhile.csv");
  const file = new ExportFile(out, false);
  file.write(Buffer.from("ours"));
  writeFileSync(out, "theirs");
  expect(() => file.finish()).toThrow("is there already");
  file.abandon();
  expect(readFileSync(out, "utf8")).toBe("theirs");
  expect(readdirSync(folder.path).filter((name) => name.endsWith(".part"))).toEqual([]);
});

test("of a damaged recording, what is intact is exported, with exit code 1", () => {
  const cut = folder.file("cut.mcap");
  writeFileSync(cut, readFileSync(FILE).subarray(0, readFileSync(FILE).length / 2));
  const out = folder.file("cut.csv");
  const { code, stderr } = tcptable(["export", cut, out]);
  expect(code).toBe(1);
  expect(stderr).toMatch(/^tcptable: The recording is not whole/);
  const lines = readFileSync(out, "utf8").trimEnd().split("\n");
  expect(lines.length).toBeGreaterThan(3);
  expect(lines.length).toBeLessThan(ROWS);
});

test.each(["SIGINT", "SIGTERM"] as const)("%s leaves no file, neither half nor whole", async (signal) => {
  const out = folder.file(`stopped-${signal}.parquet`);
  const slow = folder.file(`slow-${signal}.mjs`);
  // Sends the signal as soon as there is something to lose.
  writeFileSync(
    slow,
    `import fs from "node:fs"; import { createRequire } from "node:module";
     const real = fs.openSync;
     fs.openSync = (...words) => {
       const opened = real(...words);
       if (String(words[0]).endsWith(".part")) process.kill(process.pid, "${signal}");
       return opened;
     };
     process.argv.splice(1, 1);
     createRequire(import.meta.url)(process.argv[1]);`,
  );
  const child = spawn(process.execPath, [slow, COMMAND, "export", FILE, out], { stdio: ["ignore", "pipe", "pipe"] });
  let stderr = "";
  child.stderr.setEncoding("utf8").on("data", (part: string) => {
    stderr += part;
  });
  const [code] = await once(child, "close");
  expect({ code, stderr }).toEqual({ code: 1, stderr: `tcptable: Stopped. ${out} was not written.\n` });
  expect(readdirSync(folder.path).filter((name) => name.includes(`stopped-${signal}`))).toEqual([]);
});
