import { execFile } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { build } from "esbuild";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { postedError, receivedError } from "../../src/sampler/worker-messages.js";
import { CollectError, UnsupportedSystemError } from "../../src/system/errors.js";
import { built } from "../support/child.js";
import { describeWith, operatingSystem } from "../support/needs.js";

/** Samples in a worker until that throws, tells the error, and then has nothing left that would keep it alive. */
const SAMPLES = `
  (async () => {
    let moments = 0;
    try {
      for await (const moment of sampleTcpTables({ every: 20, worker: true })) if (moments++ === 3) spoil();
    } catch ({ name, message }) {
      console.log(JSON.stringify({ moments, name, message }));
    }
  })();`;

interface Ended {
  readonly moments: number;
  readonly name: string;
  readonly message: string;
}

async function run(words: readonly string[], env = {}): Promise<Ended> {
  const { stdout } = await promisify(execFile)(process.execPath, words, { env: { ...process.env, ...env } });
  return JSON.parse(stdout) as Ended;
}

/** Node options that make a worker do something when it has posted its third group of frames. */
const afterThreeGroups = (code: string) => ({
  NODE_OPTIONS: `--import=data:text/javascript,${encodeURIComponent(
    `import { isMainThread, parentPort } from "node:worker_threads";
     if (!isMainThread) {
       const post = parentPort.postMessage.bind(parentPort);
       let groups = 0;
       parentPort.postMessage = (message, transfer) => {
         post(message, transfer);
         if (message.kind === "group" && ++groups === 3) setTimeout(() => { ${code} });
       };
     }`,
  )}`,
});

describeWith([operatingSystem("linux")], "the worker of a sampler", () => {
  const sampling = (before: string) => [
    "--input-type=module",
    "--eval",
    `import { createRequire, syncBuiltinESMExports } from "node:module";
     import { sampleTcpTables } from ${built("index.js")};
     ${before}
     ${SAMPLES}`,
  ];

  test("that throws is an error of the next moment, with what it threw", async () => {
    const ended = await run(
      sampling("const spoil = () => {};"),
      afterThreeGroups('throw new Error("the worker broke");'),
    );
    expect(ended).toMatchObject({ name: "SamplerWorkerError" });
    expect(ended.moments).toBeGreaterThan(0);
    expect(ended.message).toContain("has ended by itself: Error: the worker broke.");
  });

  test("that exits is an error of the next moment, with the exit code", async () => {
    const ended = await run(sampling("const spoil = () => {};"), afterThreeGroups("process.exit(3);"));
    expect(ended).toMatchObject({ name: "SamplerWorkerError" });
    expect(ended.message).toBe(
      "The sampler's worker has ended by itself: it ended with exit code 3. Begin another sampler.",
    );
  });

  test("that somebody terminates is an error of the next moment", async () => {
    const before = `
      const threads = createRequire(import.meta.url)("node:worker_threads");
      let worker;
      threads.Worker = class extends threads.Worker {
        constructor(...words) { super(...words); worker = this; }
      };
      syncBuiltinESMExports();
      const spoil = () => worker.terminate();`;
    expect(await run(sampling(before))).toMatchObject({ moments: 4, name: "SamplerWorkerError" });
  });

  test("keeps no process alive that waits for nothing", async () => {
    const program = `
      import { sampleTcpTables } from ${built("index.js")};
      const sampler = sampleTcpTables({ every: 20, worker: true });
      console.log(JSON.stringify({ moments: (await sampler.next()).value.samples }));`;
    expect(await run(["--input-type=module", "--eval", program])).toEqual({ moments: 1 });
  });
});

describe("in a bundle, which does not have the worker's file, worker: true is an error that says what to do", () => {
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "tcptable-bundle-"));
  });
  afterAll(() => rm(folder, { recursive: true }));

  test.each(["esm", "cjs"] as const)("%s", async (format) => {
    const entry = fileURLToPath(new URL("../../dist/index.js", import.meta.url));
    const outfile = join(folder, `bundle-${format}.${format === "esm" ? "mjs" : "cjs"}`);
    const source = join(folder, `${format}.mjs`);
    await writeFile(
      source,
      `import { sampleTcpTables } from ${JSON.stringify(entry)}; const spoil = () => {}; ${SAMPLES}`,
    );
    await build({
      entryPoints: [source],
      outfile,
      format,
      bundle: true,
      platform: "node",
      external: ["koffi"],
      logLevel: "silent",
    });
    const ended = await run([outfile]);
    expect(ended).toMatchObject({ moments: 0, name: "SamplerWorkerError" });
    expect(ended.message).toMatch(
      /^The sampler's worker could not be started: .+ It is a file of this package, dist\/sampler\/worker\.js: leave tcptable out of a bundle, or leave out worker: true\.$/s,
    );
  });
});

describe("an error that a worker posts", () => {
  test("of a system is of its own class again, with its codes and its message", () => {
    const code = { number: 1, name: "EPERM", text: "not allowed" };
    const error = new CollectError("NETLINK_SOCK_DIAG", code, [1, 1], "Become root.");
    const received = receivedError(structuredClone(postedError(error)));
    expect(received).toBeInstanceOf(CollectError);
    expect(received).toMatchObject({ message: error.message, source: "NETLINK_SOCK_DIAG", code, codes: [1, 1] });
    const unsupported = receivedError(structuredClone(postedError(new UnsupportedSystemError("not here"))));
    expect(unsupported).toBeInstanceOf(UnsupportedSystemError);
    expect(unsupported.message).toBe("not here");
  });

  test("of any other class keeps its name, message and stack; what is no error becomes one", () => {
    const error = new RangeError("too many");
    expect(receivedError(structuredClone(postedError(error)))).toMatchObject({
      ...{ name: "RangeError", message: "too many", stack: error.stack },
    });
    expect(receivedError(structuredClone(postedError("why")))).toMatchObject({ message: "why" });
  });
});
