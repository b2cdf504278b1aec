import { execFile } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { pathOf, type Requirement } from "../support/needs.js";

/** Chromium goes by several names. */
const PATH = ["chromium", "chromium-browser", "google-chrome"].map(pathOf).find((path) => path !== undefined);

export const BROWSER: Requirement = {
  what: "Chromium",
  present: PATH !== undefined,
  howToGet: "apt-get install chromium",
};

export interface Page {
  /** Loads the page with a Content-Security-Policy, and gives the text of its body once the script has run. */
  textUnder(policy: string): Promise<string>;
  close(): Promise<void>;
}

const HTML = `<!doctype html><meta charset="utf-8"><title>decoder</title>
<body><script type="module" src="/bundle.js"></script>`;

/** Serves a page with one script on 127.0.0.1, for a headless Chromium. */
export async function servePage(script: string): Promise<Page> {
  let policy = "";
  const server = createServer((request, response) => {
    if (request.url === "/bundle.js") response.setHeader("Content-Type", "text/javascript").end(script);
    else if (request.url === "/")
      response.setHeader("Content-Type", "text/html").setHeader("Content-Security-Policy", policy).end(HTML);
    else response.writeHead(404).end();
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  return {
    async textUnder(contentSecurityPolicy) {
      policy = contentSecurityPolicy;
      const document = await dumpDom(`http://127.0.0.1:${port}/`);
      return /<\/script>(.*)<\/body>/s.exec(document)?.[1] ?? `no text in ${document}`;
    },
    async close() {
      server.close();
      server.closeAllConnections();
      await once(server, "close");
    },
  };
}

async function dumpDom(url: string): Promise<string> {
  const profile = mkdtempSync(join(tmpdir(), "tcptable-chromium-"));
  try {
    const quiet = ["--disable-background-networking", "--disable-component-update", "--disable-sync", "--no-first-run"];
    const headless = ["--headless", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", ...quiet];
    const until = "--virtual-time-budget=10000"; // of the page's own clock: it ends as soon as nothing is left to do
    const { stdout } = await promisify(execFile)(PATH ?? "chromium", [
      ...headless,
      `--user-data-dir=${profile}`,
      until,
      "--dump-dom",
      url,
    ]);
    return stdout;
  } finally {
    rmSync(profile, { recursive: true, force: true, maxRetries: 5 });
  }
}
