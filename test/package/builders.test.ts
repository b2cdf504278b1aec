import { once } from "node:events";
import { existsSync, readFileSync, statSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { extname, join } from "node:path";
import * as esbuild from "esbuild";
import puppeteer from "puppeteer-core";
import * as vite from "vite";
import { afterAll, beforeAll, expect, test } from "vitest";
import { row } from "../support/busy-ticks.js";
import { describeWith, operatingSystem } from "../support/needs.js";
import { record } from "../support/recordings.js";
import { BROWSERS, type BrowserKind } from "../viewer/browser/pages.js";
import { type Installed, packAndInstall, ROOT } from "./installed.js";

/** Ten lines, of somebody who builds a viewer of his own. docs/recipes.md has the same: a test says so. */
const PAGE = `import { httpReadable, openCapture } from "tcptable/capture";
import { compileQuery } from "tcptable/decoder";

const query = compileQuery({ where: "state close-wait", orderBy: ["remotePort"] });
const capture = await openCapture(httpReadable("/recording.mcap"));
const moment = await capture.at(capture.end);
const list = document.createElement("pre");
for (const { table } of moment.changes)
  for (const row of table.select(query)) list.append(row.remoteAddress, ":", String(row.remotePort), "\\n");
document.body.append(list);
`;

/** What a page without a bundler has to say of where packages are. */
const IMPORTS = {
  "tcptable/capture": "/node_modules/tcptable/dist/capture/index.js",
  "tcptable/decoder": "/node_modules/tcptable/dist/decoder/index.js",
  "@mcap/core": "/node_modules/@mcap/core/dist/esm/index.js",
  "@foxglove/crc": "/node_modules/@foxglove/crc/dist/esm/src/index.js",
  "heap-js": "/node_modules/heap-js/dist/heap-js.es5.js",
  zstddec: "/node_modules/zstddec/dist/zstddec.mjs",
};

const POLICY = "default-src 'self'; script-src 'self' 'wasm-unsafe-eval' 'unsafe-inline'";
const TYPES: Readonly<Record<string, string>> = { ".js": "text/javascript", ".mjs": "text/javascript" };

test("docs/recipes.md shows the page as it is tried here", () => {
  expect(readFileSync(join(ROOT, "docs/recipes.md"), "utf8")).toContain(`\`\`\`js\n${PAGE}\`\`\``);
});

let installed: Installed;
let recording: Uint8Array;
let address: string;
let stop: () => Promise<void>;

beforeAll(async () => {
  installed = packAndInstall();
  const rows = Array.from({ length: 9 }, (_, at) => row(at, at % 3 === 0 ? 8 : 5));
  recording = (await record(Array.from({ length: 5 }, () => ({ ipv4: { rows } })))).bytes;
  const entry = installed.write("viewer.js", PAGE);
  const common = { absWorkingDir: installed.folder, bundle: true, format: "esm", target: "es2022" } as const;
  await esbuild.build({ ...common, entryPoints: [entry], outdir: "esbuild", splitting: true, logLevel: "silent" });
  await vite.build({
    root: installed.folder,
    configFile: false,
    logLevel: "silent",
    build: {
      outDir: join(installed.folder, "vite"),
      target: "es2022",
      rolldownOptions: { input: entry, output: { entryFileNames: "viewer.js", chunkFileNames: "[name].js" } },
    },
  });
  const server = createServer(({ url = "/", headers }, response) => {
    response.setHeader("Content-Security-Policy", POLICY);
    if (url === "/favicon.ico") {
      response.writeHead(204).end();
      return;
    }
    if (url === "/recording.mcap") {
      const [, first, last] = /^bytes=(\d+)-(\d+)$/.exec(headers.range ?? "") ?? [];
      const part = recording.subarray(Number(first), Number(last) + 1);
      response.writeHead(206, {
        "Content-Range": `bytes ${first}-${Number(first) + part.length - 1}/${recording.length}`,
      });
      response.end(part);
      return;
    }
    const [, page] = /^\/page\/(.+)$/.exec(url) ?? [];
    if (page !== undefined) {
      const map =
        page === "viewer.js" ? `<script type="importmap">${JSON.stringify({ imports: IMPORTS })}</script>` : "";
      response.setHeader("Content-Type", "text/html");
      response.end(`<!doctype html><title>mine</title>${map}<body><script type="module" src="/${page}"></script>`);
      return;
    }
    const file = join(installed.folder, url);
    if (!existsSync(file) || !statSync(file).isFile()) response.writeHead(404).end();
    else response.setHeader("Content-Type", TYPES[extname(file)] ?? "text/plain").end(readFileSync(file));
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  address = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  stop = async () => {
    server.close();
    server.closeAllConnections();
    await once(server, "close");
  };
});
afterAll(async () => {
  await stop?.();
  installed?.remove();
});

for (const kind of BROWSERS)
  describeWith([operatingSystem("linux"), kind.requirement], `a viewer of ten lines, in ${kind.name}`, () => {
    test.each([
      ["bundled by Vite", "vite/viewer.js"],
      ["bundled by esbuild", "esbuild/viewer.js"],
      ["without a bundler", "viewer.js"],
    ])(`a viewer of ten lines shows what a recording has, ${kind.name}, %s`, async (_, script) => {
      expect(await textOf(kind, `${address}/page/${script}`)).toEqual(
        [0, 3, 6].map((at) => `10.0.1.${at}:${40_000 + at}`),
      );
    });
  });

/** The lines that the page shows, or what went wrong in it. */
async function textOf({ name, path }: BrowserKind, url: string): Promise<string[]> {
  const driver = await puppeteer.launch({
    browser: name === "Firefox" ? "firefox" : "chrome",
    executablePath: path as string,
    headless: true,
    args: name === "Firefox" ? [] : ["--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--no-first-run"],
  });
  try {
    const page = await driver.newPage();
    const troubles: string[] = [];
    page.on("pageerror", (error) => void troubles.push(String(error)));
    page.on("console", (message) => {
      if (message.type() === "error" && !/favicon/.test(message.text())) troubles.push(message.text());
    });
    await page.goto(url);
    for (let turn = 0; turn < 200 && troubles.length === 0; turn++) {
      const text = await page.evaluate(() => document.querySelector("pre")?.textContent ?? "");
      if (text) return text.trim().split("\n");
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
    return troubles;
  } finally {
    await driver.close();
  }
}
