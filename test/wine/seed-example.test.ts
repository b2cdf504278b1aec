import { execFileSync } from "node:child_process";
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { type OpenedConnections, openConnections } from "../support/connections.js";
import { describeWith, type Requirement } from "../support/needs.js";
import { MINGW, type Outcome, openWindows, WINDOWS, type Windows } from "../support/windows.js";

/** The document that the project implements lies beside the repository, and is not a part of it. */
const SEED = fileURLToPath(new URL("../../../shared/seed/", import.meta.url));
const DOCUMENT: Requirement = {
  what: "the seed document",
  present: existsSync(SEED),
  howToGet: "put GetTcpTable's page of the Windows documentation into ../shared/seed, beside the repository",
  // The public workflow checks out the repository alone. Everywhere else under CI the document must be there.
  ...(process.env.GITHUB_ACTIONS && { mendable: false }),
};

const PROGRAM = "test/wine/programs/seed-example.mjs";

/** The example's source, as the document has it. */
function exampleSource(): string {
  const entities: Record<string, string> = { lt: "<", gt: ">", quot: '"', amp: "&" };
  for (const name of readdirSync(SEED)) {
    const text = readFileSync(join(SEED, name), "utf8");
    const source = /<pre>(.*?)<\/pre>/s.exec(text)?.[1];
    if (source?.includes("int main()") && text.includes("# GetTcpTable function")) {
      return source.replace(/&(lt|gt|quot|amp);/g, (_, entity: string) => entities[entity] as string);
    }
  }
  throw new Error(`No document in ${SEED} has GetTcpTable's example.`);
}

/** The example's printed text, row by row. Throws where anything in it is not as the example prints it. */
function parse({ stdout }: Outcome): { readonly count: number; readonly blocks: readonly string[] } {
  const [header = "", ...blocks] = stdout.replaceAll("\r\n", "\n").split("\n\n");
  const count = Number(/^\tNumber of entries: (\d+)$/.exec(header)?.[1]);
  if (blocks.length !== count) throw new Error(`${header} is not what ${blocks.length} blocks need.`);
  return {
    count,
    blocks: blocks.map((block, index) => {
      if (block.match(/TCP\[\d+\]/g)?.some((tag) => tag !== `TCP[${index}]`))
        throw new Error(`Not number ${index}: ${block}`);
      // Other connections come and go, so that numbers differ from run to run.
      return block.replaceAll(`TCP[${index}]`, "TCP[i]").trimEnd();
    }),
  };
}

/** The rows of these connections. In an order of our own: what Wine calls sorted is not. */
function blocksOf({ host, port }: OpenedConnections, { blocks }: { readonly blocks: readonly string[] }): string[] {
  const isOurs = (block: string) =>
    block.includes(`Local Addr: ${host}\n`) && new RegExp(`Port: ${port}\\b`).test(block);
  return blocks.filter(isOurs).toSorted();
}

describeWith([...WINDOWS, MINGW, DOCUMENT], "the seed document's example", () => {
  let windows: Windows;
  let folder: string;

  beforeAll(() => {
    windows = openWindows("test/wine/programs");
    folder = mkdtempSync(join(tmpdir(), "tcptable-seed-"));
    writeFileSync(join(folder, "example.c"), exampleSource());
  });
  afterAll(async () => {
    await windows?.close();
    rmSync(folder, { recursive: true, force: true });
  });

  /** Compiles the example as it is. Returns the .exe file. @param library what has GetTcpTable */
  function compile(name: string, library: string): string {
    const executable = join(folder, `${name}.exe`);
    execFileSync(MINGW.what, ["-o", executable, join(folder, "example.c"), library, "-lws2_32"]);
    return executable;
  }

  test("prints the same of the same connections as a program that uses the library", async () => {
    const example = compile("example", "-liphlpapi");
    const opened = await openConnections({ established: 2, halfClosed: 2, timeWait: 2 });
    try {
      await vi.waitFor(
        async () => {
          const [theirs, ours] = [await windows.execute(example), await windows.node(PROGRAM)];
          expect([theirs.code, ours.code, ours.stderr]).toEqual([0, 0, ""]);
          const blocks = blocksOf(opened, parse(theirs));
          expect(blocksOf(opened, parse(ours))).toEqual(blocks);
          expect(blocks).toHaveLength(opened.ends.length);
          for (const { state } of opened.ends) {
            expect(
              blocks.some((block) => block.includes(` - ${state}`)),
              state,
            ).toBe(true);
          }
        },
        { timeout: 30_000, interval: 200 },
      );
    } finally {
      await opened.close();
    }
  });

  /** The example and our program, both with a GetTcpTable of our own. */
  async function runBoth(name: string, ...flags: readonly string[]): Promise<[theirs: Outcome, ours: Outcome]> {
    const library = join(folder, `${name}.dll`);
    const source = fileURLToPath(new URL("every-state.c", import.meta.url));
    execFileSync(MINGW.what, ["-shared", "-Wall", "-Wextra", ...flags, "-o", library, source]);
    const example = compile(name, library);
    const told = process.platform === "win32" ? library : `Z:${library.replaceAll("/", "\\")}`;
    return [await windows.execute(example), await windows.startNode({}, PROGRAM, told)];
  }

  test("prints the same of every state, of an unknown one and of garbage in the ports, in the same order", async () => {
    const [theirs, ours] = await runBoth("every-state");
    expect([theirs.code, ours.code, ours.stderr]).toEqual([0, 0, ""]);
    expect(parse(theirs).count).toBe(15);
    expect(ours.stdout).toBe(theirs.stdout.replaceAll("\r\n", "\n"));
    expect(ours.stdout).toContain("State: 7 - FIN-WAIT-2 \n");
    expect(ours.stdout).toContain("State: 100 - UNKNOWN dwState value\n");
  });

  test.each([50, 87])("prints the same of a failure with code %i, and exits with 1", async (code) => {
    const [theirs, ours] = await runBoth(`fails-${code}`, `-DFAILS=${code}`);
    expect([theirs.code, ours.code, ours.stderr]).toEqual([1, 1, ""]);
    expect(ours.stdout).toBe(`\tGetTcpTable failed with ${code}\n`);
    expect(theirs.stdout.replaceAll("\r\n", "\n")).toBe(ours.stdout);
  });
});
