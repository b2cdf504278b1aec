import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { basename, dirname, resolve } from "node:path";
import type { Duplex } from "node:stream";
import send from "send";
import { WebSocketServer } from "ws";
import { Access } from "./access.js";
import type { Broadcast } from "./broadcast.js";
import { SUBPROTOCOL } from "./messages.js";

/** Bytes of a request of the page, which has a few words. */
const LONGEST_REQUEST = 1024;

/** More than anybody opens; each may have 4 MB waiting. */
const MOST_TABS = 32;

/** Of every answer. The page itself has a policy in a meta tag, which can't say who may frame it. */
const HEADERS = {
  "Content-Security-Policy": "frame-ancestors 'none'",
  "Cross-Origin-Opener-Policy": "same-origin",
  "Cross-Origin-Resource-Policy": "same-origin",
  "Referrer-Policy": "no-referrer",
  "X-Content-Type-Options": "nosniff",
} as const;

export interface ViewServerOptions {
  /** Where the page's files are: dist/viewer. */
  readonly page: string;
  /** 0 for one that is free. */
  readonly port: number;
  /** The file that the page shows; absent in live mode. */
  readonly recording?: string | undefined;
  /** This machine's samples, which are to be had at `/live`. Who has made it closes it. */
  readonly broadcast?: Broadcast | undefined;
}

/**
 * Serves the viewer's page on 127.0.0.1, and what it shows: a recording, or this machine's samples.
 *
 * @throws what the system says: EADDRINUSE where the port is taken
 */
export async function openViewServer(options: ViewServerOptions): Promise<ViewServer> {
  const server = createServer();
  await new Promise<void>((listening, failed) => {
    server.once("error", failed);
    server.listen(options.port, "127.0.0.1", () => {
      server.off("error", failed);
      listening();
    });
  });
  return new ViewServer(server, options);
}

export class ViewServer {
  readonly port: number;
  readonly #server: Server;
  readonly #sockets: WebSocketServer;
  readonly #options: ViewServerOptions;
  readonly #access: Access;
  /** Path of the recording in addresses, as it is written there. */
  readonly #recordingPath: string | undefined;

  /** @internal */
  constructor(server: Server, options: ViewServerOptions) {
    this.#server = server;
    this.#options = options;
    this.port = (server.address() as AddressInfo).port;
    this.#access = new Access(this.port);
    this.#recordingPath = options.recording && `/recording/${encodeURIComponent(basename(options.recording))}`;
    this.#sockets = new WebSocketServer({
      noServer: true,
      maxPayload: LONGEST_REQUEST,
      perMessageDeflate: false,
      handleProtocols: () => SUBPROTOCOL,
    });
    server.on("request", (request, response) => this.#answer(request, response));
    server.on("upgrade", (request, socket, head) => this.#upgrade(request, socket, head));
  }

  /** For people: it opens the page as long as the server runs. */
  get link(): string {
    return this.#linkWith(this.#access.token);
  }

  /** For a browser that is opened with it: it holds once. */
  issueOpeningLink(): string {
    return this.#linkWith(this.#access.issueOpeningToken());
  }

  /** Ends all connections. */
  async close(): Promise<void> {
    for (const socket of this.#sockets.clients) socket.terminate();
    const closed = new Promise<void>((resolve) => this.#server.close(() => resolve()));
    this.#server.closeAllConnections();
    await closed;
  }

  #linkWith(token: string): string {
    const shown = this.#recordingPath ? `file=${this.#recordingPath}` : "live";
    return `${this.#access.origin}/?token=${token}#${shown}`;
  }

  #answer(request: IncomingMessage, response: ServerResponse): void {
    for (const [name, value] of Object.entries(HEADERS)) response.setHeader(name, value);
    const access = this.#access;
    const url = urlOf(request, access.origin);
    if (!access.isForThisHost(request)) refuse(response, 403, "This host's name is another one.");
    else if (!access.isOfThisPage(request, false)) refuse(response, 403, "Another page may not ask.");
    else if (!url) refuse(response, 400, "This address is none.");
    else if (request.method !== "GET" && request.method !== "HEAD") {
      response.setHeader("Allow", "GET, HEAD");
      refuse(response, 405, "There is nothing but to GET.");
    } else if (url.pathname === "/" && url.searchParams.has("token")) this.#letIn(url, response);
    else if (url.pathname === "/live" || url.pathname.startsWith("/recording/")) {
      if (!access.hasCookie(request)) refuse(response, 401, "Open the link that tcptable view has printed.");
      else if (url.pathname === this.#recordingPath) this.#sendRecording(request, response);
      else if (url.pathname === "/live" && this.#options.broadcast) {
        response.setHeader("Upgrade", "websocket");
        refuse(response, 426, "This is a WebSocket.");
      } else refuse(response, 404, "There is nothing.");
    } else this.#sendPage(url.pathname, request, response);
  }

  /** The token leaves the address, so that no copy of it has it. What stands behind its # stays. */
  #letIn(url: URL, response: ServerResponse): void {
    const cookie = this.#access.trade(url.searchParams.get("token") ?? "");
    if (!cookie) {
      refuse(response, 403, "This link holds no more. Open the one that tcptable view has printed.");
      return;
    }
    response.setHeader("Cache-Control", "no-store");
    response.setHeader("Set-Cookie", cookie);
    response.writeHead(303, { Location: "/" }).end();
  }

  /** Whoever has tcptable has these files: there is nothing to guard. */
  #sendPage(path: string, request: IncomingMessage, response: ServerResponse): void {
    send(request, path, { root: this.#options.page, dotfiles: "deny", cacheControl: false })
      .on("headers", (answer: ServerResponse) => answer.setHeader("Cache-Control", "no-cache"))
      .on("directory", () => refuse(response, 404, "There is nothing."))
      .on("error", (error: { status?: number }) => refuse(response, error.status ?? 500, "There is nothing."))
      .pipe(response);
  }

  /** Also while it grows. Whatever its name is, no browser may take it for a page. */
  #sendRecording(request: IncomingMessage, response: ServerResponse): void {
    const file = resolve(this.#options.recording as string);
    response.setHeader("Content-Type", "application/octet-stream");
    response.setHeader("Content-Security-Policy", "default-src 'none'; sandbox; frame-ancestors 'none'");
    response.setHeader("Cache-Control", "no-store");
    const name = `/${encodeURIComponent(basename(file))}`;
    send(request, name, { root: dirname(file), dotfiles: "allow", cacheControl: false, index: false })
      .on("error", (error: { status?: number; headers?: Record<string, string> }) => {
        for (const [header, value] of Object.entries(error.headers ?? {})) response.setHeader(header, value);
        refuse(response, error.status ?? 500, "The file can't be read.");
      })
      .pipe(response);
  }

  #upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void {
    socket.on("error", () => socket.destroy());
    const access = this.#access;
    const { broadcast } = this.#options;
    const url = urlOf(request, access.origin);
    const protocols = (request.headers["sec-websocket-protocol"] ?? "").split(",").map((name) => name.trim());
    if (!access.isForThisHost(request) || !access.isOfThisPage(request, true)) refuseSocket(socket, "403 Forbidden");
    else if (url?.pathname !== "/live" || !broadcast) refuseSocket(socket, "404 Not Found");
    else if (!access.hasCookie(request)) refuseSocket(socket, "401 Unauthorized");
    else if (!protocols.includes(SUBPROTOCOL)) refuseSocket(socket, "400 Bad Request");
    else if (this.#sockets.clients.size >= MOST_TABS) refuseSocket(socket, "503 Service Unavailable");
    else
      this.#sockets.handleUpgrade(request, socket, head, (opened) => {
        const isSameSession = url.searchParams.get("session") === broadcast.session;
        broadcast.connect(opened, isSameSession ? afterOf(url) : -1);
      });
  }
}

function urlOf({ url = "" }: IncomingMessage, origin: string): URL | undefined {
  // "//host/path" would be another host's.
  return url.startsWith("/") && !url.startsWith("//") && URL.canParse(url, origin) ? new URL(url, origin) : undefined;
}

function afterOf({ searchParams }: URL): number {
  const after = searchParams.get("after") ?? "";
  return /^\d{1,15}$/.test(after) ? Number(after) : -1;
}

function refuse(response: ServerResponse, status: number, text: string): void {
  if (response.headersSent) {
    response.destroy();
    return;
  }
  response.setHeader("Content-Type", "text/plain; charset=utf-8");
  response.writeHead(status).end(`${text}\n`);
}

function refuseSocket(socket: Duplex, status: string): void {
  socket.end(`HTTP/1.1 ${status}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`);
}
