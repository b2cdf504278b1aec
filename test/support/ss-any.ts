import { execFileSync } from "node:child_process";
import { parseIPv4, parseIPv6 } from "../../src/format/address.js";
import { parseState } from "../../src/format/states.js";
import { toHex } from "./diag-sockets.js";

/** A line of ss. Addresses are hexadecimal digits in network order, 8 or 32 of them. */
export interface SsRow {
  readonly state: number;
  readonly localAddress: string;
  readonly localPort: number;
  readonly remoteAddress: string;
  readonly remotePort: number;
  /** Every process that has the socket. */
  readonly pids: readonly number[];
}

/** One family's table as `ss -tanpH` tells it, in ss's order. Text that can't be read throws: a test must not lose rows. */
export function ssRows(family: 4 | 6): SsRow[] {
  const output = execFileSync("ss", ["-tanpH", `-${family}`], { encoding: "utf8", maxBuffer: 1 << 28 });
  const lines = output.split("\n").filter((line) => line.trim() !== "");
  return lines.map((line) => {
    const [word = "", , , local = "", remote = "", users = ""] = line.trim().split(/\s+/);
    const state = parseState(word);
    if (state === undefined) throw new Error(`ss names a state that we do not know: ${line}`);
    const [localAddress, localPort] = parseEnd(local, family, line);
    const [remoteAddress, remotePort] = parseEnd(remote, family, line);
    const pids = [...users.matchAll(/pid=(\d+)/g)].map((match) => Number(match[1]));
    return { state, localAddress, localPort, remoteAddress, remotePort, pids };
  });
}

/** `[::1]:80`, `[::ffff:127.0.0.1]:80`, `[fe80::1]%eth0:68`, `[::]:*`, `127.0.0.1:80`; `*:80` is a dual-stack end. */
export function parseEnd(text: string, family: 4 | 6, line: string): [address: string, port: number] {
  const match = /^\[?(.+?)\]?(?:%[^:]+)?:(\d+|\*)$/.exec(text);
  const address = match?.[1] === "*" ? (family === 4 ? "0.0.0.0" : "::") : (match?.[1] ?? "");
  const words = family === 6 ? parseIPv6(address) : parseIPv4(address);
  if (!match || words === undefined) throw new Error(`This line of ss has an end that we can't read: ${line}`);
  const bytes = new DataView(new ArrayBuffer(family === 4 ? 4 : 16));
  [words].flat().forEach((each, index) => {
    bytes.setUint32(index * 4, each as number);
  });
  return [toHex(new Uint8Array(bytes.buffer)), match[2] === "*" ? 0 : Number(match[2])];
}
