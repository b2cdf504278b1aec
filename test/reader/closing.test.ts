import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { compileQuery, type Query } from "../../src/decoder/query.js";
import type { TcpTable } from "../../src/decoder/table/table.js";
import type { Filter } from "../../src/filter/filter.js";
import type { LayoutName } from "../../src/format/layouts.js";
import { MIB_TCP_STATE } from "../../src/format/states.js";
import { type ClosingOptions, closeConnections } from "../../src/reader/close.js";
import { type ConnectionsToClose, closeSelected } from "../../src/reader/closing.js";
import { TcpTablesReader } from "../../src/reader/tables.js";
import type { CloseResult } from "../../src/system/contract.js";
import { closeWindowsConnection } from "../../src/system/windows/close.js";
import { describeWith } from "../support/needs.js";
import { C_COMPILER } from "../support/scripted-library.js";
import { ScriptedSystem } from "../support/scripted-system.js";
import { readerOf, TableCollector } from "../support/table-collector.js";
import type { RawRow } from "../support/tables.js";

const { LISTEN, ESTAB, CLOSE_WAIT, TIME_WAIT } = MIB_TCP_STATE;

/** 0.0.0.1:80 to 0.0.0.2:1234. */
const row: RawRow = {
  ...{ state: CLOSE_WAIT, localAddress: 1, localPort: 80, remoteAddress: 2, remotePort: 1234 },
  ...{ owningPid: 7, createTimestamp: 5_000_001n, socketCookie: 0x1_0000_0001n, inode: 99 },
};
/** The row of its other end. */
const peer: RawRow = { ...row, localAddress: 2, localPort: 1234, remoteAddress: 1, remotePort: 80, socketCookie: 2n };
const listener: RawRow = { ...row, state: LISTEN, remoteAddress: 0, remotePort: 0, socketCookie: 3n };

const DENIED: CloseResult = {
  ...{ closed: false, advice: "Run it as administrator." },
  code: { number: 5, name: "ERROR_ACCESS_DENIED", text: "Access is denied." },
};

interface Story {
  /** What the table holds at each read, one after the other; the last one stays. */
  readonly reads: readonly (readonly RawRow[] | Error)[];
  readonly layout?: LayoutName;
  /** The same for IPv6, in LINUX_TCP6TABLE; not read unless said otherwise. */
  readonly reads6?: Story["reads"];
  readonly query?: Parameters<typeof compileQuery>[0];
  /** The system's answers; "closed" unless said otherwise. */
  readonly close?: (table: TcpTable, index: number) => CloseResult;
  readonly yes?: boolean;
  readonly signal?: AbortSignal;
  /** Called when it is asked. */
  readonly onAsked?: () => void;
}

/** A collector that reads these, one after the other. */
function collectorOf(reads: Story["reads"], layout: LayoutName): TableCollector & { readCount: number } {
  const left = [...reads];
  const collector = Object.assign(
    new TableCollector(layout, () => {
      collector.readCount++;
      const next = (left.length > 1 ? left.shift() : left[0]) as readonly RawRow[] | Error;
      if (next instanceof Error) throw next;
      return next;
    }),
    { readCount: 0 },
  );
  return collector;
}

async function play({ reads, layout = "LINUX_TCPTABLE", reads6, query, close, yes = true, signal, onAsked }: Story) {
  const collector = collectorOf(reads, layout);
  const readers = [await readerOf(collector, layout.includes("TCP6") ? 6 : 4)];
  if (reads6) readers.push(await readerOf(collectorOf(reads6, "LINUX_TCP6TABLE"), 6));
  const reader = new TcpTablesReader(readers);
  const called: string[] = [];
  let asked: ConnectionsToClose | undefined;
  const compiled = compileQuery(query ?? { where: "sport = :80" }) as Query & { filter: Filter };
  const closing = await closeSelected(
    reader,
    compiled,
    (found) => {
      asked = found;
      onAsked?.();
      return signal ? new Promise<boolean>((resolve) => setImmediate(resolve, yes)) : yes;
    },
    (table, index) => {
      const { localPort, remotePort } = table.row(index);
      called.push(`${localPort} to ${remotePort}`);
      return close ? close(table, index) : { closed: true };
    },
    signal,
  );
  return {
    ...closing,
    outcomes: closing.results.map(({ outcome }) => outcome),
    called,
    asked,
    readCount: collector.readCount,
  };
}

describe("closing by filter", () => {
  test("closes what is still there, and tells that it is gone", async () => {
    const { results, called } = await play({ reads: [[row], [row], []] });
    expect(results).toEqual([
      { row: expect.objectContaining({ localPort: 80, state: "CLOSE-WAIT" }), outcome: "closed" },
    ]);
    expect(called).toEqual(["80 to 1234"]);
  });

  test("closes what is of one family where the other could not be read from the start", async () => {
    const { outcomes, called } = await play({
      reads: [[row], [row], []],
      reads6: [new Error("There is no IPv6 here.")],
    });
    expect(outcomes).toEqual(["closed"]);
    expect(called).toEqual(["80 to 1234"]);
  });

  test("closes nothing where its signal comes before the yes, and throws an AbortError with the signal's reason", async () => {
    const controller = new AbortController();
    const close = vi.fn(() => ({ closed: true }) as const);
    const onAsked = () => controller.abort(new Error("enough"));
    const promise = play({ reads: [[row], [row], []], signal: controller.signal, onAsked, close });
    await expect(promise).rejects.toMatchObject({ name: "AbortError", code: "ABORT_ERR", cause: new Error("enough") });
    await new Promise(setImmediate); // the yes comes now
    await new Promise(setImmediate);
    expect(close).not.toHaveBeenCalled();
  });

  test("does not even ask where its signal has come already", async () => {
    const onAsked = vi.fn();
    const promise = play({ reads: [[row], [row], []], signal: AbortSignal.abort(), onAsked });
    await expect(promise).rejects.toThrow(expect.objectContaining({ name: "AbortError" }));
    expect(onAsked).not.toHaveBeenCalled();
  });

  test("closes where its signal has not come", async () => {
    const { outcomes } = await play({ reads: [[row], [row], []], signal: new AbortController().signal });
    expect(outcomes).toEqual(["closed"]);
  });

  test("closes nothing without a yes, and reads no more", async () => {
    const { confirmed, results, called, readCount } = await play({ reads: [[row]], yes: false });
    expect({ confirmed, results, called, readCount }).toEqual({
      confirmed: false,
      results: [],
      called: [],
      readCount: 1,
    });
  });

  test("does not ask where nothing matches", async () => {
    const { asked, found } = await play({ reads: [[peer]] });
    expect(asked).toBeUndefined();
    expect(found.rows).toEqual([]);
  });

  test("tells what had gone before it could be closed, and closes nothing", async () => {
    const { results, called } = await play({ reads: [[row], [peer], [peer]] });
    expect(results).toMatchObject([{ outcome: "gone", withPeer: false }]);
    expect(called).toEqual([]);
  });

  test.each<[string, LayoutName, Partial<RawRow>, Partial<RawRow>]>([
    ["another cookie", "LINUX_TCPTABLE", {}, { socketCookie: 0x2_0000_0001n }],
    [
      "another inode, where the cookie is not known",
      "LINUX_TCPTABLE",
      { socketCookie: 0n },
      { socketCookie: 0n, inode: 100 },
    ],
    ["another time of creation, 100 ns later", "MIB_TCPTABLE_OWNER_MODULE", {}, { createTimestamp: 5_000_002n }],
    [
      "another owner, where the time is not known",
      "MIB_TCPTABLE_OWNER_MODULE",
      { createTimestamp: 0n },
      { createTimestamp: 0n, owningPid: 8 },
    ],
  ])("leaves a connection with %s alone, though the filter matches it too", async (_, layout, before, now) => {
    const later = { ...row, ...now, state: ESTAB };
    const { results, called } = await play({ layout, reads: [[{ ...row, ...before }], [later]] });
    expect(results).toMatchObject([{ outcome: "replaced", now: { state: "ESTABLISHED" } }]);
    expect(called).toEqual([]);
  });

  test.each<[string, LayoutName, Partial<RawRow>]>([
    ["another owner by the same cookie", "LINUX_TCPTABLE", { owningPid: 8 }],
    ["another inode by the same cookie", "LINUX_TCPTABLE", { inode: 100 }],
    ["an inode that is not known now", "LINUX_TCPTABLE", { socketCookie: 0n, inode: 0 }],
    ["an owner who is not known now", "MIB_TCPTABLE_OWNER_PID", { owningPid: 0 }],
    ["a time that is not known now", "MIB_TCPTABLE_OWNER_MODULE", { createTimestamp: 0n }],
    ["nothing that tells it apart", "MIB_TCPTABLE", {}],
  ])("closes a connection with %s: it is the same one", async (_, layout, now) => {
    const { outcomes, called } = await play({ layout, reads: [[row], [{ ...row, ...now }], []] });
    expect(outcomes).toEqual(["closed"]);
    expect(called).toHaveLength(1);
  });

  test("leaves alone what the filter does not match any more, and tells what it is", async () => {
    const query = { where: "state close-wait" };
    const { results, called } = await play({ query, reads: [[row], [{ ...row, state: TIME_WAIT }]] });
    expect(results).toMatchObject([{ outcome: "changed", now: { state: "TIME-WAIT" } }]);
    expect(called).toEqual([]);
  });

  test("closes what was asked about, and not what has come since", async () => {
    const other = { ...row, remotePort: 999, socketCookie: 4n };
    const query = { where: "sport = :80", orderBy: ["remotePort"], limit: 1 } as const;
    const { outcomes, called } = await play({ query, reads: [[row], [other, row], [other]] });
    expect(called).toEqual(["80 to 1234"]);
    expect(outcomes).toEqual(["closed"]);
  });

  test("tells a refusal, with the system's answer", async () => {
    const { results } = await play({ reads: [[row]], close: () => DENIED });
    expect(results).toMatchObject([{ outcome: "refused", code: { number: 5 }, advice: "Run it as administrator." }]);
  });

  test("tells the second end of a connection on this machine as gone with the first, and not as refused", async () => {
    let calls = 0;
    const close = (): CloseResult => (calls++ === 0 ? { closed: true } : DENIED);
    const query = { where: "state close-wait" };
    const { results } = await play({ query, close, reads: [[row, peer], [row, peer], []] });
    expect(results).toMatchObject([{ outcome: "closed" }, { outcome: "gone", withPeer: true }]);
  });

  test("tells what is still there although the system said that it closed it", async () => {
    const { results, readCount } = await play({ reads: [[row], [row], [{ ...row, state: TIME_WAIT }]] });
    expect(results).toMatchObject([{ outcome: "remains", now: { state: "TIME-WAIT" } }]);
    expect(readCount).toBe(4); // it was looked at twice
  });

  test("gives a system a moment: what is gone at the second look was closed", async () => {
    expect((await play({ reads: [[row], [row], [row], []] })).outcomes).toEqual(["closed"]);
  });

  test("tells a connection whose ends are used again at once as closed", async () => {
    const { outcomes } = await play({ reads: [[row], [row], [{ ...row, socketCookie: 9n }]] });
    expect(outcomes).toEqual(["closed"]);
  });

  test("closes nothing where the table can't be read again after the question", async () => {
    let called = false;
    const close = (): CloseResult => {
      called = true;
      return { closed: true };
    };
    await expect(play({ reads: [[row], new Error("no table")], close })).rejects.toThrow("no table");
    expect(called).toBe(false);
  });

  test("closes nothing where one family can't be read again, and says so where it can't be read to see", async () => {
    const six: RawRow = { ...row, localAddress: [0, 0, 0, 1], remoteAddress: [0, 0, 0, 2] };
    const error = new Error("no IPv6");
    const both = (...reads: (readonly RawRow[] | Error)[]) =>
      play({ reads: [[row], [row], []], reads6: reads, close: () => ({ closed: true }) });
    await expect(both([six], error)).rejects.toThrow("no IPv6");
    expect((await both([six], [six], error)).outcomes).toEqual(["unverified", "unverified"]);
    expect((await both([six], [six], [])).outcomes).toEqual(["closed", "closed"]);
  });

  test("closes no more than the limit, the first of the order", async () => {
    const second = { ...row, remotePort: 999, socketCookie: 4n };
    const query = { where: "sport = :80", orderBy: ["remotePort"], limit: 1 } as const;
    const { called, found } = await play({ query, reads: [[row, second], [row, second], [row]] });
    expect(called).toEqual(["80 to 999"]);
    expect(found.rows).toHaveLength(1);
  });

  test("says so where the table can't be read to see whether a connection is gone", async () => {
    const error = new Error("no table");
    expect((await play({ reads: [[row], [row], error] })).results).toMatchObject([{ outcome: "unverified", error }]);
    const refused = await play({ reads: [[row], [row], error], close: () => DENIED });
    expect(refused.outcomes).toEqual(["refused"]);
  });

  test.each<[where: string, closed: string[], spared: number]>([
    ["sport = :80", ["80 to 1234"], 1],
    ["state listening", ["80 to 0"], 0],
    ["state all", ["80 to 1234"], 1],
    ["exclude synchronized", [], 1],
    ["exclude connected", [], 1],
    ["state all exclude connected", [], 1],
    ["( state listening sport = :81 ) or src 0.0.0.1", ["80 to 1234"], 1],
    ["( state listening sport = :80 ) or src 0.0.0.1", ["80 to 1234", "80 to 0"], 0],
    ["not state established", ["80 to 1234"], 1],
  ])("closes listeners only where the words name them: %s", async (where, closed, sparedListeners) => {
    const { called, found } = await play({ query: { where }, reads: [[row, listener], [row, listener], []] });
    expect(called).toEqual(closed);
    expect(found.sparedListeners).toBe(sparedListeners);
  });

  test("tells listeners that share an address and a port apart", async () => {
    const twin = { ...listener, socketCookie: 4n };
    const query = { where: "state listening" };
    const { outcomes } = await play({ query, reads: [[listener, twin], [twin, listener], [twin]] });
    expect(outcomes).toEqual(["closed", "remains"]);
  });

  test("looks at IPv6 as well", async () => {
    const six: RawRow = {
      ...row,
      ...{
        localAddress: [0xfe800000, 0, 0, 1],
        remoteAddress: [0xfe800000, 0, 0, 2],
        localScopeId: 2,
        remoteScopeId: 2,
      },
    };
    const layout = "LINUX_TCP6TABLE";
    expect((await play({ layout, reads: [[six], [six], []] })).outcomes).toEqual(["closed"]);
    const elsewhere = { ...six, localScopeId: 3 };
    expect((await play({ layout, reads: [[six], [elsewhere]] })).outcomes).toEqual(["gone"]);
    const another = { ...six, socketCookie: 9n };
    expect((await play({ layout, reads: [[six], [another]] })).outcomes).toEqual(["replaced"]);
  });
});

describeWith([C_COMPILER], "closing by filter on Windows, scripted", () => {
  let system: ScriptedSystem;
  beforeAll(() => {
    system = new ScriptedSystem();
  });
  afterAll(() => system?.remove());

  const close = (table: TcpTable, index: number) =>
    closeWindowsConnection({ layout: table.layout, bytes: table.rawRow(index) }, { library: system.path });

  test("tells that a connection stays where SetTcpEntry says that it closed it and does nothing, as Wine's", async () => {
    system.answer(0);
    const { outcomes } = await play({ layout: "MIB_TCPTABLE_OWNER_MODULE", reads: [[row]], close });
    expect(system.seen).toMatchObject({ calls: 1, function: "SetTcpEntry" });
    expect(outcomes).toEqual(["remains"]);
  });

  test("never calls SetTcpEntry for a connection that was made anew from the same port", async () => {
    system.answer(0);
    const reads = [[row], [{ ...row, createTimestamp: 6_000_000n }]];
    const { outcomes } = await play({ layout: "MIB_TCPTABLE_OWNER_MODULE", reads, close });
    expect(system.seen.calls).toBe(0);
    expect(outcomes).toEqual(["replaced"]);
  });
});

describe("closeConnections refuses", () => {
  const confirm = () => false;
  test.each<[string, unknown, RegExp]>([
    ["to close without a filter", { confirm }, /needs a filter: pass where. "state all" is every connection/],
    ["to close without a question", { where: "state all" }, /asks before it closes: pass confirm/],
    ["an answer in place of a question", { where: "state all", confirm: true }, /confirm is a function, not true/],
    ["an unknown option", { where: "state all", confirm, yes: true }, /has no option "yes". The options are: where, /],
    ["a filter that is none", { where: "dprot", confirm }, /dprot/],
    ["nothing", undefined, /takes an object with the options .*; not undefined/],
  ])("%s", async (_, options, message) => {
    await expect(closeConnections(options as ClosingOptions)).rejects.toThrow(message);
  });
});
