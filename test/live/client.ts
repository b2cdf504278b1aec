import { once } from "node:events";
import { type IncomingHttpHeaders, request } from "node:http";
import { WebSocket } from "ws";
import { type ServerMessage, SUBPROTOCOL } from "../../src/live/messages.js";
import type { ViewServer } from "../../src/live/server.js";

export interface Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
  readonly text: string;
}

/** Asks a server exactly so: the path as it is written, and a Host of any name. */
export async function ask(
  { port }: Pick<ViewServer, "port">,
  path: string,
  headers: Record<string, string> = {},
  method = "GET",
): Promise<Answer> {
  const asked = request({ host: "127.0.0.1", port, path, headers, method, agent: false }).end();
  const [response] = await once(asked, "response");
  const parts: Buffer[] = [];
  for await (const part of response) parts.push(part);
  const body = Buffer.concat(parts);
  return { status: response.statusCode, headers: response.headers, body, text: body.toString() };
}

/** The cookie that a link is traded for. */
export async function cookieFor(server: ViewServer, link = server.link): Promise<string> {
  const { pathname, search } = new URL(link);
  const { headers } = await ask(server, `${pathname}${search}`);
  return (headers["set-cookie"]?.[0] ?? "").split(";")[0] as string;
}

/** A page's WebSocket, by hand. */
export class Client {
  readonly socket: WebSocket;
  /** All messages so far: texts as what they say, frames as their bytes. */
  readonly messages: (ServerMessage | Uint8Array)[] = [];
  #wake = () => {};

  /** @returns the HTTP status where the server refuses */
  static async open(
    { port }: Pick<ViewServer, "port">,
    { path = "/live", protocol = SUBPROTOCOL as string, headers = {} as Record<string, string> } = {},
  ): Promise<Client | number> {
    const socket = new WebSocket(`ws://127.0.0.1:${port}${path}`, protocol ? [protocol] : [], {
      headers,
    });
    const client = new Client(socket);
    return await new Promise((resolve, reject) => {
      socket.on("open", () => resolve(client));
      socket.on("error", reject);
      socket.on("unexpected-response", (_, response) => {
        response.resume();
        socket.on("error", () => {});
        socket.terminate();
        resolve(response.statusCode ?? 0);
      });
    });
  }

  private constructor(socket: WebSocket) {
    this.socket = socket;
    socket.on("message", (data: Buffer, isBinary) => {
      this.messages.push(isBinary ? new Uint8Array(data) : (JSON.parse(String(data)) as ServerMessage));
      this.#wake();
    });
  }

  /** Numbers of the samples that have come with all of their frames. */
  get samples(): number[] {
    const numbers: number[] = [];
    for (const [at, message] of this.messages.entries())
      if (!(message instanceof Uint8Array) && message.kind === "sample")
        if (this.messages.length > at + message.frames) numbers.push(message.number);
    return numbers;
  }

  /** What was told of one kind. */
  told<Kind extends ServerMessage["kind"]>(kind: Kind): Extract<ServerMessage, { kind: Kind }>[] {
    return this.messages.filter((each) => !(each instanceof Uint8Array) && each.kind === kind) as never;
  }

  /** Waits for messages until something holds. */
  async until(holds: () => boolean): Promise<void> {
    while (!holds())
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
  }

  close(): void {
    this.socket.terminate();
  }
}

/** Headers of the page's WebSocket. */
export async function pageHeaders(server: ViewServer): Promise<Record<string, string>> {
  return { Origin: `http://127.0.0.1:${server.port}`, Cookie: await cookieFor(server) };
}

export function mustBeClient(client: Client | number): Client {
  if (typeof client === "number") throw new Error(`The server refuses with ${client}.`);
  return client;
}
