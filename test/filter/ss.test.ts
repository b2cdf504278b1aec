import { execFileSync } from "node:child_process";
import { once } from "node:events";
import { connect, createServer, type Socket } from "node:net";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import type { Decoder } from "../../src/decoder/contract.js";
import { createDecoder } from "../../src/decoder/decoder.js";
import { formatIPv4, parseIPv4 } from "../../src/format/address.js";
import type { Collector } from "../../src/system/contract.js";
import { openCollector } from "../../src/system/system.js";
import { expectedRows, freshHost, type OpenedConnections, openConnections, rowsOf } from "../support/connections.js";
import { openSynReceived, openSynSent } from "../support/handshakes.js";
import type { Row } from "../support/linux-rows.js";
import { describeWith, operatingSystem } from "../support/needs.js";
import { parseSs, SS, ss } from "../support/ss.js";

/**
 * What stands for the test's own ends: two addresses, the port of a listener on each, the ports of a client of each
 * listener, and ports that have others below and above them.
 */
type Ends = Readonly<
  Record<"$A" | "$B" | "$PORT_A" | "$PORT_B" | "$CLIENT_A" | "$CLIENT_B" | "$SPORT" | "$DPORT", string>
>;

/** Filters in ss's own words, for each construct that ss has. They are given to both as they are. */
const STATES = [
  "state established",
  "state syn-sent",
  "state syn-recv",
  "state fin-wait-1",
  "state fin-wait-2",
  "state time-wait",
  "state close-wait",
  "state last-ack",
  "state listening",
  "state closing",
  "state ESTABLISHED",
  "state Time-Wait",
  "state connected",
  "state synchronized",
  "state bucket",
  "state big",
  "state established state time-wait",
  "state connected exclude established",
  "state connected exclude established exclude syn-sent state listening",
  "state all exclude all state listening",
  "exclude established",
  "exclude listening",
  "excl listening",
  "exclude connected",
  "exclude synchronized",
  "exclude bucket",
  "exclude big",
  "exclude listening exclude time-wait",
  "exclude listening state listening exclude established",
];
const PORTS = ["=", "==", "eq", "!=", "ne", "neq", ">", "gt", "<", "lt", ">=", "ge", "geq", "<=", "le", "leq"].flatMap(
  (operator) => [`sport ${operator} :$SPORT`, `dport ${operator} $DPORT`],
);
const MORE_PORTS = ["sport :$PORT_A", "sport $PORT_A", "dport :$PORT_A", "dport = :0", "dport != 0", "dport gt :0"];
const ADDRESSES = [
  "src $A",
  "dst $A",
  "src = $A",
  "dst == $B",
  "src eq $B",
  "not src $A",
  "src $A/32",
  "src $A/31",
  "dst $A/16",
  "dst $B/12",
  "dst 127.0.0.0/8",
  "dst 127.255.255.255/8",
  "dst 0.0.0.0",
  "dst 0.0.0.0:0",
  "src $A:$PORT_A",
  "src $A/16:$PORT_A",
  "dst $B:*",
  "dst *:$PORT_A",
  "src :$PORT_A",
  "dst = :$CLIENT_A",
  "src $A dst $B",
];
const EXPRESSIONS = [
  "sport = :$PORT_A and dport = :$CLIENT_A",
  "sport = :$PORT_A & dport = :$CLIENT_A",
  "sport = :$PORT_A && dport = :$CLIENT_A",
  "sport = :$PORT_A dport = :$CLIENT_A",
  "sport = :$PORT_A or dport = :$PORT_B",
  "sport = :$PORT_A | dport = :$PORT_B",
  "sport = :$PORT_A || dport = :$PORT_B",
  "not sport = :$PORT_A",
  "! sport = :$PORT_A",
  "! ! sport = :$PORT_A",
  "not sport = :$PORT_A and dst $A",
  "not sport = :$PORT_A dst $A",
  "not sport = :$PORT_A or dst $B",
  "not ( sport = :$PORT_A or dport = :$PORT_A )",
  "( sport = :$PORT_A )",
  "( ( src $A ) )",
  "( sport = :$PORT_A or sport = :$PORT_B ) and dst $A",
  "dst $A and ( sport = :$PORT_A or sport = :$CLIENT_A )",
  "sport = :$PORT_A or ( sport = :$PORT_B and dst $A )",
  "( sport = :$PORT_A and dst $A ) or ( sport = :$PORT_B and dst $B ) or dport = :$CLIENT_B",
  "sport = :$PORT_A and dst $A or sport = :$PORT_B",
  "state established dport = :$PORT_A",
  "state established ( dport = :$PORT_A or sport = :$PORT_B )",
  "exclude listening exclude time-wait src $A",
  "state listening sport = :$PORT_A",
  "state connected dst $A/16 and not dport gt :$PORT_A",
];
/** The states at the start hold for all of these, and all operators bind alike, from left to right. */
const FROM_LEFT_TO_RIGHT = [
  "src $A or src $B and dport = :$PORT_B",
  "src $A or src $B dport = :$PORT_B",
  "src $A || src $B && dport = :$CLIENT_B",
  "dst $B or ! src $A and dst $A",
  "not dst $B or src $A and dst $A",
  "sport = :$PORT_A or dport = :$PORT_A dst $A or sport = :$PORT_B",
  "sport = :$PORT_B dst $A or sport = :$PORT_A and dst $B or dport = :$PORT_B",
  "( src $A or src $B ) and dport = :$PORT_B or sport = :$PORT_B src $B",
  "state established sport = :$PORT_A or dport = :$PORT_A",
  "state close-wait sport = :$PORT_A or dport = :$PORT_A",
  "state listening sport = :$PORT_B or dst $A or src $B",
  "state listening state established src $A or src $B and dport = :$PORT_B",
  "exclude established sport = :$PORT_A or dport = :$PORT_A or src $B",
  "exclude synchronized not dst $A or dport = :$PORT_A",
  "state time-wait ( src $A ) or dst $B",
  "state established ( src $A dport = :$PORT_A ) or ( src $B or dst $B )",
];
/** These match all of the rows, or none. (To ss, `exclude all` is as if nothing had been said.) */
const ALL = [
  "",
  "state all",
  "src *",
  "dst *:*",
  "src :*",
  "sport = :*",
  "src 0.0.0.0/0",
  "dport <= :65535",
  "sport ge 0",
];
const NONE = ["state closed", "state unconnected", "src 203.0.113.1", "sport gt 65535", "sport < 0"];

describeWith([operatingSystem("linux"), SS], "a filter picks the rows that ss picks", () => {
  const opened: { close(): Promise<void> }[] = [];
  let ends: Ends;
  let own: ReadonlySet<number>;
  let collector: Collector;
  let decoders: Decoder[];

  beforeAll(async () => {
    collector = openCollector();
    decoders = [await createDecoder({ engine: "wasm" }), await createDecoder({ engine: "plain" })];
    const [a, b] = [freshHost(), freshHost()];
    own = new Set([parseIPv4(a) ?? 0, parseIPv4(b) ?? 0]);
    const many = { established: 3, halfClosed: 2, timeWait: 2, finWait1: 1, closing: 1, lastAck: 1 };
    const onA = await keep(openConnections({ host: a, ...many }));
    const others = [await keep(openSynSent(a)), await keep(openSynReceived(a))];
    const between = await openBetween(a, b);
    opened.push(between);
    ends = {
      $A: a,
      $B: b,
      $PORT_A: `${onA.port}`,
      $PORT_B: `${between.port}`,
      $CLIENT_A: `${onA.ends.find(({ remotePort }) => remotePort === onA.port)?.localPort}`,
      $CLIENT_B: `${between.clientPort}`,
      $SPORT: median([onA, ...others].flatMap(({ ends }) => ends.map(({ localPort }) => localPort))),
      $DPORT: median([onA, ...others].flatMap(({ ends }) => ends.map(({ remotePort }) => remotePort))),
    };
    for (const connections of [onA, ...others])
      await vi.waitFor(() => expect(rowsOf(connections, ss())).toEqual(expectedRows(connections)), 20_000);
  });

  afterAll(async () => {
    for (const connections of opened) await connections.close();
    collector?.close();
  });

  async function keep(opening: Promise<OpenedConnections>): Promise<OpenedConnections> {
    const connections = await opening;
    opened.push(connections);
    return connections;
  }

  function withEnds(filter: string): string {
    return filter.replace(/\$[A-Z_]+/g, (name) => ends[name as keyof Ends]);
  }

  /** The ends of the test's own rows among those that ss picks. */
  function pickedBySs(filter: string): string[] {
    const words = withEnds(filter).split(" ").filter(Boolean);
    const output = execFileSync("ss", ["-tanH", "-4", ...words], { encoding: "utf8", maxBuffer: 1 << 28 });
    // Where one state alone is asked for, ss leaves its column out.
    return ownEnds(parseSs(output.replace(/^\s*(?=\d)/gm, "UNCONN ")));
  }

  function pickedByUs(decoder: Decoder, filter: string): string[] {
    const { bytes, layout } = collector.collect(decoder);
    const { indices, table } = decoder.decode(bytes, layout).select({ where: withEnds(filter) });
    const { state, localAddress, localPort, remoteAddress, remotePort } = table.columns;
    const at = (column: ArrayLike<number>, row: number) => column[row] ?? 0;
    return ownEnds(
      Array.from(indices, (row) => ({
        state: at(state, row),
        localAddress: at(localAddress, row),
        localPort: at(localPort, row),
        remoteAddress: at(remoteAddress, row),
        remotePort: at(remotePort, row),
      })),
    );
  }

  function ownEnds(rows: readonly Row[]): string[] {
    return rows
      .filter(({ localAddress }) => own.has(localAddress))
      .map(
        (row) => `${formatIPv4(row.localAddress)}:${row.localPort} ${formatIPv4(row.remoteAddress)}:${row.remotePort}`,
      )
      .toSorted();
  }

  /** Rows change states by themselves at times: both are asked until they were asked about the same table. */
  async function expectSame(filter: string, filterForUs = filter): Promise<number> {
    for (const decoder of decoders)
      await vi.waitFor(() => expect(pickedByUs(decoder, filterForUs)).toEqual(pickedBySs(filter)), 10_000);
    return pickedBySs(filter).length;
  }

  test("by which every state but CLOSED and DELETE-TCB is told apart", () => {
    const states = ss().flatMap(({ localAddress, state }) => (own.has(localAddress) ? [state] : []));
    expect([...new Set(states)].toSorted((x, y) => x - y)).toEqual([2, 3, 4, 5, 6, 7, 8, 9, 10, 11]);
  });

  describe.each(Object.entries({ STATES, PORTS, MORE_PORTS, ADDRESSES, EXPRESSIONS, FROM_LEFT_TO_RIGHT }))(
    "%s",
    (_, filters) => {
      test.each(filters)("%s", async (filter) => {
        const picked = await expectSame(filter);
        expect(picked).toBeGreaterThan(0);
        expect(picked).toBeLessThan(pickedBySs("").length);
      });
    },
  );

  test.each(ALL)("all of them: %j", async (filter) => {
    expect(await expectSame(filter)).toBeGreaterThan(0);
    await vi.waitFor(() => expect(pickedBySs(filter)).toEqual(pickedBySs("")), 10_000);
  });

  test.each(NONE)("none of them: %s", async (filter) => {
    expect(await expectSame(filter)).toBe(0);
  });

  test.each([
    ["state established,time-wait, listening", "state established state time-wait state listening"],
    ["state established time-wait", "state established state time-wait"],
    ["(sport=:$PORT_A)&&!dport=$CLIENT_A", "( sport = :$PORT_A ) && ! dport = $CLIENT_A"],
    ["sport>=$PORT_A||dst=$B", "sport >= $PORT_A || dst = $B"],
    ["dport = :$CLIENT_A and state established", "state established dport = :$CLIENT_A"],
    ["state established and src $A or src $B", "state established src $A or src $B"],
    ["src $B or dst $A and state established", "state established src $B or dst $A"],
    ["(state established src $A or src $A)", "src $A"],
    ["src != $A", "! src $A"],
    ["sport in {$PORT_A $PORT_B}", "sport = $PORT_A or sport = $PORT_B"],
    ["sport = $PORT_A-65535", "sport >= $PORT_A"],
    ["dst in {$A, 0.0.0.0}", "dst $A or dst 0.0.0.0"],
    ["state FIN_WAIT_1 FinWait2", "state fin-wait-1 state fin-wait-2"],
  ])("what ss does not have: %s", async (filterForUs, filter) => {
    expect(await expectSame(filter, filterForUs)).toBeGreaterThan(0);
  });
});

/** The middle one of the different ports. */
function median(ports: readonly number[]): string {
  const different = [...new Set(ports)].toSorted((x, y) => x - y);
  return `${different[different.length >> 1]}`;
}

/** One connection from an address to another, with a listener: three rows whose two addresses differ. */
async function openBetween(from: string, to: string) {
  const server = createServer();
  server.listen({ host: to, port: 0 });
  await once(server, "listening");
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("The server does not listen on a port.");
  const client = connect({ host: to, port: address.port, localAddress: from });
  const [accepted] = (await Promise.all([once(server, "connection"), once(client, "connect")]))[0] as [Socket];
  return {
    port: address.port,
    clientPort: client.localPort ?? 0,
    async close() {
      client.resetAndDestroy();
      accepted.on("error", () => {}).destroy();
      server.close();
      await once(server, "close");
    },
  };
}
