import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from "vitest";
import type { TcpRow } from "../../src/decoder/table/row.js";
import type { Family, LayoutName } from "../../src/format/layouts.js";
import { freshHost, type OpenedConnections, openConnections } from "../support/connections.js";
import { describeWith } from "../support/needs.js";
import { openWindows, WINDOWS, type Windows } from "../support/windows.js";

const NATIVE = process.platform === "win32";
/** Under Wine, the connections are of a program that Wine does not know. */
const OWNING_PID = NATIVE ? process.pid : 0;
const SETTLED = { timeout: 50_000, interval: 200 };

const LAYOUTS = ["", "2", "_OWNER_PID", "_OWNER_MODULE"] as const;
const layoutOf = (family: Family, kind: (typeof LAYOUTS)[number]) =>
  `MIB_TCP${family === 6 ? "6" : ""}TABLE${kind}` as LayoutName;

interface Reading {
  readonly options: {
    readonly family: Family;
    readonly owner?: string;
    readonly function?: string;
    readonly tableClass?: string;
  };
  readonly source: string;
  readonly layout?: LayoutName;
  readonly rows?: readonly TcpRow[];
  readonly code?: number;
}

/** The ends of connections that every table tells. */
function endsOf(rows: readonly TcpRow[]) {
  return inOrder(
    rows.map(({ state, localAddress, localPort, remoteAddress, remotePort }) => ({
      state,
      localAddress,
      localPort,
      remoteAddress,
      remotePort,
    })),
  );
}

function expectedEnds({ host, ends }: OpenedConnections) {
  const none = host.includes(":") ? "::" : "0.0.0.0";
  return inOrder(
    ends.map(({ state, localPort, remotePort }) => ({
      state,
      localAddress: host,
      localPort,
      remoteAddress: state === "LISTEN" ? none : host,
      remotePort,
    })),
  );
}

function isAmong({ ends }: OpenedConnections, row: TcpRow): boolean {
  return ends.some((end) => end.localPort === row.localPort && end.remotePort === row.remotePort);
}

function inOrder<End extends { readonly localPort: number; readonly remotePort: number }>(ends: readonly End[]): End[] {
  return ends.toSorted((a, b) => a.localPort - b.localPort || a.remotePort - b.remotePort);
}

describeWith(WINDOWS, "the whole table family on Windows' own Node, koffi and Iphlpapi.dll", () => {
  let windows: Windows;

  beforeAll(() => {
    windows = openWindows("test/wine/programs");
  });
  afterAll(async () => await windows?.close());

  async function json<Answer>(program: string, ...words: readonly string[]): Promise<Answer> {
    const { code, stdout, stderr } = await windows.node(`test/wine/programs/${program}`, ...words);
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    return JSON.parse(stdout) as Answer;
  }

  describe("of connections over IPv4 and IPv6", () => {
    let opened: Record<Family, OpenedConnections>;

    beforeEach(async () => {
      const wanted = { established: 3, halfClosed: 2, timeWait: 2 };
      opened = {
        4: await openConnections(wanted),
        6: await openConnections({ host: "::1", ...wanted }),
      };
    });
    afterEach(async () => {
      await opened[4].close();
      await opened[6].close();
    });

    /** What a reading by these options must be. */
    function check({ options, source, layout, rows = [], code }: Reading): void {
      const { family, owner, tableClass = "" } = options;
      const name = options.function ?? (owner || tableClass ? "GetExtendedTcpTable" : layoutName(family));
      const told = JSON.stringify(options);
      expect(source, told).toBe(`Iphlpapi.dll ${name}`);
      // Wine, other than Windows, has BASIC tables of IPv6: MIB_TCP6TABLE.
      if (NATIVE && family === 6 && tableClass.includes("BASIC")) {
        expect({ code, layout }, told).toEqual({ code: 50 });
        return;
      }
      expect(code, told).toBeUndefined();
      const kind = LAYOUTS.findLast((part) => (tableClass || `_OWNER_${owner?.toUpperCase()}`).includes(part)) ?? "";
      expect(layout, told).toBe(name.endsWith("2") ? layoutOf(family, "2") : layoutOf(family, kind));
      const ends = expectedEnds(opened[family]).filter(({ state }) => {
        if (tableClass.endsWith("LISTENER")) return state === "LISTEN";
        return !tableClass.endsWith("CONNECTIONS") || state === "ESTABLISHED";
      });
      // Others have ::1 too, and their connections in TIME-WAIT may have had the same port.
      const theirs = rows.filter((row) => row.state !== "TIME-WAIT" || isAmong(opened[family], row));
      // Which of the states between those two are CONNECTIONS is the system's business: Wine says none.
      const shown = tableClass.endsWith("CONNECTIONS")
        ? theirs.filter(({ state }) => state === "ESTABLISHED" || state === "LISTEN")
        : theirs;
      expect(endsOf(shown), told).toEqual(ends);
      for (const row of theirs) checkExtras(row, layout as LayoutName, told);
    }

    test.each([4, 6] as const)("a filter as a hint loses none of family %i's rows that it matches", async (family) => {
      interface Answer {
        readonly asked: string;
        readonly layout: LayoutName;
        readonly states: readonly string[];
        readonly rows: readonly TcpRow[];
      }
      interface Asked {
        readonly told: readonly { readonly text: string; readonly hinted: Answer; readonly whole: Answer }[];
        readonly columns: readonly string[];
      }
      const { host, port } = opened[family];
      const ours = `src ${family === 6 ? `[${host}]` : host} ( sport = :${port} or dport = :${port} )`;
      // States settle a moment after the calls that bring them about.
      await vi.waitFor(async () => {
        const { told, columns } = await json<Asked>("asked.mjs", String(family), ours);
        const ownRows = (rows: readonly TcpRow[]) => endsOf(rows.filter((row) => isAmong(opened[family], row)));
        for (const { text, hinted, whole } of told) {
          expect(ownRows(hinted.rows), text).toEqual(ownRows(whole.rows));
          expect(whole, text).toMatchObject({ asked: "every row", layout: layoutOf(family, "") });
          // Where it can't be exact, it is not a hint that the system gets.
          const asked = { "state listening": "state listening", "state established": "state connected" }[text];
          expect(hinted.asked, text).toBe(asked ?? "every row");
          const isOwner = family === 6 && asked !== undefined;
          expect(hinted.layout, text).toBe(layoutOf(family, isOwner ? "_OWNER_PID" : ""));
          if (asked === "state listening") expect(hinted.states).toEqual(["LISTEN"]);
          if (asked === "state connected") expect(hinted.states).not.toContain("LISTEN");
        }
        const all = told.find(({ text }) => text === "");
        expect(ownRows(all?.hinted.rows ?? [])).toEqual(expectedEnds(opened[family]));
        expect(columns).toContain("owningPid");
      }, SETTLED);
    });

    test("every function and every class tells the addresses, ports and states", async () => {
      await vi.waitFor(async () => {
        const readings = await json<Reading[]>(
          "family.mjs",
          ...[opened[4], opened[6]].flatMap(({ host, port }) => [host, String(port)]),
        );
        expect(readings).toHaveLength(6 + 4 + 18);
        for (const reading of readings) check(reading);
      }, SETTLED);
    });
  });

  function layoutName(family: Family): string {
    return family === 4 ? "GetTcpTable" : "GetTcp6Table";
  }

  /** The fields that only some layouts have. */
  function checkExtras(row: TcpRow, layout: LayoutName, told: string): void {
    const owned = layout.endsWith("2") || layout.includes("OWNER");
    expect(row.owningPid, told).toBe(owned ? (row.state === "TIME-WAIT" ? 0 : OWNING_PID) : undefined);
    const scoped = layout.startsWith("MIB_TCP6");
    // Wine tells how far the address reaches, instead of the interface.
    if (scoped && !NATIVE) expect(row.localScopeId, told).toBeTypeOf("number");
    else expect(row.localScopeId, told).toBe(scoped ? 0 : undefined);
    expect(row.offloadState, told).toBe(layout.endsWith("2") ? "InHost" : undefined);
    if (layout.endsWith("MODULE")) expect(row, told).toHaveProperty("createTimestamp");
  }

  describe.each<[Family, string]>([
    [4, freshHost()],
    [6, "::1"],
  ])("of IPv%i connections of its own", (family, host) => {
    interface Own {
      readonly pid: number;
      readonly execPath: string;
      readonly port: number;
      readonly clientPort: number;
      readonly owners: {
        readonly pid: readonly TcpRow[];
        readonly module: readonly TcpRow[];
        readonly module0: { readonly found: boolean; readonly code?: { readonly number: number } };
      };
      readonly name?: string;
      readonly path?: string;
      readonly noName: string | null;
      readonly statistics: Readonly<Record<string, number | string>>;
      readonly close: { readonly closed: boolean; readonly code?: { readonly number: number } };
    }
    let own: Own;

    beforeAll(async () => {
      own = await json<Own>("own.mjs", host);
    });

    test.each(["pid", "module"] as const)("the owner is its own PID: %s", (owner) => {
      const { port, clientPort, pid } = own;
      const rows = inOrder(own.owners[owner]);
      const ends = [
        { state: "LISTEN", localPort: port, remotePort: 0 },
        { state: "ESTABLISHED", localPort: port, remotePort: clientPort },
        { state: "ESTABLISHED", localPort: clientPort, remotePort: port },
      ];
      expect(rows).toMatchObject(inOrder(ends.map((end) => ({ ...end, localAddress: host }))));
      for (const { localPort, owningPid } of rows) {
        // Wine's server holds the other sockets for the process, and Wine knows no owners over IPv6.
        const known = NATIVE || (family === 4 && localPort === clientPort);
        expect(known ? [pid] : [pid, 0], `port ${localPort}`).toContain(owningPid);
      }
    });

    test("its process is node.exe, and a PID that nobody has is nobody", () => {
      expect(own.name?.toLowerCase()).toBe("node.exe");
      expect(own.path?.toLowerCase().endsWith("\\node.exe")).toBe(true);
      expect(own.noName).toBeNull();
    });

    test("the statistics count it", () => {
      const { statistics } = own;
      expect(statistics.family).toBe(family);
      // Wine has no GetTcpStatisticsEx2.
      const name = NATIVE ? expect.stringMatching(/GetTcpStatisticsEx2?$/) : "Iphlpapi.dll GetTcpStatisticsEx";
      expect(statistics.source).toEqual(name);
      const { family: _, source, maxConn, ...counters } = statistics;
      expect(Object.keys(counters)).toHaveLength(14);
      for (const [counter, value] of Object.entries(counters)) expect(value, counter).toBeGreaterThanOrEqual(0);
      expect(maxConn).toBeGreaterThanOrEqual(-1);
      // Wine does not count numConns.
      const counted = [
        "activeOpens",
        "passiveOpens",
        "inSegs",
        "outSegs",
        "currEstab",
        ...(NATIVE ? ["numConns"] : []),
      ];
      for (const counter of counted) expect(statistics[counter], counter).toBeGreaterThan(0);
      expect(statistics.rtoMax).toBeGreaterThan(Number(statistics.rtoMin));
    });

    test("the module of a connection is told, or that the system can't", () => {
      const { module0 } = own.owners;
      if (NATIVE) expect(module0.found || module0.code !== undefined).toBe(true);
      // Wine has no GetOwnerModuleFromTcpEntry.
      else expect(module0).toMatchObject({ found: false, code: { number: 50 } });
    });

    test(family === 4 ? "closing one is answered" : "closing one is refused: Windows closes IPv4 only", () => {
      if (family === 6) expect(own.close).toMatchObject({ closed: false, code: { number: 50 } });
      // Wine's SetTcpEntry does nothing and succeeds; Windows' depends on who asks.
      else if (NATIVE) expect([undefined, 5, 317]).toContain(own.close.code?.number);
      else expect(own.close).toEqual({ closed: true });
    });
  });
});
