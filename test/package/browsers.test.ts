import { readFileSync } from "node:fs";
import { join } from "node:path";
import * as esbuild from "esbuild";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { LAYOUT_NAMES } from "../../src/format/layouts.js";
import { describeWith, operatingSystem } from "../support/needs.js";
import { BROWSERS, type BrowserSession, openBrowser } from "./browsers.js";
import { type Installed, node, packAndInstall, ROOT } from "./installed.js";
import { decodingProgram, GOLDEN, ROOT_PROGRAM, SERVED_KERNEL_PROGRAM } from "./programs.js";

const WITH_WASM = "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; connect-src 'self'";
const WITHOUT_WASM = "default-src 'none'; script-src 'self'; connect-src 'self'";

let installed: Installed;
beforeAll(() => {
  installed = packAndInstall();
});
afterAll(() => installed?.remove());

/** A file of the installed package. */
const packaged = (path: string) => readFileSync(join(installed.folder, "node_modules/tcptable", path));

/** A program of the stranger's project in one file, as a page gets it. */
async function bundled(name: string, text: string): Promise<string> {
  const { outputFiles } = await esbuild.build({
    absWorkingDir: installed.folder,
    entryPoints: [installed.write(name, text)],
    bundle: true,
    platform: "browser",
    format: "esm",
    target: "es2022",
    logLevel: "silent",
    write: false,
  });
  return outputFiles[0]?.text as string;
}

for (const kind of BROWSERS) {
  describeWith([operatingSystem("linux"), kind.requirement], `in ${kind.name}`, () => {
    let browser: BrowserSession;
    beforeAll(async () => {
      browser = await openBrowser(kind);
      browser.serve("/decoder.min.js", packaged("dist/decoder/decoder.min.js"));
      browser.serve("/decoder.wasm", packaged("dist/decoder/decoder.wasm"));
    });
    afterAll(() => browser?.close());

    describe(`decoder.min.js from a static server, in ${kind.name}`, () => {
      beforeAll(() => {
        const program = decodingProgram("document.body.append");
        browser.serve("/page.js", program.replace('"tcptable/decoder"', '"./decoder.min.js"'));
      });

      test(`in ${kind.name}, decoder.min.js is the one file that a page needs, and decodes with the kernel`, async () => {
        const { text, requests } = await browser.visit(WITH_WASM, "/page.js");
        expect(JSON.parse(text)).toEqual({ engine: "wasm", ...GOLDEN });
        expect(requests).toEqual(["/", "/page.js", "/decoder.min.js"]);
      });

      test(`in ${kind.name}, decoder.min.js decodes the same where the page's policy forbids WebAssembly, with the plain engine`, async () => {
        const { text } = await browser.visit(WITHOUT_WASM, "/page.js");
        expect(JSON.parse(text)).toEqual({ engine: "plain", ...GOLDEN });
      });
    });

    describe(`a kernel that the page's server has, in ${kind.name}`, () => {
      beforeAll(async () => browser.serve("/served.js", await bundled("served.js", SERVED_KERNEL_PROGRAM)));

      test(`in ${kind.name}, createDecoder takes decoder.wasm by its URL and as a module, and refuses another file`, async () => {
        const { text, requests } = await browser.visit(WITH_WASM, "/served.js");
        expect(JSON.parse(text)).toEqual({
          url: { engine: "wasm", ...GOLDEN },
          module: { engine: "wasm", ...GOLDEN },
          other: expect.stringMatching(/^WrongKernelError: \/served\.js \(HTTP 200\) is not this version/),
        });
        expect(requests.filter((path) => path === "/decoder.wasm")).toHaveLength(2);
      });

      test(`in ${kind.name}, where the page's policy forbids WebAssembly a served kernel changes nothing: the plain engine decodes`, async () => {
        const { text } = await browser.visit(WITHOUT_WASM, "/served.js");
        expect(JSON.parse(text)).toMatchObject({ url: { engine: "plain", ...GOLDEN }, module: expect.any(String) });
      });
    });

    test(`in ${kind.name}, the root entry bundles, decodes, and says what to import instead of what only Node can do`, async () => {
      browser.serve("/root.js", await bundled("root.js", ROOT_PROGRAM));
      const { text } = await browser.visit(WITH_WASM, "/root.js");
      expect(JSON.parse(text)).toEqual({
        rows: 0,
        live: expect.stringMatching(
          /^UnsupportedSystemError: openTcpTables asks .* import what decodes from "tcptable\/decoder"/,
        ),
        sampler: expect.stringMatching(/^UnsupportedSystemError: sampleTcpTables asks /),
        posted: expect.stringMatching(/^DataCloneError: A table can't be posted or cloned\. Post table\.bytes/),
      });
    });

    test(`in ${kind.name}, tcptable/frames gives tables of every layout back, and the story tells, as in Node, with both engines`, async () => {
      const bundle = await bundled("frames-suite.ts", readFileSync(join(ROOT, "test/package/frames-suite.ts"), "utf8"));
      browser.serve("/frames.js", bundle);
      const { stdout, stderr } = node([installed.write("frames-suite.mjs", bundle)], installed.folder);
      expect(stderr).toBe("");
      const { wasm, plain } = JSON.parse(stdout);
      expect(Object.keys(wasm)).toEqual([...LAYOUT_NAMES]);
      for (const [layout, outcome] of Object.entries(wasm))
        expect({ layout, outcome }).toMatchObject({
          outcome: { same: true, kinds: ["key", "delta", "delta", "delta", "key", "delta"], opened: 25 },
        });
      expect(wasm.LINUX_TCPTABLE.events).toEqual({
        lost: 5,
        opened: 25,
        closed: wasm.LINUX_TCPTABLE.closed,
        changed: wasm.LINUX_TCPTABLE.changed,
      });
      expect(plain).toEqual(wasm);
      const { text } = await browser.visit(WITH_WASM, "/frames.js");
      expect(JSON.parse(text)).toEqual({ wasm, plain });
    });
  });
}
