import { afterEach, beforeEach, expect, test } from "vitest";
import { built } from "../support/child.js";
import { describeWith, operatingSystem } from "../support/needs.js";
import { Network, OWN_NETWORK } from "../support/network.js";

/** What `closeConnections` told, without what differs from run to run. */
interface Told {
  readonly results: readonly { readonly outcome: string; readonly ends: string; readonly now?: string }[];
  readonly spared: number;
}

describeWith([operatingSystem("linux"), ...OWN_NETWORK], "closing by filter, in a network of its own,", () => {
  let network: Network;
  beforeEach(async () => {
    network = await Network.open();
  });
  afterEach(() => network?.close());

  /** @param confirm the body of the question's function */
  const close = (where: string, confirm = "return true;") =>
    network.run<Told>(`
      const { closeConnections } = await import(${built("index.js")});
      const confirm = async () => { ${confirm} };
      const { results, found } = await closeConnections({ where: ${JSON.stringify(where)}, orderBy: ["localPort"], confirm });
      const ends = (row) => row.localPort + " to " + row.remotePort;
      return {
        results: results.map(({ outcome, row, now }) => ({ outcome, ends: ends(row), now: now?.state })),
        spared: found.sparedListeners,
      };`);

  test.each(["127.0.0.1", "::1"])(
    "a pair that is made anew from the same port during the question is not closed: %s",
    async (host) => {
      const reopen = `{
        const { client } = held;
        const reset = once(client, "close");
        const { localPort } = client;
        client.resetAndDestroy();
        await reset;
        Object.assign(held, await open("${host}", 8080, localPort));
      }`;
      const halfClose = `{
        const ended = once(held.server, "end");
        held.client.end();
        await ended;
      }`;
      await network.run(`
        held.listener = await listen("${host}", 8080);
        Object.assign(held, await open("${host}", 8080));
        ${halfClose}`);
      const first = await close("state close-wait sport = :8080", `${reopen} return true;`);
      expect(first.results).toMatchObject([{ outcome: "replaced", now: "ESTABLISHED" }]);
      await network.run(halfClose);
      // Now it is brought into the same state again, so that nothing but its cookie tells it apart.
      const second = await close("state close-wait sport = :8080", `${reopen} ${halfClose} return true;`);
      expect(second.results).toMatchObject([{ outcome: "replaced", now: "CLOSE-WAIT" }]);
      const alive = await network.run(`
        const data = once(held.client, "data");
        held.server.write("still here");
        return String((await data)[0]);`);
      expect(alive).toBe("still here");
      // Nobody touches it this time: it is closed.
      expect((await close("state close-wait sport = :8080")).results).toMatchObject([{ outcome: "closed" }]);
    },
  );

  test.each(["127.0.0.1", "::1"])("both ends of a connection: the second goes with the first: %s", async (host) => {
    await network.run(`
      held.listener = await listen("${host}", 8080);
      Object.assign(held, await open("${host}", 8080));`);
    const { results } = await close("state established");
    expect(results.map(({ outcome }) => outcome)).toEqual(["closed", "gone"]);
  });

  test("the columns that the filter uses are asked for by themselves", async () => {
    const pid = await network.run<number>(`
      held.listener = await listen("127.0.0.1", 8080);
      Object.assign(held, await open("127.0.0.1", 8080));
      return process.pid;`);
    expect((await close(`pid = ${pid} dport = :8080`)).results).toMatchObject([{ outcome: "closed" }]);
    expect((await close(`pid = ${pid + 1} sport = :8080`)).results).toEqual([]);
  });

  test("connections that are closing are closed too, TIME-WAIT included", async () => {
    const { ports } = await network.run<{ ports: number[] }>(`
      held.listener = await listen("127.0.0.1", 8080);
      const half = await open("127.0.0.1", 8080);
      half.client.end();
      const done = await open("127.0.0.1", 8080);
      const closed = once(done.client, "close");
      const told = once(done.server, "end");
      const { localPort } = done.client;
      done.client.end();
      await told;
      done.server.end();
      await closed;
      held.half = half.client;
      held.other = half.server;
      return { ports: [half.client.localPort, localPort] };`);
    const { results } = await close("state fin-wait-2 time-wait");
    expect(results.map(({ ends, outcome }) => [ends, outcome])).toEqual(
      ports.toSorted((a, b) => a - b).map((port) => [`${port} to 8080`, "closed"]),
    );
  });

  test.each<[where: string, closed: number, spared: number]>([
    ["exclude synchronized", 0, 2],
    ["exclude connected", 0, 2],
    ["state all exclude connected", 0, 2],
    ["src 127.0.0.0/8", 2, 2],
    ["( state listening sport = :8080 ) or src 127.0.0.0/8", 3, 1],
    ["state listening", 2, 0],
  ])("listeners are closed only where the words name them: %s", async (where, closed, spared) => {
    await network.run(`
      held.listener = await listen("127.0.0.1", 8080);
      held.second = await listen("127.0.0.1", 9090);
      Object.assign(held, await open("127.0.0.1", 8080));`);
    const told = await close(where);
    expect(told.spared).toBe(spared);
    expect(told.results).toHaveLength(closed);
    const { listeners } = await network.run<{ listeners: number }>(`
      const { openTcpTables } = await import(${built("index.js")});
      const reader = await openTcpTables({ where: "state listening" });
      const listeners = reader.read().select().length;
      reader.close();
      return { listeners };`);
    expect(listeners).toBe(spared);
  });
});
