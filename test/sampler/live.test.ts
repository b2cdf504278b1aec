import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { beforeAll, expect, test } from "vitest";
import { ownNetwork } from "../../bench/memory/namespace.js";
import { built } from "../support/child.js";
import { describeWith, operatingSystem } from "../support/needs.js";
import { OWN_NETWORK } from "../support/network.js";

/** What a program told of connections that it had opened itself, in a network of its own. */
interface Told {
  readonly sources: string[];
  readonly blind?: string;
  /** By the ends of a connection's row, local one first: the events in their order. */
  readonly events: Record<string, string[]>;
  /** Of the connection that samples saw: what its client's and its server's end told. */
  readonly figures: { bytesSent: number; bytesReceived: number; sampled: boolean }[];
  /** The rows of connections that were told. */
  readonly brief: string[];
  readonly held: string[];
  /** Descriptors and resources before a sampler, and after it. */
  readonly before: [number, string[]];
  readonly after: [number, string[]];
}

const BRIEF = 40;

const program = (options: string, end: string) => `
  import { readdirSync } from "node:fs";
  import { connect, createServer } from "node:net";
  import { once } from "node:events";
  import { sampleTcpTables } from ${built("index.js")};
  const server = createServer((socket) => socket.on("error", () => {}).once("data", () => socket.write("12345")).resume());
  await once(server.listen(0, "127.0.0.1"), "listening");
  const { port } = server.address();
  const ends = (localPort, remotePort) => localPort + "-" + remotePort;
  const rows = (socket) => [ends(socket.localPort, port), ends(port, socket.localPort)];
  const pause = (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds));
  const open = () => [readdirSync("/proc/self/fd").length, process.getActiveResourcesInfo().sort()];
  const events = {}, figures = [], brief = [], held = [];
  let sources, blind;
  async function sample(work) {
    const controller = new AbortController();
    const sampler = sampleTcpTables({ every: 50, signal: controller.signal, ${options} });
    let moments = 0, last = Infinity;
    try {
      for await (const moment of sampler) {
        ({ sources, blind } = moment);
        for (const event of moment.events()) {
          if (!event.row || event.row.remotePort === 0) continue;
          const key = ends(event.row.localPort, event.row.remotePort);
          (events[key] ??= []).push(event.event);
          if (event.event === "closed" && held.includes(key) && event.sampled)
            figures.push({ bytesSent: Number(event.bytesSent), bytesReceived: Number(event.bytesReceived), sampled: event.sampled });
        }
        if (moments++ === 0) work().then(() => { last = moments + 5; });
        if (moments > last) { ${end} }
      }
    } catch (error) {
      if (error.name !== "AbortError") throw error;
    }
  }
  const quick = async () => {
    const socket = connect(port, "127.0.0.1");
    await once(socket, "connect");
    brief.push(...rows(socket));
    socket.end();
    await once(socket, "close");
  };
  // The first one loads libraries, and whatever else is loaded once, also by Node for a connection.
  await sample(quick);
  await pause(50);
  const before = open();
  await sample(async () => {
    const socket = connect(port, "127.0.0.1");
    await once(socket, "connect");
    held.push(...rows(socket));
    socket.write("123");
    await once(socket, "data");
    await pause(200);
    for (let number = 0; number < ${BRIEF / 2 - 1}; number++) await quick();
    socket.end();
    await once(socket, "close");
  });
  await pause(50);
  const after = open();
  console.log(JSON.stringify({ sources, blind, events, figures, brief, held, before, after }));
  server.close();`;

describeWith([operatingSystem("linux"), ...OWN_NETWORK], "a sampler of real connections", () => {
  let enter: readonly string[] = [];
  beforeAll(async () => {
    enter = [...((await ownNetwork()) ?? []), "sh", "-c", 'ip link set lo up && exec "$@"', "sh"];
  });

  test.each([
    ["on this thread", "names: true", "break;"],
    ["in a worker", "worker: true", "break;"],
    ["in a worker that a signal ends", "worker: true", "controller.abort();"],
    ["on this thread, one family", "families: [4]", "await sampler.return();"],
  ])("%s tells each exactly once, also those of a millisecond, and leaves nothing open", async (_, options, end) => {
    const [command = "", ...words] = [
      ...enter,
      process.execPath,
      "--input-type=module",
      "--eval",
      program(options, end),
    ];
    const { stdout, stderr } = await promisify(execFile)(command, words);
    expect(stderr).toBe("");
    const told = JSON.parse(stdout) as Told;
    expect(told.sources.at(-1)).toBe("NETLINK_SOCK_DIAG's groups of destroyed sockets");
    expect(told.blind).toBeUndefined();
    expect(told.brief).toHaveLength(BRIEF);
    expect(Object.keys(told.events).sort()).toEqual([...told.brief, ...told.held].sort());
    for (const key of told.held)
      expect(told.events[key]).toEqual(
        ["opened", "changed", "closed"].filter((event) => told.events[key]?.includes(event)),
      );
    for (const key of [...told.brief, ...told.held])
      expect(told.events[key]?.filter((event) => event === "closed")).toHaveLength(1);
    for (const key of told.held) expect(told.events[key]?.[0]).toBe("opened");
    expect(told.figures.map(({ bytesSent }) => bytesSent).sort()).toEqual([3, 5]);
    expect(told.after).toEqual(told.before);
  });
});
