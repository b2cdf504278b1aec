import { connect, type Socket } from "node:net";
import { setImmediate } from "node:timers/promises";
import koffi from "koffi";
import { parseIPv4 } from "../../src/format/address.js";
import { connectTo, destroy, freshHost, type OpenedConnections, type OpenedEnd } from "./connections.js";

const AF_INET = 2;
const SOCK_STREAM = 1;
const SOCK_CLOEXEC = 0x80000;
const IPPROTO_TCP = 6;
const TCP_DEFER_ACCEPT = 9;

/**
 * Linux: a listener whose queue is full, so that the system drops what comes next: that client stays in SYN-SENT. Node
 * accepts as long as its event loop turns, so that the listener is libc's.
 */
export async function openSynSent(host = freshHost()): Promise<OpenedConnections> {
  const listener = new UnacceptingListener(host, 0);
  // Linux queues one connection more than the backlog says.
  const queued = await connectTo(host, listener.port, listener.sockets);
  listener.ends.push(...bothEnds(queued, listener.port, "ESTABLISHED"));

  const dropped = connect({ host, port: listener.port, localAddress: host });
  listener.sockets.push(dropped);
  dropped.on("error", () => {});
  await setImmediate(); // Node calls connect() in the next tick
  listener.ends.push({ state: "SYN-SENT", localPort: dropped.localPort ?? 0, remotePort: listener.port });
  return listener;
}

/**
 * Linux: a listener that waits for the client's first data before it takes the handshake for finished: SYN-RECEIVED
 * there, ESTABLISHED at the client.
 */
export async function openSynReceived(host = freshHost()): Promise<OpenedConnections> {
  const listener = new UnacceptingListener(host, 16, (libc, socket) => {
    const seconds = new Int32Array([60]);
    check("setsockopt", libc.setsockopt(socket, IPPROTO_TCP, TCP_DEFER_ACCEPT, seconds, seconds.byteLength));
  });
  const silent = await connectTo(host, listener.port, listener.sockets);
  listener.ends.push(...bothEnds(silent, listener.port, "SYN-RECEIVED"));
  return listener;
}

class UnacceptingListener implements OpenedConnections {
  readonly host: string;
  readonly port: number;
  readonly ends: OpenedEnd[] = [];
  readonly sockets: Socket[] = [];
  readonly #libc = loadLibc();
  readonly #socket: number;

  constructor(host: string, backlog: number, prepare: (libc: Libc, socket: number) => void = () => {}) {
    this.host = host;
    const libc = this.#libc;
    this.#socket = check("socket", libc.socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
    prepare(libc, this.#socket);
    const address = socketAddress(host);
    check("bind", libc.bind(this.#socket, address, address.byteLength));
    check("listen", libc.listen(this.#socket, backlog));
    check("getsockname", libc.getsockname(this.#socket, address, new Int32Array([address.byteLength])));
    this.port = new DataView(address.buffer).getUint16(2);
    this.ends.push({ state: "LISTEN", localPort: this.port, remotePort: 0 });
  }

  async close(): Promise<void> {
    await destroy(this.sockets);
    check("close", this.#libc.close(this.#socket));
  }
}

function bothEnds(client: Socket, port: number, server: OpenedEnd["state"]): OpenedEnd[] {
  const { localPort = 0 } = client;
  return [
    { state: "ESTABLISHED", localPort, remotePort: port },
    { state: server, localPort: port, remotePort: localPort },
  ];
}

/** A sockaddr_in with port 0: the system chooses one. */
function socketAddress(host: string): Uint8Array {
  const bytes = new Uint8Array(16);
  const view = new DataView(bytes.buffer);
  view.setUint16(0, AF_INET, true);
  view.setUint32(4, parseIPv4(host) ?? 0);
  return bytes;
}

type Libc = ReturnType<typeof loadLibc>;

function loadLibc() {
  const library = koffi.load(null);
  const bind = (name: string, types: string[]): ((...values: unknown[]) => number) => library.func(name, "int", types);
  return {
    socket: bind("socket", ["int", "int", "int"]),
    setsockopt: bind("setsockopt", ["int", "int", "int", "void *", "uint32_t"]),
    bind: bind("bind", ["int", "void *", "uint32_t"]),
    listen: bind("listen", ["int", "int"]),
    getsockname: bind("getsockname", ["int", "void *", "void *"]),
    close: bind("close", ["int"]),
  };
}

function check(name: string, result: number): number {
  if (result < 0) throw new Error(`${name} failed with errno ${koffi.errno()}`);
  return result;
}
