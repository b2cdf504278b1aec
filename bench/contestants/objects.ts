import { parseIPv4 } from "../../src/format/address.js";
import { parseState, STATE_NAMES } from "../../src/format/states.js";
import type { Row } from "../data/checksum.js";
import type { Kind } from "../data/tables.js";
import { SERVICE_PORT, UPSTREAM_PORT } from "../data/tables.js";
import type { Contestant, Preparation } from "./contestant.js";

/** A connection as most programs hold it: one object a row, with text that people can read. */
export interface Connection {
  state: string;
  localAddress: string;
  localPort: number;
  remoteAddress: string;
  remotePort: number;
}

/** Reads a MIB_TCPTABLE as one would who has the document and an afternoon. */
export function readConnections(bytes: Uint8Array): Connection[] {
  const table = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const connections: Connection[] = [];
  const count = table.getUint32(0, true);
  for (let row = 0, at = 4; row < count; row++, at += 20) {
    connections.push({
      state: STATE_NAMES[table.getUint32(at, true)] ?? "UNKNOWN",
      localAddress: `${bytes[at + 4]}.${bytes[at + 5]}.${bytes[at + 6]}.${bytes[at + 7]}`,
      localPort: table.getUint16(at + 8),
      remoteAddress: `${bytes[at + 12]}.${bytes[at + 13]}.${bytes[at + 14]}.${bytes[at + 15]}`,
      remotePort: table.getUint16(at + 16),
    });
  }
  return connections;
}

/** The questions of `data/questions.ts`, as one writes them for such objects. */
const MATCHES: Readonly<Record<Kind, (connection: Connection) => boolean>> = {
  server: ({ state, localPort, remoteAddress }) =>
    state === "ESTABLISHED" && localPort === SERVICE_PORT && remoteAddress.startsWith("10."),
  client: ({ state, remotePort, remoteAddress }) =>
    state === "ESTABLISHED" && remotePort === SERVICE_PORT && remoteAddress.startsWith("10."),
  proxy: ({ state, remotePort, remoteAddress }) =>
    state === "ESTABLISHED" && remotePort === UPSTREAM_PORT && remoteAddress.startsWith("10."),
  random: ({ state, localPort, remoteAddress }) =>
    state === "ESTABLISHED" && localPort >= 32768 && Number.parseInt(remoteAddress, 10) >= 128,
};

/** Text does not sort as addresses do, so each row's two numbers are made once, before the sort. */
function sortConnections(connections: readonly Connection[]): Connection[] {
  return connections
    .map((connection) => ({
      connection,
      local: addressToNumber(connection.localAddress),
      remote: addressToNumber(connection.remoteAddress),
    }))
    .sort(
      (a, b) =>
        a.local - b.local ||
        a.connection.localPort - b.connection.localPort ||
        a.remote - b.remote ||
        a.connection.remotePort - b.connection.remotePort,
    )
    .map(({ connection }) => connection);
}

function addressToNumber(address: string): number {
  const [a, b, c, d] = address.split(".");
  return ((Number(a) * 256 + Number(b)) * 256 + Number(c)) * 256 + Number(d);
}

export function usesObjects({ task, tables }: Preparation, kind: Kind): Contestant {
  const matches = MATCHES[kind];
  switch (task) {
    case "decode":
      return contestant(tables, readConnections);
    case "filter":
      return contestant(tables.map(readConnections), (connections) => connections.filter(matches));
    case "sort":
      return contestant(tables.map(readConnections), sortConnections);
    case "pipeline":
      return contestant(tables, (bytes) => sortConnections(readConnections(bytes).filter(matches)));
  }
}

function contestant<Input>(inputs: readonly Input[], work: (input: Input) => Connection[]): Contestant {
  return {
    run() {
      let sink = 0;
      for (const input of inputs) sink += work(input).length;
      return sink;
    },
    rows: (number) => work(inputs[number] as Input).map(toRow),
  };
}

export function toRow(connection: Connection): Row {
  return {
    state: parseState(connection.state) ?? 0,
    localAddress: parseIPv4(connection.localAddress) ?? 0,
    localPort: connection.localPort,
    remoteAddress: parseIPv4(connection.remoteAddress) ?? 0,
    remotePort: connection.remotePort,
  };
}
