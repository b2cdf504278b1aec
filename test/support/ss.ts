import { execFileSync } from "node:child_process";
import { parseIPv4 } from "../../src/format/address.js";
import { parseState } from "../../src/format/states.js";
import type { Row } from "./linux-rows.js";
import { program } from "./needs.js";

export const SS = program("ss", "apt-get install iproute2");

/**
 * The IPv4 TCP table as ss tells it, in ss's order.
 *
 * @param filter what to ask for, in ss's own grammar, one word each: `["state", "established"]`
 */
export function ss(...filter: readonly string[]): Row[] {
  return parseSs(execFileSync("ss", ["-tanH", "-4", ...filter], { encoding: "utf8", maxBuffer: 1 << 28 }));
}

/**
 * Parses `State Recv-Q Send-Q Local:Port Peer:Port` lines. Text that is none of that throws: a test must not lose rows.
 */
export function parseSs(output: string): Row[] {
  return output
    .split("\n")
    .filter((line) => line.trim() !== "")
    .map((line) => {
      const [state = "", , , local = "", remote = ""] = line.trim().split(/\s+/);
      const [localAddress, localPort] = parseEnd(local, line);
      const [remoteAddress, remotePort] = parseEnd(remote, line);
      const number = parseState(state);
      if (number === undefined) throw new Error(`ss names a state that we do not know: ${line}`);
      return { state: number, localAddress, localPort, remoteAddress, remotePort };
    });
}

/** `127.0.0.1:80`, `0.0.0.0:*`, `*:*`, `10.0.0.1%eth0:68` */
function parseEnd(text: string, line: string): [address: number, port: number] {
  const match = /^(.+?)(?:%[^:]+)?:(\d+|\*)$/.exec(text);
  const address = match?.[1] === "*" ? 0 : parseIPv4(match?.[1] ?? "");
  if (!match || address === undefined) throw new Error(`This line of ss has an end that we can't read: ${line}`);
  return [address, match[2] === "*" ? 0 : Number(match[2])];
}
