import { createHash } from "node:crypto";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { publint } from "publint";
import { formatMessage } from "publint/utils";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { KERNEL_SHA256 } from "../../src/decoder/wasm/kernel.js";
import { type Installed, node, packAndInstall, ROOT } from "./installed.js";
import { decodingProgram, GOLDEN, LIVE_PROGRAM, TYPED_PROGRAM } from "./programs.js";

let installed: Installed;
beforeAll(() => {
  installed = packAndInstall();
});
afterAll(() => installed?.remove());

/** A development tool's own program file. */
const tool = (path: string) => join(ROOT, "node_modules", path);

describe("the tarball", () => {
  test("the tarball holds what users need, and nothing else", () => {
    const expected =
      /^(package\.json|README\.md|LICENSE|CHANGELOG\.md|dist\/.+\.(js|d\.ts)(\.map)?|dist\/decoder\/decoder\.wasm)$/;
    expect(installed.files.filter((path) => !expected.test(path))).toEqual([]);
    expect(installed.files).toEqual(
      expect.arrayContaining([
        "package.json",
        "README.md",
        "LICENSE",
        "CHANGELOG.md",
        "dist/index.js",
        "dist/index.d.ts",
        "dist/cli/main.js",
        "dist/decoder/index.js",
        "dist/decoder/index.d.ts",
        "dist/decoder/decoder.wasm",
      ]),
    );
  });

  test("the tarball holds nothing that an earlier build left behind", () => {
    const built = installed.files.filter((path) => path.startsWith("dist/") && !path.endsWith(".wasm"));
    const sourceOf = (path: string) =>
      join(ROOT, path.replace(/^dist/, "src").replace(/(\.d\.ts|\.js)(\.map)?$/, ".ts"));
    expect(built.filter((path) => !existsSync(sourceOf(path)))).toEqual([]);
  });

  test("source maps carry their sources, which the tarball has not", () => {
    for (const path of installed.files.filter((name) => name.endsWith(".map"))) {
      const map = JSON.parse(readFileSync(join(installed.folder, "node_modules/tcptable", path), "utf8")) as {
        sources: string[];
        sourcesContent?: unknown[];
      };
      expect(map.sourcesContent?.length, `${path} names ${map.sources}`).toBe(map.sources.length);
    }
  });

  test("publint has nothing to say of the tarball, suggestions included", async () => {
    const tarball = readFileSync(installed.tarball);
    const { messages, pkg } = await publint({
      pack: { tarball: tarball.buffer.slice(tarball.byteOffset, tarball.byteOffset + tarball.byteLength) },
      strict: true,
    });
    expect(messages.map((message) => formatMessage(message, pkg))).toEqual([]);
  });

  test("are-the-types-wrong finds nothing in the tarball", () => {
    const words = [installed.tarball, "--profile", "esm-only", "--exclude-entrypoints", "./decoder.wasm"];
    const attw = tool("@arethetypeswrong/cli/dist/index.js");
    const { code, stdout, stderr } = node([attw, ...words, "--no-definitely-typed", "--format", "ascii"], ROOT);
    expect(stderr).toBe("");
    for (const entry of ["tcptable", "tcptable/decoder"])
      expect(stdout).toContain(`"${entry}"\n\nnode16 (from ESM): 🟢 (ESM)\nbundler: 🟢`);
    expect(code, stdout).toBe(0);
  });
});

describe("installed elsewhere", () => {
  test("installed elsewhere, decoder.wasm resolves, and is the kernel that is embedded", () => {
    const program = installed.write("wasm.js", 'console.log(import.meta.resolve("tcptable/decoder.wasm"));');
    const path = fileURLToPath(node([program], installed.folder).stdout.trim());
    expect(createHash("sha256").update(readFileSync(path)).digest("hex")).toBe(KERNEL_SHA256);
  });

  test("installed elsewhere, tcptable/decoder decodes", () => {
    const program = installed.write("decode.js", decodingProgram("console.log"));
    const { stdout, stderr } = node([program], installed.folder);
    expect(stderr).toBe("");
    expect(JSON.parse(stdout)).toEqual({ engine: "wasm", ...GOLDEN });
  });

  test("installed elsewhere, tcptable reads this machine's table", () => {
    const program = installed.write("live.js", LIVE_PROGRAM);
    const { stdout, stderr } = node([program], installed.folder);
    expect(stderr).toBe("");
    expect(JSON.parse(stdout)).toMatchObject({ engine: "wasm", layout: "MIB_TCPTABLE", name: "LISTEN" });
  });

  test("installed elsewhere, the command runs, and knows its version", () => {
    const { bin, version } = JSON.parse(
      readFileSync(join(installed.folder, "node_modules/tcptable/package.json"), "utf8"),
    ) as { bin: Record<string, string>; version: string };
    const command = join(installed.folder, "node_modules/tcptable", bin.tcptable ?? "");
    expect(node([command, "--version"], installed.folder)).toEqual({ code: 0, stdout: `${version}\n`, stderr: "" });
    const { code, stdout } = node([command, "--json"], installed.folder);
    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toBeInstanceOf(Array);
  });

  test.runIf(process.platform !== "win32")("installed elsewhere, npx finds the command", () => {
    expect(node([join(installed.folder, "node_modules/.bin/tcptable"), "-s"], installed.folder).stdout).toMatch(
      /^State/,
    );
  });
});

describe("types, with skipLibCheck off, no DOM and no @types/node", () => {
  const readme = readFileSync(join(ROOT, "README.md"), "utf8");
  const examples = [...readme.matchAll(/^```ts\n(.*?)^```$/gms)].map(([, block], at): [string, string] => [
    `README example ${at + 1}`,
    `declare const bytes: Uint8Array;\ndeclare const console: { log(...values: unknown[]): void };\n${block}`,
  ]);

  describe.each([
    ["bundler", "ESNext"],
    ["nodenext", "NodeNext"],
  ])("moduleResolution %s", (moduleResolution, module) => {
    test.each([["a program that uses the whole API", TYPED_PROGRAM], ...examples])("%s compiles", (_, text) => {
      const program = installed.write("consumer.ts", text);
      const strict = ["--noEmit", "--strict", "--exactOptionalPropertyTypes", "--skipLibCheck", "false"];
      const world = ["--target", "ES2022", "--lib", "ES2023", "--types", "", "--module", module];
      const resolution = ["--moduleResolution", moduleResolution];
      const tsc = tool("typescript/bin/tsc");
      const { code, stdout } = node([tsc, ...strict, ...world, ...resolution, program], installed.folder);
      expect(stdout).toBe("");
      expect(code).toBe(0);
    });
  });
});
