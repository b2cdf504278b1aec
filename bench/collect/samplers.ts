import { execFileSync } from "node:child_process";
import { networkConnections } from "systeminformation";
import { openTcpTable, type TcpTable } from "tcptable";
import { parseIPv4 } from "../../src/format/address.js";
import { parseState } from "../../src/format/states.js";
import { rowsOf } from "../contestants/engines.js";
import type { Row } from "../data/checksum.js";

/** A way to this machine's table. */
export interface Sampler {
  /** Reads it once. Returns a number that depends on what was read. */
  sample(): number | Promise<number>;
  /** What it reads, as rows; not timed. */
  rows(): Promise<Row[]>;
  close(): void;
}

/** The whole of ours: the operating system's bytes, decoded into columns. */
export async function tcptable(): Promise<Sampler> {
  const reader = await openTcpTable();
  let table: TcpTable | undefined;
  const read = () => {
    table = reader.read(table);
    return table;
  };
  return {
    sample: () => read().length,
    rows: async () => [...rowsOf(read().select())],
    close: () => reader.close(),
  };
}

/** The process and its text; that the text would have to be taken apart is not counted. */
export function ss(args: readonly string[] = ["-tanH"]): Sampler {
  const run = () => execFileSync("ss", args, { encoding: "latin1", maxBuffer: 1 << 28 });
  return {
    sample: () => run().length,
    rows: async () => rowsOfText(run()),
    close() {},
  };
}

export function systeminformation(): Sampler {
  return {
    sample: async () => (await networkConnections()).length,
    rows: async () =>
      (await networkConnections()).flatMap(({ state, localAddress, localPort, peerAddress, peerPort }) =>
        rowOf(state, [localAddress, localPort], [peerAddress, peerPort]),
      ),
    close() {},
  };
}

/** A table as ss and as tcptable print it: a line has a state in front, and the two ends anywhere behind it. */
export function rowsOfText(text: string): Row[] {
  return text.split("\n").flatMap((line) => {
    const [local, remote] = line.match(END_OF_CONNECTION) ?? [];
    if (!local || !remote) return [];
    return rowOf(line.slice(0, line.indexOf(" ")), splitEnd(local), splitEnd(remote));
  });
}

/** The same as `tcptable --json` prints it. */
export function rowsOfJson(text: string): Row[] {
  return (
    JSON.parse(text) as Record<"state" | "localAddress" | "localPort" | "remoteAddress" | "remotePort", string>[]
  ).flatMap(({ state, localAddress, localPort, remoteAddress, remotePort }) =>
    rowOf(state, [localAddress, localPort], [remoteAddress, remotePort]),
  );
}

/** `127.0.0.1:443` or `*:*`, between spaces. */
const END_OF_CONNECTION = /(?<=\s)\S+:(?:\d+|\*)(?=\s|$)/g;

/** Text as numbers; nothing where it is no IPv4 connection, as IPv6 rows are not. */
function rowOf(stateText: string, local: readonly [string, string], remote: readonly [string, string]): Row[] {
  const state = parseState(stateText);
  const localAddress = parseIPv4(local[0]);
  // A listener has none.
  const remoteAddress = remote[0] === "*" ? 0 : parseIPv4(remote[0]);
  if (state === undefined || localAddress === undefined || remoteAddress === undefined) return [];
  return [{ state, localAddress, localPort: portOf(local[1]), remoteAddress, remotePort: portOf(remote[1]) }];
}

function splitEnd(end: string): [address: string, port: string] {
  const colon = end.lastIndexOf(":");
  return [end.slice(0, colon), end.slice(colon + 1)];
}

function portOf(text: string): number {
  return text === "*" ? 0 : Number(text);
}
