import { describe, expect, test } from "vitest";
import { type ConnectionRow, parseColumns } from "../../src/cli/column-names.js";
import { namedRows } from "../../src/cli/connections.js";
import { csvLines, jsonLines, ndjsonLines, onlyColumns } from "../../src/cli/formats.js";
import { statisticsLines } from "../../src/cli/statistics-text.js";
import { statsText } from "../../src/cli/stats.js";
import { summarize, summaryLines } from "../../src/cli/summary.js";
import { type Look, tableLines } from "../../src/cli/table-text.js";
import { defaultColumns } from "../../src/cli/wanted.js";
import { createDecoder } from "../../src/decoder/decoder.js";
import type { EngineName } from "../../src/decoder/table/engine.js";
import type { Selection } from "../../src/decoder/table/table.js";
import { columnsOf } from "../../src/format/layouts.js";
import type { ProcessNames } from "../../src/system/contract.js";
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

/** A table's lines, with the columns that it has where nothing is asked for. */
function tableOf(rows: Iterable<ConnectionRow>, look: Look): Iterable<string> {
  return tableLines([...rows], defaultColumns({ families: [], owner: undefined, processes: false }), look);
}

const text = (lines: Iterable<string>) => [...lines].join("\n");

describe("the table", () => {
  test("the table is aligned as ss does it: around the colons", async () => {
    expect(text(tableOf(await select(ROWS), { header: true, colour: false }))).toBe(
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

  test("the table is as narrow as its rows without a header", async () => {
    const lines = text(tableOf(await select(ROWS.slice(0, 3)), { header: false, colour: false }));
    expect(lines).toBe(
      `
LISTEN           0.0.0.0:22                 *:*
LISTEN         127.0.0.1:8080               *:*
ESTABLISHED  192.168.1.5:49152  93.184.215.14:443
`.trim(),
    );
  });

  test("the table follows a selection's order", async () => {
    const table = (await createDecoder()).decode(encodeTable(ROWS));
    const lines = [...tableOf(table.select({ orderBy: ["-state"], limit: 2 }), { header: false, colour: false })];
    expect(lines.map((line) => line.split(" ")[0])).toEqual(["UNKNOWN(2147483653)", "UNKNOWN(300)"]);
  });

  test("the table colours the header and each state by itself, and keeps the widths", async () => {
    expect([...tableOf(await select(ROWS.slice(1, 4)), { header: true, colour: true })]).toEqual([
      "\u001b[1mState          Local Address:Port    Remote Address:Port\u001b[0m",
      "\u001b[36mLISTEN\u001b[0m             127.0.0.1:8080                 *:*",
      "\u001b[32mESTABLISHED\u001b[0m      192.168.1.5:49152    93.184.215.14:443",
      "\u001b[2mTIME-WAIT\u001b[0m    255.255.255.255:65535  255.254.253.252:65534",
    ]);
  });

  test("the table puts IPv6 addresses in brackets, as ss does", async () => {
    const rows: RawRow[] = [
      { ...row(2, 0, 443), localAddress: [0, 0, 0, 0], remoteAddress: [1, 2, 3, 4] },
      { ...row(5, 0, 443, 0, 50123), localAddress: [0, 0, 0, 1], remoteAddress: [0x20010db8, 0, 0, 0x42] },
    ];
    const table = (await createDecoder()).decode(encodeTable(rows, "MIB_TCP6TABLE"), "MIB_TCP6TABLE");
    expect([...tableOf(table.select(), { header: false, colour: false })]).toEqual([
      "LISTEN        [::]:443               *:*",
      "ESTABLISHED  [::1]:443  [2001:db8::42]:50123",
    ]);
  });

  test("the table of no rows is its header", async () => {
    const nothing = await select([]);
    expect(text(tableOf(nothing, { header: true, colour: false }))).toBe(
      "State  Local Address:Port  Remote Address:Port",
    );
    expect([...tableOf(nothing, { header: false, colour: false })]).toEqual([]);
  });
});

describe("columns that are asked for", () => {
  const rows: ConnectionRow[] = [
    {
      ...{ state: "LISTEN", localAddress: "::", localPort: 443, remoteAddress: "::", remotePort: 0 },
      ...{ localScopeId: 0, remoteScopeId: 0, owningPid: 1, processName: "init" },
    },
    {
      ...{ state: "ESTABLISHED", localAddress: "fe80::1", localPort: 50123, remoteAddress: "fe80::2", remotePort: 22 },
      ...{ localScopeId: 2, remoteScopeId: 12, owningPid: 12345, processName: "a\u001b[31m b\n" },
    },
    {
      ...{ state: "TIME-WAIT", localAddress: "10.0.0.1", localPort: 1, remoteAddress: "10.0.0.2", remotePort: 2 },
      ...{ owningPid: 0, processName: null },
    },
    {
      ...{ state: "CLOSE-WAIT", localAddress: "10.0.0.1", localPort: 3, remoteAddress: "10.0.0.2", remotePort: 4 },
      ...{ owningPid: 77, processName: null, createTimestamp: "2024-02-29T12:00:00.000Z", offloadState: "InHost" },
    },
  ];
  const of = (columns: string, header = true) =>
    text(tableLines(rows, parseColumns(columns), { header, colour: false }));

  test("rows may come one at a time in one object: each is read before the next is asked for", () => {
    const columns = parseColumns("state,local,lport,pid,process");
    const look = { header: true, colour: false };
    const inTurn = function* () {
      for (const each of rows) {
        const row = { ...each };
        yield row;
        Object.assign(row, { state: "gone", localAddress: "gone", localPort: 0, owningPid: 0 });
      }
    };
    expect(text(tableLines(inTurn(), columns, look))).toBe(text(tableLines(rows, columns, look)));
  });

  test("columns that are asked for side by side: ports join their addresses, and programs their PIDs", () => {
    expect(of("state,local,lport,remote,rport,pid,process")).toBe(
      `
State        Local Address:Port   Remote Address:Port    PID/Program
LISTEN                [::]:443                 *:*         1/init
ESTABLISHED    [fe80::1%2]:50123    [fe80::2%12]:22    12345/a?[31m b?
TIME-WAIT         10.0.0.1:1            10.0.0.2:2         -
CLOSE-WAIT        10.0.0.1:3            10.0.0.2:4        77/-
`.trim(),
    );
  });

  test("lines have no blanks at their ends: neither a column's nor those of a program's name", () => {
    const named = ["a b ", "  ", "wide\u3000", ""].map(
      (processName): ConnectionRow => ({ ...(rows[0] as ConnectionRow), processName, state: "LISTEN" }),
    );
    const lines = (columns: string, colour = false) => [
      ...tableLines(named, parseColumns(columns), { header: false, colour }),
    ];
    expect(lines("lport,pid,process")).toEqual(["443  1/a b", "443  1/", "443  1/wide", "443  1/"]);
    expect(lines("lport,process")).toEqual(["443  a b", "443", "443  wide", "443"]);
    expect(lines("process")).toEqual(["a b", "", "wide", ""]);
    expect(lines("process,state")).toEqual([
      "a b     LISTEN",
      "        LISTEN",
      "wide\u3000  LISTEN",
      "        LISTEN",
    ]);
    expect(lines("lport,state", true)).toEqual(Array(4).fill("443  \u001b[36mLISTEN\u001b[0m"));
    const states = (["LISTEN", "ESTABLISHED"] as const).map((state) => ({ ...(rows[0] as ConnectionRow), state }));
    expect([...tableLines(states, ["state"], { header: true, colour: true })]).toEqual([
      "\u001b[1mState\u001b[0m",
      "\u001b[36mLISTEN\u001b[0m",
      "\u001b[32mESTABLISHED\u001b[0m",
    ]);
  });

  test("all owners of a socket stand before the program's name, where the row before has one owner", async () => {
    const layout = "MIB_TCPTABLE_OWNER_PID";
    const some = [80, 81].map((localPort): RawRow => ({ ...row(5, 1, localPort, 2, 3), owningPid: localPort }));
    const table = (await createDecoder()).decode(
      encodeTable(some, layout),
      layout,
      undefined,
      Uint32Array.of(1, 81, 1, 90),
    );
    const inTurn = function* () {
      const moved = table.rowReader.movable();
      for (const index of [0, 1, 0]) {
        table.rowReader.move(moved, index);
        yield moved;
      }
    };
    const names = { nameOf: (pid: number) => `p${pid}` } as ProcessNames;
    const ends = '"localAddress":"0.0.0.1","localPort"';
    const lines = [...ndjsonLines(namedRows(inTurn(), { processes: names }))];
    expect(lines.map((line) => line.slice(line.indexOf('"owningPid"')))).toEqual([
      '"owningPid":80,"processName":"p80"}',
      '"owningPid":81,"owningPids":[81,90],"processName":"p81"}',
      '"owningPid":80,"processName":"p80"}',
    ]);
    expect(lines[1]).toContain(ends);
  });

  test("columns stand by themselves in any other order", () => {
    expect(of("process,pid,rport,local,scope,rscope,created,offload")).toBe(
      `
Program      PID  Remote Port  Local Address  Local Scope  Remote Scope  Created                   Offload
init           1            *  ::                       0             0  -                         -
a?[31m b?  12345           22  fe80::1%2                2            12  -                         -
-              -            2  10.0.0.1                 -             -  -                         -
-             77            4  10.0.0.1                 -             -  2024-02-29T12:00:00.000Z  InHost
`.trim(),
    );
    expect(of("lport", false)).toBe("  443\n50123\n    1\n    3");
  });

  test("columns are all that programs get, null where there is none", () => {
    expect([...ndjsonLines(onlyColumns(rows.slice(1, 3), parseColumns("process,pid,scope,lport")))]).toEqual([
      '{"processName":"a\\u001b[31m b\\n","owningPid":12345,"localScopeId":2,"localPort":50123}',
      '{"processName":null,"owningPid":0,"localScopeId":null,"localPort":1}',
    ]);
  });

  test("a socket that several processes hold has their number behind the one that is told", () => {
    const row: ConnectionRow = { ...(rows[0] as ConnectionRow), owningPid: 4711, owningPids: [4711, 4712, 4713, 4800] };
    const lineOf = (columns: string, processName = "nginx") =>
      text(tableLines([{ ...row, processName }], parseColumns(columns), { header: false, colour: false }));
    expect(lineOf("lport,pid,process")).toBe("443  4711/nginx (+3)");
    expect(lineOf("lport,pid")).toBe("443  4711 (+3)");
    expect(lineOf("process,lport,pid")).toBe("nginx  443  4711 (+3)");
    expect(lineOf("lport,process")).toBe("443  nginx");
    expect([...ndjsonLines(onlyColumns([row], parseColumns("pid,lport")))]).toEqual([
      '{"owningPid":4711,"owningPids":[4711,4712,4713,4800],"localPort":443}',
    ]);
    expect([...ndjsonLines(onlyColumns([row], parseColumns("lport")))]).toEqual(['{"localPort":443}']);
  });

  test("names that CSV would trip over are quoted", () => {
    const names = ["plain", 'a "quoted", one', "two\nlines", null];
    const some = names.map((processName) => ({ processName, owningPid: 1 }));
    expect([...csvLines(some, ["owningPid", "processName"], { header: false, onTerminal: false })]).toEqual([
      "1,plain",
      '1,"a ""quoted"", one"',
      '1,"two\nlines"',
      "1,",
    ]);
  });
});

describe("-e prints Linux's own columns where ss has them", () => {
  const LINUX_ROWS: RawRow[] = [
    { ...row(2, 0, 22), owningPid: 0, user: 0, inode: 7001, socketCookie: 0x1a2bn, receiveQueue: 3, sendQueue: 128 },
    {
      ...row(5, 0x7f000001, 22, 0x7f000001, 50000),
      ...{ owningPid: 0, user: 1000, inode: 123456, socketCookie: 0xfffffffffffffffen, receiveQueue: 0, sendQueue: 36 },
    },
    {
      ...row(11, 0x7f000001, 22, 0x7f000001, 50001),
      ...{ owningPid: 0, user: 0, inode: 0, socketCookie: 0n, receiveQueue: 0, sendQueue: 0 },
    },
  ];
  const decode = async (engine: EngineName) =>
    (await createDecoder({ engine }))
      .decode(encodeTable(LINUX_ROWS, "LINUX_TCPTABLE_EXTENDED"), "LINUX_TCPTABLE_EXTENDED")
      .select();

  test.each(["wasm", "plain"] as const)("in the table, with the %s engine", async (engine) => {
    const columns = defaultColumns({ families: [], owner: undefined, processes: false, extended: true });
    expect(text(tableLines([...(await decode(engine))], columns, { header: true, colour: false }))).toBe(
      `
State        Recv-Q  Send-Q  Local Address:Port  Remote Address:Port   User   Inode
LISTEN            3     128        0.0.0.0:22                 *:*         0    7001
ESTABLISHED       0      36      127.0.0.1:22         127.0.0.1:50000  1000  123456
TIME-WAIT         0       0      127.0.0.1:22         127.0.0.1:50001     -       -
`.trim(),
    );
  });

  test("and the cookie only where it is asked for by name", async () => {
    const columns = parseColumns("lport,cookie,recvq,sendq,user,inode");
    expect(text(tableLines([...(await decode("wasm"))], columns, { header: true, colour: false }))).toBe(
      `
Local Port  Cookie            Recv-Q  Send-Q  User   Inode
        22  1a2b                   3     128     0    7001
        22  fffffffffffffffe       0      36  1000  123456
        22  -                      0       0     -       -
`.trim(),
    );
  });

  test("with the owners between, and - where the system has none of them", () => {
    const columns = defaultColumns({ families: [4, 6], owner: "pid", processes: true, extended: true });
    expect(columns).toEqual([
      ...["state", "receiveQueue", "sendQueue", "localAddress", "localPort", "remoteAddress", "remotePort"],
      ...["localScopeId", "remoteScopeId", "owningPid", "processName", "user", "inode"],
    ]);
    const plain: ConnectionRow = {
      ...{ state: "LISTEN", localAddress: "0.0.0.0", localPort: 1, remoteAddress: "0.0.0.0", remotePort: 0 },
    };
    expect(
      text(tableLines([plain], parseColumns("recvq,sendq,user,inode,cookie"), { header: false, colour: false })),
    ).toBe("-  -  -  -  -");
  });
});

describe("the summary", () => {
  test("the summary of both families has a column for each, and the total", async () => {
    const ipv6 = [2, 5, 300].map(
      (state): RawRow => ({ ...row(state, 0, 1), localAddress: [0, 0, 0, 1], remoteAddress: [0, 0, 0, 0] }),
    );
    const table = (await createDecoder()).decode(encodeTable(ipv6, "MIB_TCP6TABLE"), "MIB_TCP6TABLE");
    const counts = summarize([await select(ROWS.slice(0, 4)), table.select()], [4, 6]);
    expect(counts).toEqual([
      { state: "LISTEN", count: 3, ipv4: 2, ipv6: 1 },
      { state: "ESTABLISHED", count: 2, ipv4: 1, ipv6: 1 },
      { state: "TIME-WAIT", count: 1, ipv4: 1, ipv6: 0 },
      { state: "UNKNOWN(300)", count: 1, ipv4: 0, ipv6: 1 },
    ]);
    expect(text(summaryLines(counts, [4, 6], { header: true, colour: false }))).toBe(
      `
State         IPv4  IPv6  Total
LISTEN           2     1      3
ESTABLISHED      1     1      2
TIME-WAIT        1     0      1
UNKNOWN(300)     0     1      1
Total            4     3      7
`.trim(),
    );
  });

  test("the summary never gives a family that could not be read for an empty one", async () => {
    const counts = summarize([await select(ROWS.slice(0, 1))], [4, 6]);
    expect(counts).toEqual([{ state: "LISTEN", count: 1, ipv4: 1, ipv6: null }]);
    expect(text(summaryLines(counts, [4, 6], { header: false, colour: false }))).toBe(
      "LISTEN     1     -      1\nTotal      1     -      1",
    );
  });

  test.each(["wasm", "plain"] as const)("a summary counts every state, large numbers too (%s)", async (engine) => {
    expect(summarize([await select(ROWS, engine)], [4])).toEqual([
      { state: "LISTEN", count: 2, ipv4: 2 },
      { state: "ESTABLISHED", count: 1, ipv4: 1 },
      { state: "TIME-WAIT", count: 1, ipv4: 1 },
      { state: "UNKNOWN(100)", count: 1, ipv4: 1 },
      { state: "UNKNOWN(300)", count: 2, ipv4: 2 },
      { state: "UNKNOWN(2147483653)", count: 1, ipv4: 1 },
    ]);
  });

  test("the summary as text has a total", async () => {
    const counts = summarize([await select(ROWS.slice(0, 4))], [4]);
    expect(text(summaryLines(counts, [4], { header: true, colour: false }))).toBe(
      `
State        Connections
LISTEN                 2
ESTABLISHED            1
TIME-WAIT              1
Total                  4
`.trim(),
    );
    expect(text(summaryLines([], [4], { header: false, colour: false }))).toBe("Total            0");
    expect([...summaryLines(counts, [4], { header: false, colour: true })].slice(0, 2)).toEqual([
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
    expect([...csvLines(rows, columnsOf("MIB_TCPTABLE"), { header: true, onTerminal: false })]).toEqual([
      "state,localAddress,localPort,remoteAddress,remotePort",
      "UNKNOWN(100),1.2.3.4,0,5.6.7.8,9",
      "UNKNOWN(2147483653),10.0.0.1,1,10.0.0.2,2",
    ]);
    const missing: { a?: number; b: null; c: number } = { b: null, c: 0 };
    expect([...csvLines([missing], ["a", "b", "c"], { header: false, onTerminal: false })]).toEqual([",,0"]);
    expect([...csvLines([], columnsOf("MIB_TCPTABLE"), { header: false, onTerminal: true })]).toEqual([]);
  });
});

test("--stats tells its times in microseconds, aligned over both families", () => {
  const ipv4 = {
    family: 4 as const,
    source: "Iphlpapi.dll GetTcpTable",
    asked: undefined,
    engine: "wasm",
    rows: 1200,
    selected: 17,
    unknownOwners: 0,
    attempts: 2,
    collectNanoseconds: 1_234_567,
    decodeNanoseconds: 8_910,
  };
  const ipv6 = {
    ...ipv4,
    ...{ family: 6 as const, source: "NETLINK_SOCK_DIAG", asked: "state listening", unknownOwners: 3, attempts: 1 },
  };
  const one = statsText([ipv4], { selectNanoseconds: 432, sortedHere: false });
  expect(one).toBe(`family   IPv4
source   Iphlpapi.dll GetTcpTable
engine   wasm
rows     1200, of which 17 selected
collect  1234.6 µs in 2 attempts
decode      8.9 µs
select      0.4 µs
`);
  expect(statsText([ipv4, ipv6], { selectNanoseconds: 12_345_678, sortedHere: true })).toBe(`family   IPv4
source   Iphlpapi.dll GetTcpTable
engine   wasm
rows     1200, of which 17 selected
collect   1234.6 µs in 2 attempts
decode       8.9 µs

family   IPv6
source   NETLINK_SOCK_DIAG
asked    state listening
engine   wasm
rows     1200, of which 17 selected
owners   3 not known yet
collect   1234.6 µs in 1 attempt
decode       8.9 µs

select   12345.7 µs, with the sort for --order: this system's tables have no order
`);
});

test("statistics have a column for each family that is counted by itself", () => {
  const ipv4 = {
    ...{
      family: 4 as const,
      source: "GetTcpStatisticsEx2",
      rtoAlgorithm: 4,
      rtoMin: 300,
      rtoMax: 60000,
      maxConn: 0xffffffff,
    },
    ...{
      activeOpens: 1n,
      passiveOpens: 22n,
      attemptFails: 333n,
      estabResets: 4444n,
      currEstab: 5,
      inSegs: 18446744073n,
      outSegs: 6n,
    },
    ...{ retransSegs: 7n, inErrs: 8n, outRsts: 9n, numConns: 10 },
  };
  const ipv6 = { ...ipv4, family: 6 as const, rtoAlgorithm: 17, maxConn: 100, inSegs: 0n, numConns: undefined };
  expect(text(statisticsLines([ipv4, ipv6], { header: true, colour: false }))).toBe(
    `
The whole machine's TCP             IPv4      IPv6
Active opens                           1         1
Passive opens                         22        22
Failed connection attempts           333       333
Connections reset                   4444      4444
Connections established                5         5
Connections in all states             10         -
Connections at most             no limit       100
Segments received            18446744073         0
Segments received in error             8         8
Segments sent                          6         6
Segments retransmitted                 7         7
Resets sent                            9         9
Retransmission algorithm    Van Jacobson        17
Retransmission time, least        300 ms    300 ms
Retransmission time, most       60000 ms  60000 ms
`.trim(),
  );
});
