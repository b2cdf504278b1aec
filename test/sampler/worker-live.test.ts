import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { beforeAll, expect, test } from "vitest";
import { ownNetwork } from "../../bench/memory/namespace.js";
import { built } from "../support/child.js";
import { describeWith, operatingSystem } from "../support/needs.js";
import { OWN_NETWORK } from "../support/network.js";

describeWith([operatingSystem("linux"), ...OWN_NETWORK], "a sampler in a worker", () => {
  let enter: readonly string[] = [];
  beforeAll(async () => {
    enter = [...((await ownNetwork()) ?? []), "sh", "-c", 'ip link set lo up && exec "$@"', "sh"];
  });

  /** Runs a program in a network of its own, and gives what it prints. */
  async function run<Result>(code: string): Promise<Result> {
    const program = `
      import { once } from "node:events";
      import { connect, createServer } from "node:net";
      import { sampleTcpTables } from ${built("index.js")};
      ${code}`;
    const [command = "", ...words] = [...enter, process.execPath, "--input-type=module", "--eval", program];
    const { stdout, stderr } = await promisify(execFile)(command, words);
    expect(stderr).toBe("");
    return JSON.parse(stdout) as Result;
  }

  test("that is to finish tells at once what has happened, an hour before its next tick, and is over without a thread", async () => {
    const told = await run(`
      const sampler = sampleTcpTables({ every: 3_600_000, worker: true });
      await sampler.next();
      const server = createServer();
      await once(server.listen(0, "127.0.0.1"), "listening");
      const { port } = server.address();
      const last = sampler.next();
      sampler.finish();
      const { value } = await last;
      const opened = [...value.events()].map(({ event, row }) => [event, row.localPort === port]);
      const over = await sampler.next();
      server.close();
      await once(server, "close");
      const threads = process.getActiveResourcesInfo().filter((name) => /Worker|MessagePort/.test(name));
      console.log(JSON.stringify({ opened, done: over.done, threads }));`);
    expect(told).toEqual({ opened: [["opened", true]], done: true, threads: [] });
  });

  test("whose consumer is 20 times too slow merges samples, and tells each connection's end once nevertheless", async () => {
    const { closed, samples, lost } = await run<{ closed: number[]; samples: number[]; lost: number }>(`
      const server = createServer((socket) => socket.on("error", () => {}).resume());
      await once(server.listen(0, "127.0.0.1"), "listening");
      const { port } = server.address();
      const closed = new Map();
      const samples = [];
      let [moments, lost, last] = [0, 0, Infinity];
      const work = async () => {
        for (let number = 0; number < 300; number++) {
          const socket = connect(port, "127.0.0.1");
          await once(socket, "connect");
          const { localPort } = socket;
          closed.set(localPort, 0);
          socket.end();
          await once(socket, "close");
        }
      };
      for await (const moment of sampleTcpTables({ every: 10, worker: true })) {
        lost += moment.lost;
        samples.push(moment.samples);
        for (const { event, row } of moment.events())
          if (event === "closed" && closed.has(row.localPort)) closed.set(row.localPort, closed.get(row.localPort) + 1);
        if (moments++ === 0) work().then(() => { last = moments + 4; });
        // Two groups may be on their way that were made before the last connection had ended.
        if (moments > last) break;
        await new Promise((resolve) => setTimeout(resolve, 200));
      }
      server.close();
      console.log(JSON.stringify({ closed: [...closed.values()], samples, lost }));`);
    expect(lost).toBe(0);
    expect(closed).toEqual(Array(300).fill(1));
    expect(Math.max(...samples)).toBeGreaterThan(3);
  });
});
