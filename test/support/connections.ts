import { randomInt } from "node:crypto";
import { once } from "node:events";
import { connect, createServer, type Server, type Socket } from "node:net";
import { parseIPv4 } from "../../src/format/address.js";
import { parseState, type StateName } from "../../src/format/states.js";
import type { Row } from "./linux-rows.js";

/**
 * One end of a connection that a test opened: a row that the table must hold. Both addresses are the test's own host.
 */
export interface OpenedEnd {
  readonly state: StateName;
  readonly localPort: number;
  /** 0 for a listener. */
  readonly remotePort: number;
}

/** How many connections to bring into which states. Each connection has two ends, and so two rows. */
export interface WantedConnections {
  /** An address in 127.0.0.0/8: the local and, but for the listener, the remote address of every row. */
  readonly host?: string;
  /** ESTABLISHED at both ends. */
  readonly established?: number;
  /** One end has closed its half and the other has not: FIN-WAIT-2 and CLOSE-WAIT. */
  readonly halfClosed?: number;
  /** Closed by both: TIME-WAIT at the end that closed first, and no row for the other. */
  readonly timeWait?: number;
  /** Linux: closed with data that the other end does not read: FIN-WAIT-1 and ESTABLISHED. */
  readonly finWait1?: number;
  /** Linux: closed by both, with data that is not read: CLOSING and FIN-WAIT-2. */
  readonly closing?: number;
  /** Linux: half closed by the other end, then closed with data that is not read: FIN-WAIT-2 and LAST-ACK. */
  readonly lastAck?: number;
}

export interface OpenedConnections {
  readonly host: string;
  /** The listener's port. */
  readonly port: number;
  /** Every row that the table holds for `host`, in no order. */
  readonly ends: readonly OpenedEnd[];
  /** Closes all of them. What is in TIME-WAIT stays there for as long as the system keeps it. */
  close(): Promise<void>;
}

interface Pair {
  readonly client: Socket;
  readonly server: Socket;
  /** The client's port. */
  readonly port: number;
}

/** What a table holds of these connections, in an order of its own: the rows to expect are `expectedRows(opened)`. */
export function rowsOf(opened: OpenedConnections, table: readonly Row[]): Row[] {
  const host = parseIPv4(opened.host);
  return inOrder(
    table.filter(
      (row) => row.localAddress === host && (row.localPort === opened.port || row.remotePort === opened.port),
    ),
  );
}

/** The rows that a table must hold of these connections, in the order of `rowsOf`. */
export function expectedRows(opened: OpenedConnections): Row[] {
  const host = parseIPv4(opened.host) ?? 0;
  return inOrder(
    opened.ends.map(({ state, localPort, remotePort }) => ({
      state: parseState(state) ?? 0,
      localAddress: host,
      localPort,
      remoteAddress: state === "LISTEN" ? 0 : host,
      remotePort,
    })),
  );
}

function inOrder(rows: readonly Row[]): Row[] {
  return rows.toSorted((a, b) => a.localPort - b.localPort || a.remotePort - b.remotePort);
}

/**
 * A loopback address that nobody else is likely to use. TIME-WAIT rows outlive the run that made them, and the system
 * may give the next one the same port.
 */
export function freshHost(): string {
  return ["127", randomInt(1, 255), randomInt(1, 255), randomInt(1, 255)].join(".");
}

/**
 * More than a receive window takes, and less than a send buffer does: what is left in the buffer holds the FIN back.
 */
const STUCK = new Uint8Array(1 << 20);

/** Connections that are made at the same time: fewer than the listener's backlog. */
const AT_ONCE = 200;

/** Opens real connections on one loopback address and brings them into the states that are asked for. */
export async function openConnections(wanted: WantedConnections): Promise<OpenedConnections> {
  const loopback = await Loopback.listen(wanted.host ?? freshHost());
  try {
    await loopback.open(wanted.established, "ESTABLISHED", "ESTABLISHED", async () => {});
    await loopback.open(wanted.halfClosed, "FIN-WAIT-2", "CLOSE-WAIT", halfClose);
    await loopback.open(wanted.timeWait, "TIME-WAIT", undefined, async (pair) => {
      await halfClose(pair);
      pair.client.resume();
      pair.server.end();
      await Promise.all([closed(pair.client), closed(pair.server)]);
    });
    await loopback.open(wanted.finWait1, "FIN-WAIT-1", "ESTABLISHED", ({ client }) => closeWithDataLeft(client));
    await loopback.open(wanted.closing, "CLOSING", "FIN-WAIT-2", async ({ client, server }) => {
      await closeWithDataLeft(client);
      await finish(server);
    });
    await loopback.open(wanted.lastAck, "FIN-WAIT-2", "LAST-ACK", async (pair) => {
      await halfClose(pair);
      await closeWithDataLeft(pair.server);
    });
  } catch (error) {
    await loopback.close();
    throw error;
  }
  return loopback;
}

class Loopback implements OpenedConnections {
  readonly host: string;
  readonly port: number;
  readonly ends: OpenedEnd[] = [];
  readonly #server: Server;
  readonly #sockets: Socket[] = [];
  /** Accepted connections by the client's port, and the callers who wait for one. */
  readonly #accepted = new Map<number, Socket>();
  readonly #waiting = new Map<number, (socket: Socket) => void>();

  static async listen(host: string): Promise<Loopback> {
    // The accepted sockets read nothing until they are told to: unread data is what some of the states are made of.
    const server = createServer({ allowHalfOpen: true, pauseOnConnect: true });
    server.listen({ host, port: 0 });
    await once(server, "listening");
    return new Loopback(host, server);
  }

  private constructor(host: string, server: Server) {
    this.host = host;
    this.port = portOf(server);
    this.#server = server;
    this.ends.push({ state: "LISTEN", localPort: this.port, remotePort: 0 });
    server.on("connection", (socket) => {
      socket.on("error", () => {}); // a reset, when the other end is closed first
      const port = socket.remotePort ?? 0;
      const take = this.#waiting.get(port);
      this.#waiting.delete(port);
      if (take) take(socket);
      else this.#accepted.set(port, socket);
    });
  }

  /** Opens `count` connections, each brought into its state by `bring`, whose ends are then in the states given. */
  async open(
    count: number | undefined,
    client: StateName,
    server: StateName | undefined,
    bring: (pair: Pair) => Promise<void>,
  ): Promise<void> {
    for (let left = count ?? 0; left > 0; left -= AT_ONCE) {
      const pairs = await Promise.all(Array.from({ length: Math.min(left, AT_ONCE) }, () => this.#connect()));
      await Promise.all(pairs.map(bring));
      for (const { port } of pairs) {
        this.ends.push({ state: client, localPort: port, remotePort: this.port });
        if (server) this.ends.push({ state: server, localPort: this.port, remotePort: port });
      }
    }
  }

  async #connect(): Promise<Pair> {
    const client = await connectTo(this.host, this.port, this.#sockets);
    const port = client.localPort ?? 0;
    const server =
      this.#accepted.get(port) ?? (await new Promise<Socket>((resolve) => this.#waiting.set(port, resolve)));
    this.#accepted.delete(port);
    this.#sockets.push(server);
    return { client, server, port };
  }

  async close(): Promise<void> {
    await destroy(this.#sockets);
    this.#server.close();
    await once(this.#server, "close");
  }
}

/** The client closes its half, and the server has seen it. */
async function halfClose({ client, server }: Pair): Promise<void> {
  const ended = once(server, "end");
  server.resume();
  await Promise.all([finish(client), ended]);
}

/** Closes a socket whose last data the other end has not read: its FIN waits behind them. */
async function closeWithDataLeft(socket: Socket): Promise<void> {
  socket.write(STUCK);
  socket.destroy();
  await closed(socket);
}

async function finish(socket: Socket): Promise<void> {
  await new Promise<void>((resolve) => socket.end(resolve));
}

async function closed(socket: Socket): Promise<void> {
  if (!socket.closed) await once(socket, "close");
}

/**
 * A client that reads nothing until it is told to. It is pushed on `opened` before it is connected, so that it gets
 * closed.
 */
export async function connectTo(host: string, port: number, opened: Socket[]): Promise<Socket> {
  const socket = connect({ host, port, localAddress: host, allowHalfOpen: true });
  opened.push(socket);
  socket.pause();
  await once(socket, "connect");
  socket.on("error", () => {}); // as above
  return socket;
}

/**
 * Closes sockets at once, with a reset where that is still possible: then the system keeps no TIME-WAIT row of them.
 */
export async function destroy(sockets: readonly Socket[]): Promise<void> {
  for (const socket of sockets) {
    if (!socket.writableEnded && !socket.destroyed) socket.resetAndDestroy();
  }
  for (const socket of sockets) socket.destroy();
  await Promise.all(sockets.map(closed));
}

function portOf(server: Server): number {
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("The server does not listen on a port.");
  return address.port;
}
