import { once } from "node:events";
import { existsSync, readFileSync, statSync } from "node:fs";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { extname, join } from "node:path";
import { fileURLToPath } from "node:url";
import puppeteer, { type Browser, type Page } from "puppeteer-core";
import { pathOf, type Requirement } from "../../support/needs.js";

/** What the build made. */
export const VIEWER = fileURLToPath(new URL("../../../dist/viewer/", import.meta.url));

export interface BrowserKind {
  readonly name: "Chromium" | "Firefox";
  readonly path: string | undefined;
  readonly requirement: Requirement;
}

function browserKind(name: BrowserKind["name"], aptPackage: string, programs: readonly string[]): BrowserKind {
  const path = programs.map(pathOf).find((found) => found !== undefined);
  const requirement = { what: name, present: path !== undefined, howToGet: `apt-get install ${aptPackage}` };
  return { name, path, requirement };
}

export const BROWSERS: readonly BrowserKind[] = [
  browserKind("Chromium", "chromium", ["chromium", "chromium-browser", "google-chrome"]),
  browserKind("Firefox", "firefox-esr", ["firefox-esr", "firefox"]),
];

const TYPES: Readonly<Record<string, string>> = {
  ".html": "text/html",
  ".js": "text/javascript",
  ".css": "text/css",
  ".md": "text/plain",
};

/** A browser without a window, and a server on 127.0.0.1 that has the viewer and recordings. */
export class ViewerBrowser {
  readonly #driver: Browser;
  readonly #recordings: Map<string, Uint8Array>;
  readonly #stop: () => Promise<void>;
  /** Of the viewer's page. */
  readonly address: string;
  /** Paths that the server was asked for, by page and worker. */
  readonly asked: readonly string[];

  static async open({ name, path }: BrowserKind): Promise<ViewerBrowser> {
    const recordings = new Map<string, Uint8Array>();
    const asked: string[] = [];
    const server = createServer((request, response) => {
      asked.push(request.url ?? "");
      answer(request, response, recordings);
    });
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    const stop = async () => {
      server.close();
      server.closeAllConnections();
      await once(server, "close");
    };
    const quiet = ["--disable-background-networking", "--disable-component-update", "--disable-sync", "--no-first-run"];
    try {
      const driver = await puppeteer.launch({
        browser: name === "Firefox" ? "firefox" : "chrome",
        executablePath: path as string,
        headless: true,
        args: name === "Firefox" ? [] : ["--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", ...quiet],
        defaultViewport: { width: 1440, height: 900 },
      });
      const { port } = server.address() as AddressInfo;
      return new ViewerBrowser(driver, recordings, stop, `http://127.0.0.1:${port}/`, asked);
    } catch (error) {
      await stop();
      throw error;
    }
  }

  private constructor(
    driver: Browser,
    recordings: Map<string, Uint8Array>,
    stop: () => Promise<void>,
    address: string,
    asked: readonly string[],
  ) {
    this.#driver = driver;
    this.#recordings = recordings;
    this.#stop = stop;
    this.address = address;
    this.asked = asked;
  }

  /** Serves a recording, and gives its address without the host. */
  serve(name: string, bytes: Uint8Array): string {
    this.#recordings.set(`/recordings/${name}`, bytes);
    return `/recordings/${name}`;
  }

  /** Opens the viewer. @param fragment what stands behind the `#` */
  async visit(fragment = ""): Promise<Visit> {
    const page = await this.#driver.newPage();
    const visit = new Visit(page);
    await page.goto(`${this.address}${fragment && `#${fragment}`}`);
    return visit;
  }

  async close(): Promise<void> {
    await this.#driver.close();
    await this.#stop();
  }
}

/** The viewer's page, used as people use it: by roles, names and keys. */
export class Visit {
  readonly page: Page;
  /** Addresses that the page asked for. */
  readonly requests: string[] = [];
  /** What went wrong in it: errors, what its policy forbade, and dialogs. */
  readonly troubles: string[] = [];

  constructor(page: Page) {
    this.page = page;
    page.setDefaultTimeout(20_000);
    page.on("request", (request) => void this.requests.push(request.url()));
    page.on("pageerror", (error) => void this.troubles.push(String(error)));
    page.on("console", (message) => {
      if (message.type() === "error" && !/favicon/.test(message.text())) this.troubles.push(message.text());
    });
    page.on("dialog", (dialog) => {
      this.troubles.push(`dialog: ${dialog.message()}`);
      void dialog.dismiss();
    });
  }

  /** Drops a file, which the page gets from the server first. */
  async drop(address: string, name: string): Promise<void> {
    await this.page.waitForSelector("main");
    await this.page.evaluate(dropFile, address, name);
  }

  /** Waits until a function of the page gives something. */
  async until<Found>(look: () => Found, what: string): Promise<NonNullable<Found>> {
    for (let turn = 0; turn < 400; turn++) {
      const found = await this.page.evaluate(look);
      if (found) return found as NonNullable<Found>;
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
    throw new Error(`There is no ${what}: ${await this.page.evaluate(() => document.body.innerText.slice(0, 1500))}`);
  }

  /** Waits until the table has so many rows; those on the screen as text. */
  async rows(count: number): Promise<string[]> {
    const deadline = Date.now() + 20_000;
    for (;;) {
      const [told, rows] = await this.page.evaluate(shownRows);
      if (told === count && rows.length >= Math.min(count, 5) && rows.every((row) => row !== "")) return rows;
      if (Date.now() > deadline) throw new Error(`There are ${told} rows, not ${count}: ${rows.join(" / ")}`);
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }

  async type(text: string): Promise<void> {
    await this.page.focus("input[role=combobox]");
    await this.page.evaluate(() => {
      const input = document.activeElement as HTMLInputElement;
      input.setSelectionRange(0, input.value.length);
    });
    await this.page.keyboard.press("Delete");
    if (text) await this.page.keyboard.type(text);
    await this.page.keyboard.press("Escape");
  }

  /** The parts of the link. */
  async link(): Promise<URLSearchParams> {
    return new URLSearchParams((await this.page.evaluate(() => location.hash)).slice(1));
  }

  close(): Promise<void> {
    return this.page.close();
  }
}

/** Runs in the page. */
async function dropFile(address: string, name: string): Promise<void> {
  const bytes = await (await fetch(address)).arrayBuffer();
  const data = new DataTransfer();
  data.items.add(new File([bytes], name));
  const options = { bubbles: true, cancelable: true, dataTransfer: data };
  document.body.dispatchEvent(new DragEvent("dragover", options));
  document.body.dispatchEvent(new DragEvent("drop", options));
}

/** Runs in the page: how many rows the grid says that it has, and those on the screen in their order. */
function shownRows(): [number, string[]] {
  const grid = document.querySelector("[role=grid]");
  const rows = [...(grid?.querySelectorAll("[role=rowgroup] [role=row]") ?? [])].map((row) => ({
    place: Number(row.getAttribute("aria-rowindex")),
    text: (row as HTMLElement).innerText.replace(/\s+/g, " ").trim(),
  }));
  rows.sort((one, other) => one.place - other.place);
  return [Number(grid?.getAttribute("aria-rowcount") ?? 0) - 1, rows.map(({ text }) => text)];
}

function answer(request: IncomingMessage, response: ServerResponse, recordings: Map<string, Uint8Array>): void {
  const path = (request.url ?? "/").split("?")[0] as string;
  const recording = recordings.get(path);
  if (recording) {
    sendRange(request, response, recording);
    return;
  }
  const file = join(VIEWER, path === "/" ? "index.html" : path);
  if (path.includes("..") || !existsSync(file) || !statSync(file).isFile()) response.writeHead(404).end();
  else response.setHeader("Content-Type", TYPES[extname(file)] ?? "application/octet-stream").end(readFileSync(file));
}

function sendRange(request: IncomingMessage, response: ServerResponse, bytes: Uint8Array): void {
  const range = /^bytes=(\d+)-(\d+)$/.exec(request.headers.range ?? "");
  if (!range) {
    response.end(bytes);
    return;
  }
  const [first, last] = [Number(range[1]), Math.min(Number(range[2]), bytes.length - 1)];
  response.writeHead(206, { "Content-Range": `bytes ${first}-${last}/${bytes.length}` });
  response.end(bytes.subarray(first, last + 1));
}
