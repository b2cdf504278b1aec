import { readdirSync, readlinkSync } from "node:fs";
import { setTimeout } from "node:timers/promises";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { Worker } from "node:worker_threads";
import { afterEach, expect, test, vi } from "vitest";
import { openClosedEvents } from "../../../src/system/linux/closed-events.js";
import { openSockDiag } from "../../../src/system/linux/sockdiag.js";
import { built } from "../../support/child.js";
import { describeWith, operatingSystem } from "../../support/needs.js";
import { MeanBuffer } from "../../support/raw-buffer.js";

const LINUX = operatingSystem("linux");

/** The sockets that this process has open, those of its workers included. */
function sockets(): number {
  return readdirSync("/proc/self/fd").filter((file) => {
    try {
      return readlinkSync(`/proc/self/fd/${file}`).startsWith("socket:");
    } catch {
      return false; // the folder itself, which was open while it was read
    }
  }).length;
}

describeWith([LINUX], "a collector that nobody closes", () => {
  setFlagsFromString("--expose-gc");
  const collectGarbage = runInNewContext("gc") as () => void;

  test("gives its socket back when it is garbage", async () => {
    const before = sockets();
    (() => {
      for (let number = 0; number < 20; number++) openSockDiag().collect(new MeanBuffer());
      expect(sockets()).toBe(before + 20);
    })();
    await vi.waitFor(() => {
      collectGarbage();
      expect(sockets()).toBe(before);
    }, 10_000);
  });

  test("of ends gives its socket back when it is garbage", async () => {
    const before = sockets();
    (() => {
      for (let number = 0; number < 20; number++) openClosedEvents().drain();
      expect(sockets()).toBe(before + 20);
    })();
    await vi.waitFor(() => {
      collectGarbage();
      expect(sockets()).toBe(before);
    }, 10_000);
  });

  test("keeps its socket as long as it is held", async () => {
    const before = sockets();
    const collector = openSockDiag();
    collectGarbage();
    await setTimeout(0);
    collectGarbage();
    expect(sockets()).toBe(before + 1);
    collector.close();
    expect(sockets()).toBe(before);
  });
});

describeWith([LINUX], "a collector in a block with `using`", () => {
  test("is closed by Symbol.dispose: its socket is given back, and it says that it is closed", () => {
    const before = sockets();
    const collector = openSockDiag();
    expect(sockets()).toBe(before + 1);
    collector[Symbol.dispose]();
    expect(sockets()).toBe(before);
    expect(() => collector.collect(new MeanBuffer())).toThrow("This collector is closed. Open another one.");
  });
});

describeWith([LINUX], "in a worker", () => {
  const workers: Worker[] = [];
  afterEach(async () => {
    for (const worker of workers.splice(0)) await worker.terminate();
  });

  /** Runs a script that posts messages. Its collector writes into memory of its own. */
  async function start(script: string): Promise<Worker> {
    const worker = new Worker(
      `const { parentPort } = require("node:worker_threads");
       let view = new Uint8Array(0);
       const into = { reserve: (size) => (view.length < size ? (view = new Uint8Array(size)) : view) };
       import(${built("system/linux/sockdiag.js")}).then(async ({ openSockDiag }) => {
         ${script}
       });`,
      { eval: true },
    );
    workers.push(worker);
    await new Promise<void>((resolve, reject) => worker.once("message", () => resolve()).once("error", reject));
    return worker;
  }

  test("a collector's socket is given back when the worker is terminated between samples", async () => {
    const before = sockets();
    for (let number = 0; number < 5; number++) {
      const worker = await start(`
        globalThis.collector = openSockDiag();
        collector.collect(into);
        parentPort.on("message", () => {}).postMessage("sampled");`);
      expect(sockets()).toBe(before + 1);
      await worker.terminate();
      expect(sockets()).toBe(before);
    }
  });

  test("a collector's socket is given back when the worker is terminated in the middle of a sample", async () => {
    const before = sockets();
    for (let number = 0; number < 5; number++) {
      const worker = await start(`
        const collector = openSockDiag();
        parentPort.postMessage("sampling");
        for (;;) collector.collect(into);`);
      await worker.terminate();
      expect(sockets()).toBe(before);
    }
  });

  test("the socket that hears of ends is given back when the worker is terminated between drains or in the middle of one", async () => {
    const before = sockets();
    for (const then of ['parentPort.on("message", () => {});', "for (;;) collector.drain();"]) {
      const worker = await start(`
        const { openClosedEvents } = await import(${built("system/linux/closed-events.js")});
        const collector = (globalThis.collector = openClosedEvents());
        collector.drain();
        parentPort.postMessage("drained");
        ${then}`);
      expect(sockets()).toBe(before + 1);
      await worker.terminate();
      expect(sockets()).toBe(before);
    }
  });

  test("a collector that was closed leaves other files alone when the worker ends", async () => {
    const before = sockets();
    const worker = await start(`
      process.on("warning", (warning) => parentPort.postMessage(warning.message));
      const collectors = [openSockDiag(), openSockDiag({ family: 6 })];
      for (const collector of collectors) collector.collect(into);
      for (const collector of collectors) collector.close();
      parentPort.on("message", () => {}).postMessage("closed");`);
    const warnings: string[] = [];
    worker.on("message", (warning) => warnings.push(warning));
    expect(sockets()).toBe(before);
    // These get the numbers that the closed ones had.
    const others = [openSockDiag(), openSockDiag()];
    await worker.terminate();
    expect(sockets()).toBe(before + 2);
    for (const other of others) {
      expect(other.collect(new MeanBuffer()).attempts).toBe(1);
      other.close();
    }
    expect(warnings).toEqual([]);
  });
});
