import { appendFileSync, mkdirSync, mkdtempSync, rmSync, unlinkSync, writeFileSync } from "node:fs";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { httpReadable } from "../../src/capture/http.js";
import { Broadcast } from "../../src/live/broadcast.js";
import { openViewServer, type ViewServer } from "../../src/live/server.js";
import { METADATA } from "../support/recordings.js";
import { ask, Client, cookieFor, mustBeClient, pageHeaders } from "./client.js";

const PAGE = "<!doctype html><title>tcptable</title>";
const RECORDING = Buffer.from(Array.from({ length: 1000 }, (_, at) => at % 251));

let folder = "";
let page = "";
const open: (() => Promise<void>)[] = [];

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "tcptable-view-"));
  page = join(folder, "page");
  mkdirSync(join(page, "assets"), { recursive: true });
  writeFileSync(join(page, "index.html"), PAGE);
  writeFileSync(join(page, "assets", "index.js"), "export {};");
  writeFileSync(join(page, ".hidden"), "secret");
  writeFileSync(join(folder, "secret.txt"), "secret");
});
afterEach(async () => {
  for (const close of open.splice(0).reverse()) await close();
  rmSync(folder, { recursive: true });
});

async function serveFile(name = "a.mcap", bytes = RECORDING): Promise<ViewServer> {
  writeFileSync(join(folder, name), bytes);
  const server = await openViewServer({ page, port: 0, recording: join(folder, name) });
  open.push(() => server.close());
  return server;
}

async function serveLive(): Promise<ViewServer> {
  const broadcast = new Broadcast({ metadata: () => METADATA, openRecording: () => Promise.reject(new Error("no")) });
  const server = await openViewServer({ page, port: 0, broadcast });
  open.push(() => broadcast.close());
  open.push(() => server.close());
  return server;
}

/** Sends bytes as they are, and returns what is answered. */
async function answerTo({ port }: ViewServer, text: string): Promise<string> {
  const socket = connect(port, "127.0.0.1");
  socket.write(text.replace(/\n/g, "\r\n"));
  let answer = "";
  for await (const part of socket) answer += part;
  return answer;
}

describe("the page's server", () => {
  test("gives the page's files, of their types, and lets no other page frame it or read from it", async () => {
    const server = await serveFile();
    const { status, text, headers } = await ask(server, "/");
    expect([status, text]).toEqual([200, PAGE]);
    expect(headers).toMatchObject({
      "content-type": "text/html; charset=utf-8",
      "content-security-policy": "frame-ancestors 'none'",
      "cross-origin-resource-policy": "same-origin",
      "x-content-type-options": "nosniff",
      "referrer-policy": "no-referrer",
    });
    expect(headers["access-control-allow-origin"]).toBeUndefined();
    const script = await ask(server, "/assets/index.js");
    expect([script.status, script.headers["content-type"]]).toEqual([200, "text/javascript; charset=utf-8"]);
    expect((await ask(server, "/assets/none.js")).status).toBe(404);
    expect((await ask(server, "/assets")).status).toBe(404);
  });

  test("gives nothing outside the page's folder, however the path is written", async () => {
    const server = await serveFile();
    const Cookie = await cookieFor(server);
    const paths = [
      "/../secret.txt",
      "/%2e%2e/secret.txt",
      "/..%2fsecret.txt",
      "/%2e%2e%2fsecret.txt",
      "/assets/../../secret.txt",
      "/assets/..%5c..%5csecret.txt",
      "//../secret.txt",
      "/./../secret.txt",
      "/%00/../secret.txt",
      "/recording/../secret.txt",
      "/recording/..%2fsecret.txt",
      "/recording/secret.txt",
      "/recording/",
      "/.hidden",
      "/%2ehidden",
      "http://evil.example/",
      "//evil.example/",
      "*",
    ];
    for (const path of paths) {
      const { status, text } = await ask(server, path, { Cookie });
      expect([path, status >= 400 && status < 500]).toEqual([path, true]);
      expect(text).not.toContain("secret");
    }
  });

  test("refuses whoever comes by another name, so that a rebound one gets nothing", async () => {
    const server = await serveFile();
    const Cookie = await cookieFor(server);
    for (const path of ["/", "/recording/a.mcap", new URL(server.link).search ? `/${new URL(server.link).search}` : ""])
      for (const Host of [`evil.example:${server.port}`, `localhost:${server.port}`, "127.0.0.1"]) {
        const { status, headers } = await ask(server, path, { Host, Cookie });
        expect([path, Host, status]).toEqual([path, Host, 403]);
        expect(headers["set-cookie"]).toBeUndefined();
      }
    expect(await answerTo(server, "GET / HTTP/1.0\n\n")).toMatch(/^HTTP\/1.1 403 /);
  });

  test("refuses requests of other pages, and what is neither GET nor HEAD", async () => {
    const server = await serveFile();
    const Cookie = await cookieFor(server);
    for (const Origin of ["null", "http://evil.example", `http://localhost:${server.port}`])
      expect((await ask(server, "/recording/a.mcap", { Cookie, Origin })).status).toBe(403);
    for (const method of ["POST", "PUT", "DELETE", "OPTIONS"])
      expect((await ask(server, "/recording/a.mcap", { Cookie }, method)).status).toBe(405);
  });

  test("listens on 127.0.0.1 alone", async () => {
    const server = await serveFile();
    const failure = await new Promise((resolve) => {
      connect(server.port, "127.0.0.2")
        .once("error", resolve)
        .once("connect", () => resolve(undefined));
    });
    expect(failure).toMatchObject({ code: "ECONNREFUSED" });
  });
});

describe("the link", () => {
  test("is traded for a cookie and an address without its token; what stands behind # says what is shown", async () => {
    const server = await serveFile("a b#?%.mcap");
    const link = new URL(server.link);
    expect(link.origin).toBe(`http://127.0.0.1:${server.port}`);
    expect(link.hash).toBe("#file=/recording/a%20b%23%3F%25.mcap");
    const { status, headers } = await ask(server, `/${link.search}`);
    expect(status).toBe(303);
    expect(headers.location).toBe("/");
    expect(headers["cache-control"]).toBe("no-store");
    expect(headers["set-cookie"]).toEqual([expect.stringMatching(/; HttpOnly; SameSite=Strict$/)]);
    expect((await ask(server, link.hash.slice(6), { Cookie: await cookieFor(server) })).body).toEqual(RECORDING);
    expect(new URL((await serveLive()).link).hash).toBe("#live");
  });

  test("that a browser is opened with holds once, the one that is printed as long as the server runs", async () => {
    const server = await serveFile();
    const opening = server.issueOpeningLink();
    expect(await cookieFor(server, opening)).not.toBe("");
    expect(await cookieFor(server, opening)).toBe("");
    expect((await ask(server, `/${new URL(opening).search}`)).status).toBe(403);
    expect(await cookieFor(server)).not.toBe("");
    expect(await cookieFor(server)).not.toBe("");
  });
});

describe("a recording", () => {
  test("is for nobody without the cookie, and is told so", async () => {
    const server = await serveFile();
    const other = await serveFile("b.mcap");
    for (const headers of [{}, { Cookie: await cookieFor(other) }] as Record<string, string>[]) {
      const { status, text } = await ask(server, "/recording/a.mcap", headers);
      expect(status).toBe(401);
      expect(text).toContain("Open the link that tcptable view has printed");
    }
  });

  test("comes by ranges as RFC 9110 has them", async () => {
    const server = await serveFile();
    const Cookie = await cookieFor(server);
    const get = (Range: string) => ask(server, "/recording/a.mcap", { Cookie, Range });
    for (const [range, from, to] of [
      ["bytes=0-0", 0, 1],
      ["bytes=10-19", 10, 20],
      ["bytes=990-", 990, 1000],
      ["bytes=-100", 900, 1000],
      ["bytes=990-5000", 990, 1000],
    ] as const) {
      const { status, headers, body } = await get(range);
      expect([range, status]).toEqual([range, 206]);
      expect(headers["content-range"]).toBe(`bytes ${from}-${to - 1}/1000`);
      expect(body).toEqual(RECORDING.subarray(from, to));
    }
    const beyond = await get("bytes=1000-");
    expect([beyond.status, beyond.headers["content-range"]]).toEqual([416, "bytes */1000"]);
    const head = await ask(server, "/recording/a.mcap", { Cookie }, "HEAD");
    expect([head.status, head.headers["content-length"], head.headers["accept-ranges"]]).toEqual([
      200,
      "1000",
      "bytes",
    ]);
  });

  test("that grows is served as it is at each request, and read on by httpReadable", async () => {
    const server = await serveFile();
    const Cookie = await cookieFor(server);
    const readable = httpReadable(`http://127.0.0.1:${server.port}/recording/a.mcap`, {
      fetch: (url, options) => fetch(url, { ...options, headers: { ...options.headers, Cookie } }),
    });
    expect(await readable.size()).toBe(1000n);
    appendFileSync(join(folder, "a.mcap"), Buffer.from([1, 2, 3]));
    expect(await readable.size()).toBe(1003n);
    expect([...(await readable.read(998n, 5n))]).toEqual([RECORDING[998], RECORDING[999], 1, 2, 3]);
  });

  test("is never taken for a page, whatever it is called, so that no script in it runs", async () => {
    const server = await serveFile("evil.html", Buffer.from("<script>alert(1)</script>"));
    const { status, headers } = await ask(server, "/recording/evil.html", { Cookie: await cookieFor(server) });
    expect(status).toBe(200);
    expect(headers["content-type"]).toBe("application/octet-stream");
    expect(headers["x-content-type-options"]).toBe("nosniff");
    expect(headers["content-security-policy"]).toContain("sandbox");
    expect(headers["cache-control"]).toBe("no-store");
  });

  test("that is gone is told as 404, one whose name begins with a dot is served", async () => {
    const server = await serveFile(".a.mcap");
    const Cookie = await cookieFor(server);
    expect((await ask(server, "/recording/.a.mcap", { Cookie })).status).toBe(200);
    unlinkSync(join(folder, ".a.mcap"));
    expect((await ask(server, "/recording/.a.mcap", { Cookie })).status).toBe(404);
  });
});

describe("the WebSocket", () => {
  test("is opened for the page alone: by Host, Origin, cookie, path and subprotocol", async () => {
    const server = await serveLive();
    const headers = await pageHeaders(server);
    const { Origin: _, ...noOrigin } = headers;
    const { Cookie: __, ...noCookie } = headers;
    const other = await serveLive();
    for (const [status, options] of [
      [403, { headers: { ...headers, Origin: "http://evil.example" } }],
      [403, { headers: { ...headers, Origin: "null" } }],
      [403, { headers: { ...headers, Origin: `http://localhost:${server.port}` } }],
      [403, { headers: noOrigin }],
      [403, { headers: { ...headers, Host: `evil.example:${server.port}` } }],
      [403, { headers: { ...headers, Host: `localhost:${server.port}` } }],
      [401, { headers: noCookie }],
      [401, { headers: { ...headers, Cookie: await cookieFor(other) } }],
      [404, { headers, path: "/" }],
      [404, { headers, path: "/live/x" }],
      [400, { headers, protocol: "" }],
      [400, { headers, protocol: "tcptable-frame-v2" }],
    ] as const)
      expect(await Client.open(server, options), JSON.stringify(options)).toBe(status);
    const client = mustBeClient(await Client.open(server, { headers }));
    expect(client.socket.protocol).toBe("tcptable-frame-v1");
    expect(client.socket.extensions).toBe("");
    client.close();
  });

  test("is not there where a recording is shown; asked for without one, its address says why not", async () => {
    const file = await serveFile();
    expect(await Client.open(file, { headers: await pageHeaders(file) })).toBe(404);
    const live = await serveLive();
    expect((await ask(live, "/live")).status).toBe(401);
    expect((await ask(live, "/live", { Cookie: await cookieFor(live) })).status).toBe(426);
  });

  test("ends a connection that asks for nothing that is known, or for too much", async () => {
    const server = await serveLive();
    for (const [message, code] of [
      ["x", 1003],
      ["null", 1003],
      ['{"record":1}', 1003],
      [Buffer.from([1]), 1003],
      ["x".repeat(2000), 1009],
    ] as const) {
      const client = mustBeClient(await Client.open(server, { headers: await pageHeaders(server) }));
      const closed = new Promise((resolve) => client.socket.once("close", resolve));
      client.socket.send(message);
      expect(await closed).toBe(code);
    }
  });

  test("is refused beyond 32 tabs, and again open once one has gone", async () => {
    const server = await serveLive();
    const headers = await pageHeaders(server);
    const clients: Client[] = [];
    for (let at = 0; at < 32; at++) clients.push(mustBeClient(await Client.open(server, { headers })));
    expect(await Client.open(server, { headers })).toBe(503);
    const [first] = clients as [Client];
    const closed = new Promise((resolve) => first.socket.once("close", resolve));
    first.socket.close();
    await closed;
    const again = mustBeClient(await Client.open(server, { headers }));
    for (const client of [again, ...clients]) client.close();
  });

  test("is closed with the server, which leaves nothing open", async () => {
    const server = await serveLive();
    const client = mustBeClient(await Client.open(server, { headers: await pageHeaders(server) }));
    const closed = new Promise((resolve) => client.socket.once("close", resolve));
    await server.close();
    expect(await closed).toBe(1006);
    await expect(ask(server, "/")).rejects.toMatchObject({ code: "ECONNREFUSED" });
    open.pop();
  });
});
