import { once } from "node:events";
import { connect, createServer } from "node:net";
import * as fc from "fast-check";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { createDecoder, type Decoder } from "../../../src/decoder/index.js";
import type { AddressColumn, Expression } from "../../../src/filter/expression.js";
import { compileFilter, type Filter } from "../../../src/filter/filter.js";
import { type IPv6, parseIPv4 } from "../../../src/format/address.js";
import type { Family } from "../../../src/format/layouts.js";
import { openSockDiag } from "../../../src/system/linux/sockdiag.js";
import { openCollectors } from "../../../src/system/system.js";
import { expectedRows, freshHost, openConnections, rowsOf } from "../../support/connections.js";
import { openLeftOverListener } from "../../support/left-over-listener.js";
import { describeWith, operatingSystem } from "../../support/needs.js";
import { SS, ss } from "../../support/ss.js";

/** An IPv4 address that a dual-stack socket is bound to, and the client that came from there. */
async function openMapped(host: string) {
  const server = createServer().listen({ host: `::ffff:${host}`, port: 0 });
  await once(server, "listening");
  const { port } = server.address() as { port: number };
  const client = connect({ host, port, localAddress: host });
  const [[accepted]] = await Promise.all([once(server, "connection"), once(client, "connect")]);
  return {
    port,
    clientPort: client.localPort as number,
    async close() {
      client.destroy();
      accepted.destroy();
      await once(server.close(), "close");
    },
  };
}

describeWith([operatingSystem("linux"), SS], "a filter that is pushed down gives the rows of one that is not", () => {
  const closing: (() => unknown)[] = [];
  const host = freshHost();
  const mappedHost = freshHost();
  const own = new Set([host, "::1", `::ffff:${mappedHost}`, mappedHost]);
  let decoder: Decoder;
  /** The ports of the test's own sockets. */
  const ports: number[] = [];
  let leftOver: { readonly port: number };

  beforeAll(async () => {
    decoder = await createDecoder({ engine: "plain" });
    const many = { established: 3, halfClosed: 2, timeWait: 2, finWait1: 1, closing: 1, lastAck: 1 };
    const ipv4 = await openConnections({ host, ...many });
    const ipv6 = await openConnections({ host: "::1", ...many });
    const mapped = await openMapped(mappedHost);
    const listener = openLeftOverListener(host, ipv4.port);
    leftOver = listener;
    closing.push(
      () => ipv4.close(),
      () => ipv6.close(),
      () => mapped.close(),
      () => listener.close(),
    );
    for (const { ends } of [ipv4, ipv6]) ports.push(...ends.map(({ localPort }) => localPort));
    ports.push(mapped.port, mapped.clientPort, listener.port);
    const settled = (rows: ReturnType<typeof ss>) =>
      rowsOf(ipv4, rows).filter(
        ({ localPort, remotePort }) => localPort !== listener.port && remotePort !== listener.port,
      );
    await vi.waitFor(() => expect(settled(ss())).toEqual(expectedRows(ipv4)), 20_000);
  });

  afterAll(async () => {
    for (const close of closing) await close();
  });

  /** The test's own rows that a filter picks, and how many rows there were to pick from. */
  function pick(filter: Filter, family: Family, isPushed: boolean): { rows: string[]; from: number; asked: string } {
    const collector = openSockDiag({ family, ...(isPushed && { where: filter }) });
    const { bytes, layout } = collector.collect(decoder);
    const table = decoder.decode(bytes, layout);
    const rows = [];
    for (const { state, localAddress, localPort, remoteAddress, remotePort } of table.select({ where: filter })) {
      const row = `${state} ${localAddress}:${localPort} ${remoteAddress}:${remotePort}`;
      if (own.has(localAddress)) rows.push(row);
    }
    collector.close();
    return { rows: rows.sort(), from: table.length, asked: collector.asked ?? "" };
  }

  /** Rows change states by themselves at times: then they are asked once more. */
  function expectSame(filter: Filter, family: Family): string[] {
    for (let attempt = 1; ; attempt++) {
      const before = pick(filter, family, false);
      const pushed = pick(filter, family, true);
      const after = pick(filter, family, false);
      if (attempt < 5 && before.rows.join() !== after.rows.join()) continue;
      expect(pushed.rows, `${filter.text} asks for ${pushed.asked}`).toEqual(before.rows);
      return pushed.rows;
    }
  }

  const port = () => fc.oneof(fc.constantFrom(...ports), fc.nat({ max: 65535 }));
  const side = fc.constantFrom<AddressColumn>("localAddress", "remoteAddress");
  const maskOf = (prefix: number) => (prefix <= 0 ? 0 : prefix >= 32 ? 0xffffffff : (-1 << (32 - prefix)) >>> 0);
  const ipv4 = () =>
    fc
      .record({
        column: side,
        address: fc.constantFrom(
          ...[host, mappedHost, "127.0.0.1", "0.0.0.0"].map((text) => parseIPv4(text) as number),
        ),
        prefix: fc.integer({ min: 0, max: 32 }),
      })
      .map(({ column, address, prefix }): Expression => {
        const mask = maskOf(prefix);
        return { kind: "ipv4", column, address: (address & mask) >>> 0, mask };
      });
  const ipv6 = () =>
    fc
      .record({
        column: side,
        address: fc.constantFrom<IPv6>([0, 0, 0, 1], [0, 0, 0, 0], [0, 0, 0xffff, parseIPv4(mappedHost) as number]),
        prefix: fc.integer({ min: 0, max: 128 }),
      })
      .map(({ column, address, prefix }): Expression => {
        const masks = [0, 32, 64, 96].map((bits) => maskOf(prefix - bits));
        const word = (at: 0 | 1 | 2 | 3) => (address[at] & (masks[at] as number)) >>> 0;
        const mask = masks as unknown as IPv6;
        return { kind: "ipv6", column, address: [word(0), word(1), word(2), word(3)], mask };
      });
  const states = fc.subarray([2, 3, 4, 5, 6, 7, 8, 9, 10, 11], { minLength: 1 }).map((numbers): Expression => {
    return { kind: "state", states: Uint8Array.from({ length: 256 }, (_, state) => Number(numbers.includes(state))) };
  });

  test("for any filter, over sockets in many states, of both families, IPv4-mapped ones among them", () => {
    const range = fc
      .tuple(fc.constantFrom("localPort" as const, "remotePort" as const), port(), port(), fc.boolean())
      .map(([column, a, b, isOne]): Expression => {
        return { kind: "range", column, from: isOne ? a : Math.min(a, b), to: isOne ? a : Math.max(a, b) };
      });
    const { node } = fc.letrec<{ node: Expression }>((tie) => ({
      node: fc.oneof(
        { maxDepth: 3 },
        fc.oneof(range, ipv4(), ipv6(), states),
        tie("node").map((operand): Expression => ({ kind: "not", operand })),
        fc
          .tuple(fc.constantFrom("and" as const, "or" as const), fc.array(tie("node"), { minLength: 1, maxLength: 3 }))
          .map(([kind, operands]): Expression => ({ kind, operands })),
      ),
    }));
    const found = { rows: 0 };
    fc.assert(
      fc.property(node, fc.constantFrom(4 as const, 6 as const), (expression, family) => {
        found.rows += expectSame({ text: "a random filter", expression }, family).length;
      }),
      { numRuns: 250, interruptAfterTimeLimit: 20_000, endOnFailure: true },
    );
    expect(found.rows).toBeGreaterThan(100);
  });

  test.each([
    ["dst 0.0.0.0", "its remote address is left over: the filter reads it as 0.0.0.0"],
    ["not dst $HOST", "what is left over is no remote end"],
    ["dport = 0", "it has no remote port"],
    ["not dport > 0", "it has no remote port"],
  ])("%s finds a listener that was a connection before: %s", (text) => {
    const rows = expectSame(compileFilter(text.replace("$HOST", host)), 4);
    expect(rows.filter((row) => row.includes(`${host}:${leftOver.port} `))).toHaveLength(1);
  });

  test("and reads fewer rows: listeners, and those of one port", () => {
    const everything = pick(compileFilter(""), 4, true);
    const [port] = ports as [number];
    for (const text of ["state listening", `sport = ${port} or dport = ${port}`, `src ${host}`]) {
      const { rows, from } = pick(compileFilter(text), 4, true);
      expect(rows.length, text).toBeGreaterThan(0);
      expect(from, text).toBeLessThan(everything.from);
    }
  });

  test("also through openCollectors, both families at once, with owners beside", () => {
    const [port] = ports as [number];
    const where = compileFilter(`sport = ${port}`);
    const opened = openCollectors([4, 6], { where, owner: "pid" });
    for (const each of opened) {
      if ("error" in each) throw each.error;
      expect(each.collector.asked).toBe("ports");
      const { bytes, layout, hiddenOwners } = each.collector.collect(decoder);
      const table = decoder.decode(bytes, layout);
      expect([...table.columns.localPort].every((each) => each === port)).toBe(true);
      expect(table.columns.owningPid?.includes(process.pid)).toBe(each.family === 4);
      expect(hiddenOwners).toBeTypeOf("number");
      each.collector.close();
    }
  });
});
