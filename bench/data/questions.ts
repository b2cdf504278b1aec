import type { Row } from "./checksum.js";
import { type Kind, SERVICE_PORT, UPSTREAM_PORT } from "./tables.js";

/**
 * What the filter suite asks of a table: a state, a port and a prefix. In the library's language for the engines, and in
 * numbers for the others.
 */
export interface Question {
  readonly text: string;
  readonly state: number;
  readonly portOf: "localPort" | "remotePort";
  /** Ports from…to, both included. */
  readonly from: number;
  readonly to: number;
  /** Remote addresses a with `(a & mask) === address`. */
  readonly address: number;
  readonly mask: number;
}

const ESTABLISHED = 5;
const TEN = { address: 0x0a000000, mask: 0xff000000 };

/** A question for each kind that picks some of its rows, not none and not nearly all: about 18, 25, 13 and 2 of a hundred. */
export const QUESTIONS: Readonly<Record<Kind, Question>> = {
  server: {
    text: `state established sport = :${SERVICE_PORT} dst 10.0.0.0/8`,
    state: ESTABLISHED,
    portOf: "localPort",
    from: SERVICE_PORT,
    to: SERVICE_PORT,
    ...TEN,
  },
  client: {
    text: `state established dport = :${SERVICE_PORT} dst 10.0.0.0/8`,
    state: ESTABLISHED,
    portOf: "remotePort",
    from: SERVICE_PORT,
    to: SERVICE_PORT,
    ...TEN,
  },
  proxy: {
    text: `state established dport = :${UPSTREAM_PORT} dst 10.0.0.0/8`,
    state: ESTABLISHED,
    portOf: "remotePort",
    from: UPSTREAM_PORT,
    to: UPSTREAM_PORT,
    ...TEN,
  },
  random: {
    text: "state established sport >= :32768 dst 128.0.0.0/1",
    state: ESTABLISHED,
    portOf: "localPort",
    from: 32768,
    to: 65535,
    address: 0x80000000,
    mask: 0x80000000,
  },
};

/** Whether a row is an answer: the oracle that all contestants are held to. */
export function answers({ state, portOf, from, to, address, mask }: Question, row: Row): boolean {
  return (
    row.state === state && row[portOf] >= from && row[portOf] <= to && (row.remoteAddress & mask) >>> 0 === address
  );
}

/** Local address, local port, remote address, remote port: GetTcpTable's own order. */
export function compareRows(a: Row, b: Row): number {
  return (
    a.localAddress - b.localAddress ||
    a.localPort - b.localPort ||
    a.remoteAddress - b.remoteAddress ||
    a.remotePort - b.remotePort
  );
}
