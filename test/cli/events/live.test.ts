import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { closeSync, constants, mkdtempSync, openSync, readFileSync, rmSync, writeSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { ROOT } from "../../support/child.js";
import { describeWith, operatingSystem, type Requirement } from "../../support/needs.js";
import { Network, OWN_NETWORK } from "../../support/network.js";
import { COMMAND, run } from "../command.js";

const LINUX = operatingSystem("linux");
const NOBODY = ["setpriv", "--reuid", "65534", "--clear-groups"];

interface Line {
  readonly event: string;
  readonly time: string;
  readonly state: string;
  readonly stateBefore?: string;
  readonly localPort: number;
  readonly remotePort: number;
  readonly sampled?: false;
  readonly bytesSent: number | null;
  readonly bytesReceived: number | null;
}

/** Where listeners are opened to see that the command has begun. */
const FIRST_MARKER = 10_000;
/** The first port of the connections that count. They have ports of their own: the kernel would give some of them twice. */
const FIRST_PORT = 20_000;

let network: Network;
beforeAll(async () => {
  network = await Network.open();
});
afterAll(() => network?.close());

/** `tcptable events` in the network, with --ndjson. */
class Watch {
  readonly lines: Line[] = [];
  stderr = "";
  readonly #ended: Promise<unknown[]>;
  readonly #child;

  constructor(words: readonly string[], as: readonly string[] = []) {
    const [nsenter, ...flags] = network.enter;
    this.#child = spawn(nsenter, [...flags, ...as, process.execPath, COMMAND, "events", "--ndjson", ...words], {
      stdio: ["ignore", "pipe", "pipe"],
    });
    this.#ended = once(this.#child, "close");
    let text = "";
    this.#child.stdout.setEncoding("utf8").on("data", (part: string) => {
      const parts = (text + part).split("\n");
      text = parts.pop() as string;
      this.lines.push(...parts.map((line) => JSON.parse(line) as Line));
    });
    this.#child.stderr.setEncoding("utf8").on("data", (part: string) => {
      this.stderr += part;
    });
  }

  /** Lets listeners come and go until one is told: the first table is not, and nobody knows when it is read. */
  async begun(): Promise<void> {
    await network.run(`
      held.marking = setInterval(async () => {
        const marker = await listen("127.0.0.1", ${FIRST_MARKER} + (held.markers = (held.markers ?? 0) + 1));
        setTimeout(() => marker.close(), 1500);
      }, 200);`);
    await this.told(({ localPort }) => localPort > FIRST_MARKER && localPort < FIRST_PORT);
    await network.run("clearInterval(held.marking);");
  }

  /** Waits for a line. */
  async told(isIt: (line: Line) => boolean): Promise<void> {
    while (!this.lines.some(isIt)) {
      if (this.#child.exitCode !== null) throw new Error(`It ended: ${this.stderr}`);
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  }

  async stop(signal: NodeJS.Signals = "SIGINT"): Promise<unknown> {
    this.#child.kill(signal);
    const [code] = await this.#ended;
    return code;
  }
}

/** Whether a process has a handler for SIGTERM, which is signal 15. */
function hearsTerm(pid: number): boolean {
  const [, caught = "0"] = /^SigCgt:\s*([\da-f]+)/m.exec(readFileSync(`/proc/${pid}/status`, "utf8")) ?? [];
  return (BigInt(`0x${caught}`) & (1n << 14n)) !== 0n;
}

/** Whether a process does not wait in a write to its standard output: Node's stream has seen to that. */
function writesWithoutWaiting(pid: number): boolean {
  const [, flags = "0"] = /^flags:\s*([0-7]+)/m.exec(readFileSync(`/proc/${pid}/fdinfo/1`, "utf8")) ?? [];
  return (Number.parseInt(flags, 8) & constants.O_NONBLOCK) !== 0;
}

/** The lines of one socket. */
function linesOf(lines: readonly Line[], localPort: number, remotePort: number): Line[] {
  return lines.filter((line) => line.localPort === localPort && line.remotePort === remotePort);
}

describeWith([LINUX, ...OWN_NETWORK], "in a network of its own, tcptable events", () => {
  const users: readonly [string, number, readonly string[], readonly Requirement[]][] = [
    ["as this user", FIRST_PORT, [], []],
    ["as nobody", FIRST_PORT + 10_000, NOBODY, [ROOT]],
  ];

  describe.each(users)("%s", (_, firstPort, as, needs) => {
    describeWith(needs, "told at 1 Hz", () => {
      test("tells 1,000 connections of a millisecond, 50 of a second and their listener, each exactly once", async () => {
        const watch = new Watch(["--every", "1s"], as);
        await watch.begun();
        const { port, short, long } = await network.run<{ port: number; short: number[]; long: number[] }>(`
          let next = ${firstPort};
          const server = await listen("127.0.0.1");
          const { port } = server.address();
          const wait = (time) => new Promise((resolve) => setTimeout(resolve, time));
          const live = async (time) => {
            const { client, server: accepted } = await open("127.0.0.1", port, next++);
            const { localPort } = client;
            client.write("hello");
            if (time > 0) await wait(time);
            const both = Promise.all([once(client, "close"), once(accepted, "close")]);
            client.end();
            accepted.end();
            await both;
            return localPort;
          };
          const long = Promise.all(Array.from({ length: 50 }, () => live(2500)));
          const short = [];
          for (let batch = 0; batch < 50; batch++) {
            short.push(...await Promise.all(Array.from({ length: 20 }, () => live(0))));
            await wait(10);
          }
          const result = { port, short, long: await long };
          server.close();
          return result;`);
        await watch.told(
          ({ event, localPort, state }) => event === "closed" && localPort === port && state === "LISTEN",
        );
        expect(await watch.stop()).toBe(0);
        expect(watch.stderr).toBe("");
        const { lines } = watch;
        expect(lines.filter(({ event }) => event === "lost")).toEqual([]);

        expect(new Set(short).size).toBe(1000);
        const kinds = (socket: readonly Line[]) =>
          socket.map(({ event }) => event).filter((event) => event !== "changed");
        for (const client of short) {
          for (const [local, remote, sent] of [
            [client, port, 5],
            [port, client, 0],
          ] as const) {
            const socket = linesOf(lines, local, remote);
            // Where a sample happened to see it, it has opened too.
            expect(kinds(socket)).toEqual(socket.length === 1 ? ["closed"] : ["opened", "closed"]);
            expect(socket.at(-1)).toMatchObject({ event: "closed", bytesSent: sent });
          }
        }
        for (const client of long) {
          for (const [local, remote, sent] of [
            [client, port, 5],
            [port, client, 0],
          ] as const) {
            const socket = linesOf(lines, local, remote);
            expect(kinds(socket)).toEqual(["opened", "closed"]);
            expect(socket.at(-1)).toMatchObject({ event: "closed", bytesSent: sent });
            expect(socket.at(-1)).not.toHaveProperty("sampled");
          }
        }
        expect(kinds(linesOf(lines, port, 0))).toEqual(["opened", "closed"]);
        // Most lived between two samples.
        expect(lines.filter(({ sampled }) => sampled === false).length).toBeGreaterThan(1500);
      });
    });
  });

  test("tells who gets stuck: state close-wait picks what changes to it", async () => {
    const watch = new Watch(["--every", "100ms", "state", "close-wait", "listening"]);
    await watch.begun();
    const port = await network.run<number>(`
      held.server = await listen("127.0.0.1");
      Object.assign(held, { pair: await open("127.0.0.1", held.server.address().port) });
      await new Promise((resolve) => setTimeout(resolve, 300));
      held.pair.client.end();
      return held.server.address().port;`);
    await watch.told(({ event }) => event === "changed");
    expect(await watch.stop("SIGTERM")).toBe(0);
    const stuck = watch.lines.filter(({ state }) => state !== "LISTEN");
    expect(stuck).toMatchObject([
      { event: "changed", stateBefore: "ESTABLISHED", state: "CLOSE-WAIT", localPort: port },
    ]);
    expect(stuck).toHaveLength(1);
    await network.run(`held.pair.client.destroy(); held.pair.server.destroy(); held.server.close();`);
  });

  test("takes a last sample at Ctrl-C: what has happened since the one before is told", async () => {
    const watch = new Watch(["--every", "100ms", "-p"]);
    await watch.begun();
    const slow = new Watch(["--every", "30s"]);
    // One second is enough to have the first sample, and no other comes for half a minute.
    await new Promise((resolve) => setTimeout(resolve, 2000));
    const port = await network.run<number>(`
      held.server = await listen("127.0.0.1");
      return held.server.address().port;`);
    await watch.told(({ localPort }) => localPort === port);
    expect(await slow.stop()).toBe(0);
    expect(linesOf(slow.lines, port, 0)).toMatchObject([{ event: "opened", state: "LISTEN" }]);
    expect(await watch.stop()).toBe(0);
    expect(linesOf(watch.lines, port, 0)).toMatchObject([{ processName: "node", owningPid: expect.any(Number) }]);
    await network.run(`held.server.close();`);
  });

  test("ends after --for, with a whole array", () => {
    const [nsenter, ...flags] = network.enter;
    const words = ["events", "--every", "50ms", "--for", "200ms", "--json", "--stats", "sport", "=", ":1"];
    const { code, stdout, stderr } = run(nsenter, [...flags, process.execPath, COMMAND, ...words]);
    expect({ code, stdout }).toEqual({ code: 0, stdout: "[\n]\n" });
    expect(stderr).toMatch(/^source {3}NETLINK_SOCK_DIAG\nsource {3}.*\nsamples {2}\d+ in \d+ ms, /);
    expect(stderr).toMatch(/^events {3}0 opened, 0 closed, 0 changed$/m);
  });

  test.each(["--ndjson", "--json", ""])(
    "ends quietly when nobody reads any more, although nothing happens: %s",
    async (format) => {
      const [nsenter, ...flags] = network.enter;
      const line = `${flags.join(" ")} "$NODE" "$COMMAND" events ${format} sport = :1; echo "code $?" >&2`;
      const environment = { ...process.env, NODE: process.execPath, COMMAND };
      const child = spawn("bash", ["-c", `{ ${nsenter} ${line}; } | true`], {
        env: environment,
        stdio: ["ignore", "pipe", "pipe"],
      });
      let stderr = "";
      child.stderr.setEncoding("utf8").on("data", (part: string) => {
        stderr += part;
      });
      const [code] = await once(child, "close");
      expect({ code, stderr }).toEqual({ code: 0, stderr: "code 0\n" });
    },
  );

  test("hears signals while its reader is stuck: the first waits for the reader, the second ends it", async () => {
    const folder = mkdtempSync(join(tmpdir(), "tcptable-stuck-"));
    const path = join(folder, "pipe");
    execFileSync("mkfifo", [path]);
    // Holds both ends, and fills the pipe, so that the command's first write has no room.
    const full = openSync(path, constants.O_RDWR | constants.O_NONBLOCK);
    const output = openSync(path, "w");
    let child: ChildProcess | undefined;
    try {
      for (const bytes of [4096, 1])
        expect(() => Array.from({ length: 1e6 }, () => writeSync(full, Buffer.alloc(bytes)))).toThrow("EAGAIN");
      const [nsenter, ...flags] = network.enter;
      const words = [...flags, process.execPath, COMMAND, "events", "--json"];
      const watch = spawn(nsenter, words, { stdio: ["ignore", output, "inherit"] });
      child = watch;
      const ended = once(watch, "exit");
      const until = async (isSo: (pid: number) => boolean) => {
        while (watch.exitCode === null && watch.signalCode === null && !isSo(watch.pid as number))
          await new Promise((resolve) => setTimeout(resolve, 50));
      };
      await until(writesWithoutWaiting);
      // It listens to signals right after that.
      await new Promise((resolve) => setTimeout(resolve, 200));
      watch.kill("SIGTERM");
      // It has heard it when it listens no more, and is still there.
      await until((pid) => !hearsTerm(pid));
      expect([watch.exitCode, watch.signalCode]).toEqual([null, null]);
      watch.kill("SIGTERM");
      expect(await ended).toEqual([null, "SIGTERM"]);
    } finally {
      child?.kill("SIGKILL");
      closeSync(output);
      closeSync(full);
      rmSync(folder, { recursive: true });
    }
  });

  test("ends quietly when the program that has started it lets go of its output, which is a socket then", async () => {
    const [nsenter, ...flags] = network.enter;
    const child = spawn(nsenter, [...flags, process.execPath, COMMAND, "events", "--json", "sport", "=", ":1"], {
      stdio: ["ignore", "pipe", "inherit"],
    });
    await once(child.stdout, "data");
    child.stdout.destroy();
    expect(await once(child, "exit")).toEqual([0, null]);
  });
});
