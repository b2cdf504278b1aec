import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { copyFileSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { type AddressInfo, connect, createServer } from "node:net";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from "vitest";
import { type OpenedConnections, openConnections } from "../support/connections.js";
import { describeWith, operatingSystem } from "../support/needs.js";
import { record } from "../support/recordings.js";
import { type Installed, packAndInstall, ROOT } from "./installed.js";

const FOLDER = join(ROOT, "docs/recipes");
const RECIPES = readdirSync(FOLDER).filter((name) => name.endsWith(".mjs"));

test("docs/recipes.md tells of every recipe", () => {
  const page = readFileSync(join(ROOT, "docs/recipes.md"), "utf8");
  for (const name of RECIPES) expect(page).toContain(`](recipes/${name})`);
});

/** A recipe while it runs. */
interface Run {
  /** The next line that matches. @throws it ended before */
  line(pattern: RegExp): Promise<string>;
  /** Ctrl-C, and how it ended. */
  interrupt(): Promise<Ended>;
  ended(): Promise<Ended>;
}

interface Ended {
  readonly code: number | null;
  readonly stderr: string;
}

describeWith([operatingSystem("linux")], "a recipe, run as a stranger would run it", () => {
  let installed: Installed;
  let connections: OpenedConnections;
  const children: ChildProcess[] = [];
  beforeAll(() => {
    installed = packAndInstall();
    for (const name of RECIPES) copyFileSync(join(FOLDER, name), join(installed.folder, name));
  });
  afterAll(() => installed?.remove());
  beforeEach(async () => {
    connections = await openConnections({ host: "127.0.0.77", established: 2, halfClosed: 1 });
  });
  afterEach(async () => {
    for (const child of children.splice(0)) child.kill("SIGKILL");
    await connections.close();
  });

  function run(name: string, ...words: string[]): Run {
    const child = spawn(process.execPath, [name, ...words], { cwd: installed.folder });
    children.push(child);
    let stderr = "";
    child.stderr.on("data", (text) => {
      stderr += text;
    });
    const exit = once(child, "close");
    const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
    const ended = async (): Promise<Ended> => {
      const [code] = await exit;
      return { code, stderr };
    };
    return {
      ended,
      async line(pattern) {
        for (let next = await lines.next(); !next.done; next = await lines.next())
          if (pattern.test(next.value)) return next.value;
        throw new Error(`${name} ended without a line ${pattern}: ${stderr}`);
      },
      interrupt() {
        child.kill("SIGINT");
        return ended();
      },
    };
  }

  const WELL = { code: 0, stderr: "" };

  test("watch-port.mjs tells both ends of a connection that opens and closes at the port, and ends at Ctrl-C", async () => {
    const host = "127.0.0.77";
    const server = createServer((socket) => socket.on("error", () => {}).resume()).listen(0, host);
    await once(server, "listening");
    const { port } = server.address() as AddressInfo;
    const recipe = run("watch-port.mjs", String(port));
    await recipe.line(/^watching port/);
    const socket = connect({ host, port, localAddress: host });
    await once(socket, "connect");
    const client = socket.localPort;
    expect(await recipe.line(/ opened /)).toMatch(
      new RegExp(`(${client} → 127.0.0.77:${port}|${port} → 127.0.0.77:${client}) `),
    );
    socket.resetAndDestroy();
    server.close();
    await recipe.line(new RegExp(` closed 127.0.0.77:${client} → 127.0.0.77:${port} `));
    expect(await recipe.interrupt()).toEqual(WELL);
  });

  test("alert-close-wait.mjs tells a connection that stays in CLOSE-WAIT, and whose it is, once", async () => {
    const recipe = run("alert-close-wait.mjs", "0.2");
    const line = await recipe.line(new RegExp(`127\\.0\\.0\\.77:${connections.port}`));
    expect(line).toMatch(new RegExp(`^${process.pid}/.+ has not closed 127\\.0\\.0\\.77:${connections.port} → `));
    expect(await recipe.interrupt()).toEqual(WELL);
  });

  test("count-by-remote.mjs counts the open connections of an address, of those that the filter picks", async () => {
    const recipe = run("count-by-remote.mjs", `src 127.0.0.77 sport = :${connections.port}`);
    expect(await recipe.line(/127\.0\.0\.77/)).toBe("      3 127.0.0.77");
    expect(await recipe.ended()).toEqual(WELL);
  });

  test("lives-in-recording.mjs tells which connections of a recording matched, and since when, and of half a file that it is one", async () => {
    const row = (state: number) => ({
      ...{ state, localAddress: 0x7f000001, localPort: 443, remoteAddress: 0x7f000001, remotePort: 5000 },
      socketCookie: 7n,
    });
    const { bytes } = await record([5, 5, 8, 8].map((state) => ({ ipv4: { rows: [row(state)] } })));
    writeFileSync(join(installed.folder, "whole.mcap"), bytes);
    writeFileSync(join(installed.folder, "half.mcap"), bytes.subarray(0, bytes.length - 100));
    const recipe = run("lives-in-recording.mjs", "whole.mcap");
    expect(await recipe.line(/→/)).toMatch(/^127\.0\.0\.1:443 → 127\.0\.0\.1:5000 from before 20\S+Z to after 20\S+Z$/);
    expect(await recipe.line(/of them/)).toBe("1 of them in 4 samples");
    expect(await recipe.ended()).toEqual(WELL);
    const half = run("lives-in-recording.mjs", "half.mcap", "sport = :443");
    await half.line(/^1 of them/);
    expect((await half.ended()).stderr).toMatch(/^The recording is not whole: .+/);
  });

  test("sample-in-worker.mjs tells rows, and what several samples told while it was busy, and ends its worker", async () => {
    const recipe = run("sample-in-worker.mjs", "4");
    await recipe.line(/^\d+ rows, \+0 -0 ~0; samples: 1, the last took /);
    await recipe.line(/; samples: ([2-9]|\d\d+), /);
    expect(await recipe.ended()).toEqual(WELL);
  });
});
