import { MIB_TCP_STATE } from "../../src/format/states.js";
import type { Row } from "./checksum.js";
import { Random } from "./random.js";

/** What a machine does shapes its table, and the shape decides what a sort or a filter costs. */
export const KINDS = ["server", "client", "proxy", "random"] as const;
export type Kind = (typeof KINDS)[number];

export const SIZES = [300, 1_000, 10_000, 100_000] as const;

const { LISTEN, SYN_SENT, SYN_RCVD, ESTAB, FIN_WAIT1, FIN_WAIT2, CLOSE_WAIT, LAST_ACK, TIME_WAIT } = MIB_TCP_STATE;

/** The port that a server and a proxy serve, and that most of a client's connections go to. */
export const SERVICE_PORT = 443;
/** The port of the servers behind a proxy. */
export const UPSTREAM_PORT = 8080;

/** Three addresses of the machine itself: two interfaces and loopback. */
const OWN_ADDRESSES = [0x0a000001, 0xc0a80105, 0x7f000001];
const OTHER_STATES = [SYN_SENT, SYN_RCVD, FIN_WAIT1, FIN_WAIT2, CLOSE_WAIT, LAST_ACK];

/** A row with the garbage that stands in the upper halves of its port fields. */
export interface TableRow extends Row {
  readonly garbage: number;
}

/**
 * A table of one kind, the same in every run. Rows stand in no order, as an operating system's hash tables give them. No two
 * rows have the same four ends: no more do real connections. The upper halves of the port fields hold garbage, as they may.
 *
 * - `server`: one local port, many remotes, half of the rows TIME-WAIT
 * - `client`: many local ports, few remotes
 * - `proxy`: half a server's rows, half a client's
 * - `random`: every field uniformly random
 *
 * @param number tables of different numbers are of the same kind and different
 */
export function makeRows(kind: Kind, size: number, number: number): TableRow[] {
  const random = new Random(`${kind} ${size} ${number}`);
  const rows = new Map<string, TableRow>();
  const fill = (upTo: number, make: () => Row) => {
    while (rows.size < upTo) {
      const row = { ...make(), garbage: random.u32() >>> 16 };
      rows.set(`${row.localAddress} ${row.localPort} ${row.remoteAddress} ${row.remotePort}`, row);
    }
  };
  const half = Math.floor(size / 2);
  switch (kind) {
    case "server":
      if (size > 0) fill(1, listener);
      fill(half, () => inbound(random, false));
      fill(size, () => inbound(random, true));
      break;
    case "client": {
      const servers = serversOf(random, SERVICE_PORT);
      fill(size, () => outbound(random, servers));
      break;
    }
    case "proxy": {
      const servers = serversOf(random, UPSTREAM_PORT);
      if (size > 0) fill(1, listener);
      fill(half, () => inbound(random, random.below(2) === 0));
      fill(size, () => outbound(random, servers));
      break;
    }
    case "random":
      fill(size, () => ({
        state: 1 + random.below(12),
        localAddress: random.u32(),
        localPort: random.below(65536),
        remoteAddress: random.u32(),
        remotePort: random.below(65536),
      }));
  }
  return random.shuffle([...rows.values()]);
}

function listener(): Row {
  return { state: LISTEN, localAddress: 0, localPort: SERVICE_PORT, remoteAddress: 0, remotePort: 0 };
}

/** Somebody's connection to this machine's service. */
function inbound(random: Random, timeWait: boolean): Row {
  return {
    state: timeWait ? TIME_WAIT : openState(random),
    localAddress: random.pick(OWN_ADDRESSES),
    localPort: SERVICE_PORT,
    remoteAddress: random.below(10) < 4 ? privateAddress(random) : random.u32(),
    remotePort: 1024 + random.below(65536 - 1024),
  };
}

/** This machine's connection to one of a few servers. */
function outbound(random: Random, servers: readonly Server[]): Row {
  const server = random.pick(servers);
  return {
    state: random.below(10) < 3 ? TIME_WAIT : openState(random),
    localAddress: random.pick(OWN_ADDRESSES),
    localPort: 32768 + random.below(61000 - 32768),
    remoteAddress: server.address,
    remotePort: server.port,
  };
}

interface Server {
  readonly address: number;
  readonly port: number;
}

/** Ten servers, half of them in 10.0.0.0/8, seven of ten on the main port. */
function serversOf(random: Random, port: number): Server[] {
  return Array.from({ length: 10 }, (_, number) => ({
    address: number % 2 === 0 ? privateAddress(random) : random.u32(),
    port: number < 7 ? port : random.pick([22, 5432, 6379, 9092]),
  }));
}

function openState(random: Random): number {
  return random.below(10) < 9 ? ESTAB : random.pick(OTHER_STATES);
}

/** In 10.0.0.0/8. */
function privateAddress(random: Random): number {
  return 0x0a000000 + random.below(2 ** 24);
}
