import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync } from "node:fs";
import { join, posix } from "node:path";
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
      /^(package\.json|README\.md|LICENSE|CHANGELOG\.md|dist\/.+\.(js|d\.ts)|dist\/cli\/(tcptable|completion|events|recordings|view|parquet-rows|arrow-rows)\.cjs|dist\/cli\/tcptable\.1|dist\/viewer\/.+\.(html|css|js|svg|wasm|md)|dist\/decoder\/decoder\.wasm|CONTRIBUTING\.md|docs\/[^/]+\.md|docs\/recipes\/.+\.mjs|docs\/pictures\/.+\.(svg|webp)|bench\/(README\.md|chart\.svg)|src\/(frames|capture)\/format\.md)$/;
    expect(installed.files.filter((path) => !expected.test(path))).toEqual([]);
    expect(installed.files).toEqual(
      expect.arrayContaining([
        "package.json",
        "README.md",
        "LICENSE",
        "CHANGELOG.md",
        "dist/index.js",
        "dist/index.d.ts",
        "dist/cli/tcptable.cjs",
        "dist/cli/events.cjs",
        "dist/decoder/index.js",
        "dist/decoder/index.d.ts",
        "dist/decoder/decoder.wasm",
        "dist/decoder/decoder.min.js",
        "dist/browser.js",
      ]),
    );
  });

  test("the tarball holds every picture and page that README, and the pages under docs/, link to", () => {
    const pages = installed.files.filter((path) => path === "README.md" || /^docs\/.+\.md$/.test(path));
    expect(pages).toContain("docs/recipes.md");
    const links = pages.flatMap((page) => {
      const text = readFileSync(join(installed.folder, "node_modules/tcptable", page), "utf8");
      const targets = [...text.matchAll(/\]\(([^)#\s]+)/g)].map(([, target]) => target as string);
      return targets
        .filter((target) => !/^[a-z]+:/.test(target))
        .map((target) => posix.join(posix.dirname(page), target));
    });
    expect(links).toContain("bench/chart.svg");
    expect(links.filter((path) => !installed.files.includes(path.replace(/\/$/, "")))).toEqual([]);
  });

  test("the tarball holds nothing that an earlier build left behind", () => {
    const built = installed.files.filter(
      (path) => path.startsWith("dist/") && !/\.(wasm|cjs|min\.js)$|^dist\/viewer\/|\.1$/.test(path),
    );
    const sourceOf = (path: string) => join(ROOT, path.replace(/^dist/, "src").replace(/(\.d\.ts|\.js)$/, ".ts"));
    expect(built.filter((path) => !existsSync(sourceOf(path)))).toEqual([]);
  });

  test("the tarball holds the command as one file, the one that bin and npm start name, and beside it what its other commands load when they are used", () => {
    const { bin, man, scripts } = JSON.parse(readFileSync(join(ROOT, "package.json"), "utf8")) as {
      bin: Record<string, string>;
      man: string;
      scripts: Record<string, string>;
    };
    expect(installed.files.filter((path) => path.startsWith("dist/cli/")).toSorted()).toEqual([
      "dist/cli/arrow-rows.cjs",
      "dist/cli/completion.cjs",
      "dist/cli/events.cjs",
      "dist/cli/parquet-rows.cjs",
      "dist/cli/recordings.cjs",
      man.replace("./", ""),
      bin.tcptable,
      "dist/cli/view.cjs",
    ]);
    expect(scripts.start).toBe(`node ${bin.tcptable}`);
  });

  test("the tarball names no source maps: the code is as readable as its sources, and a map that is missing is warned of", () => {
    const programs = installed.files.filter((path) => /\.(js|cjs|d\.ts)$/.test(path));
    expect(programs.length).toBeGreaterThan(50);
    const texts = programs.map((path) => readFileSync(join(installed.folder, "node_modules/tcptable", path), "utf8"));
    expect(programs.filter((_, at) => texts[at]?.includes("sourceMappingURL"))).toEqual([]);
  });

  test("the tarball brings koffi along, and what recordings are read and written with, and nothing else", () => {
    const packages = readdirSync(join(installed.folder, "node_modules")).filter((name) => !name.startsWith("."));
    const ofRecordings = ["@foxglove", "@mcap", "heap-js", "tslib", "zstddec"];
    expect(packages.toSorted()).toEqual(["@koromix", "koffi", "tcptable", ...ofRecordings].toSorted());
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
    for (const entry of ["tcptable", "tcptable/decoder", "tcptable/capture"])
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

  describe("the command loads what it needs", () => {
    /** Tells at the end whether koffi's native part was loaded, and its own wrapper, and whether WebAssembly was compiled. */
    const SPY = `
const loaded = { koffi: false, wrapper: false, kernel: false };
const { dlopen } = process;
process.dlopen = (...values) => { loaded.koffi = true; return dlopen.apply(process, values); };
const { compile } = WebAssembly;
WebAssembly.compile = (bytes) => { loaded.kernel = true; return compile(bytes); };
process.on("exit", () => {
  loaded.wrapper = Object.keys(require.cache).some((path) => /[\\\\/]koffi[\\\\/]index\\.cjs$/.test(path));
  require("node:fs").writeSync(2, JSON.stringify(loaded));
});
`;
    const loadedBy = (...words: string[]): unknown => {
      const spy = installed.write("spy.cjs", SPY);
      const command = join(installed.folder, "node_modules/tcptable/dist/cli/tcptable.cjs");
      return JSON.parse(node(["--require", spy, command, ...words], installed.folder).stderr);
    };

    test("the command loads neither koffi nor the kernel for --version and --help", () => {
      expect(loadedBy("--version")).toEqual({ koffi: false, wrapper: false, kernel: false });
      expect(loadedBy("--help")).toEqual({ koffi: false, wrapper: false, kernel: false });
      expect(loadedBy("close", "--help")).toEqual({ koffi: false, wrapper: false, kernel: false });
    });

    test("the command loads koffi and the kernel for a table, no kernel for the plain engine", () => {
      expect(loadedBy("--limit", "0")).toEqual({ koffi: true, wrapper: false, kernel: true });
      expect(loadedBy("--limit", "0", "--engine", "plain")).toEqual({ koffi: true, wrapper: false, kernel: false });
    });

    test("the command asks koffi for its native part where that lies elsewhere than beside it", () => {
      const modules = join(installed.folder, "node_modules");
      const [beside, below] = [join(modules, "@koromix"), join(modules, "koffi/node_modules/@koromix")];
      mkdirSync(join(modules, "koffi/node_modules"));
      renameSync(beside, below);
      try {
        expect(loadedBy("--limit", "0")).toEqual({ koffi: true, wrapper: true, kernel: true });
      } finally {
        renameSync(below, beside);
      }
    });
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
