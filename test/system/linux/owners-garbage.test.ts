import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { expect, test } from "vitest";
import { built } from "../../support/child.js";
import { describeWith, operatingSystem, type Requirement } from "../../support/needs.js";

const execute = promisify(execFile);

/** Processes of its own: other programs' come and go, and to know a new one takes memory. */
const UNSHARE = ["--pid", "--fork", "--mount-proc"];
const NAMESPACE: Requirement & { readonly mendable: false } = {
  what: "a namespace for processes",
  present: await execute("unshare", [...UNSHARE, "true"]).then(
    () => true,
    () => false,
  ),
  howToGet: "run the tests as root",
  mendable: false,
};

const PARTS = 9;
const SAMPLES = 300;

/** Prints the bytes of objects that each part of the samples made. */
const SCRIPT = `
  const { SocketOwners } = await import(${built("system/linux/owners.js")});
  const server = require("node:net").createServer().listen(0, "127.0.0.1");
  await new Promise((resolve) => server.once("listening", resolve));
  const words = Int32Array.of(require("node:fs").fstatSync(server._handle.fd).ino, 0);
  const owners = new SocketOwners({ budget: 5 });
  const take = (count) => { for (let sample = 0; sample < count; sample++) owners.resolve(words, words, 0, 1, 2, 1); };
  take(3000);
  gc();
  const used = new Float64Array(${PARTS} + 1);
  used[0] = process.memoryUsage().heapUsed;
  for (let part = 1; part <= ${PARTS}; part++) {
    take(${SAMPLES});
    used[part] = process.memoryUsage().heapUsed;
  }
  if (words[1] !== process.pid) throw new Error("The owner is " + words[1]);
  console.log(JSON.stringify(Array.from({ length: ${PARTS} }, (_, part) => used[part + 1] - used[part])));
  process.exit();`;

describeWith([operatingSystem("linux"), NAMESPACE], "a sample's owners", () => {
  test("are found without garbage where no process and no socket is new", async () => {
    const flags = ["--expose-gc", "--min-semi-space-size=16", "-e", `(async () => {${SCRIPT}})()`];
    const { stdout } = await execute("unshare", [...UNSHARE, process.execPath, ...flags]);
    const bytes = (JSON.parse(stdout) as number[]).sort((a, b) => a - b);
    // To ask for the memory in use makes some 240 bytes itself; what the engine compiles late is in one or two parts.
    expect(bytes[Math.floor(PARTS / 2)]).toBeLessThan(1024);
    expect(bytes[0]).toBeGreaterThanOrEqual(0);
  });
});
