import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import puppeteer, { type Browser as Driver } from "puppeteer-core";
import { pathOf, type Requirement } from "../support/needs.js";

/** A kind of browser. puppeteer-core drives it, and brings none of its own. */
export interface BrowserKind {
  readonly name: "Chromium" | "Firefox";
  readonly requirement: Requirement;
  /** Of its program. */
  readonly path: string | undefined;
}

function browserKind(name: BrowserKind["name"], aptPackage: string, programs: readonly string[]): BrowserKind {
  const path = programs.map(pathOf).find((found) => found !== undefined);
  return {
    name,
    path,
    requirement: { what: name, present: path !== undefined, howToGet: `apt-get install ${aptPackage}` },
  };
}

/** Each goes by several names. */
export const BROWSERS: readonly BrowserKind[] = [
  browserKind("Chromium", "chromium", ["chromium", "chromium-browser", "google-chrome"]),
  browserKind("Firefox", "firefox-esr", ["firefox-esr", "firefox"]),
];

/** What a page has said, and what it took from the server. */
export interface Visit {
  /** The text of its body, or its first error. */
  readonly text: string;
  /** Paths that it asked for, in order; without the icon, which browsers ask for as they like, and the script that tells errors. */
  readonly requests: readonly string[];
}

/** A browser without a window, and a static server on 127.0.0.1 for it. */
export interface BrowserSession {
  /** Serves a file until the session is closed. What is not served is a 404. */
  serve(path: string, body: string | Uint8Array): void;
  /**
   * Loads an empty page with one module script, and waits until that has put text into the body, or has failed.
   *
   * @param policy the page's Content-Security-Policy
   * @param script its path on the server
   */
  visit(policy: string, script: string): Promise<Visit>;
  close(): Promise<void>;
}

const TYPES: Readonly<Record<string, string>> = { js: "text/javascript", html: "text/html", wasm: "application/wasm" };

/** Puts what goes wrong in a page into its body. */
const ERRORS = "/errors.js";
const TELL_ERRORS = `
addEventListener("error", (event) => document.body.append("error: " + (event.message ?? event.target.src + " was not loaded")), true);
addEventListener("unhandledrejection", ({ reason }) => document.body.append("error: " + reason));`;

export async function openBrowser(kind: BrowserKind): Promise<BrowserSession> {
  const files = new Map<string, string | Uint8Array>([[ERRORS, TELL_ERRORS]]);
  let policy = "";
  let requests: string[] = [];
  const server = createServer(({ url = "/" }, response) => {
    if (url !== "/favicon.ico" && url !== ERRORS) requests.push(url);
    const body = files.get(url);
    if (body === undefined) response.writeHead(404).end();
    else
      response
        .setHeader("Content-Type", TYPES[url === "/" ? "html" : (url.split(".").at(-1) as string)] ?? "text/plain")
        .setHeader("Content-Security-Policy", policy)
        .end(body);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  const driver = await launch(kind).catch((error) => {
    server.close();
    throw error;
  });
  return {
    serve: (path, body) => void files.set(path, body),
    async visit(contentSecurityPolicy, script) {
      policy = contentSecurityPolicy;
      requests = [];
      files.set(
        "/",
        `<!doctype html><meta charset="utf-8"><title>tcptable</title><body><script src="${ERRORS}"></script><script type="module" src="${script}"></script>`,
      );
      const page = await driver.newPage();
      try {
        await page.goto(`http://127.0.0.1:${port}/`);
        return { text: await page.evaluate(bodyText), requests };
      } finally {
        await page.close();
      }
    },
    async close() {
      await driver.close();
      server.close();
      server.closeAllConnections();
      await once(server, "close");
    },
  };
}

function launch({ name, path }: BrowserKind): Promise<Driver> {
  const quiet = ["--disable-background-networking", "--disable-component-update", "--disable-sync", "--no-first-run"];
  return puppeteer.launch({
    browser: name === "Firefox" ? "firefox" : "chrome",
    executablePath: path as string,
    headless: true,
    args: name === "Firefox" ? [] : ["--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", ...quiet],
  });
}

/** Runs in the page: its text, as soon as there is some. Without polling or eval, which the page's policy may forbid. */
function bodyText(): Promise<string> {
  return new Promise((resolve) => {
    const look = () => {
      const text = document.body.textContent?.trim();
      if (text) resolve(text);
    };
    new MutationObserver(look).observe(document.body, { childList: true, subtree: true });
    look();
  });
}
