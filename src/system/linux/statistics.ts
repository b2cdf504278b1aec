import { readFileSync } from "node:fs";
import type { TcpStatistics } from "../contract.js";
import { CollectError } from "../errors.js";
import { badMessage, nodeErrorCode } from "./libc.js";

const PROC_NET_SNMP = "/proc/net/snmp";

/**
 * Reads the TCP counters of this network namespace. They count IPv4 and IPv6 together, in 64 bits.
 *
 * @throws {CollectError} the file can't be read, or is in another format
 */
export function readLinuxStatistics(path = PROC_NET_SNMP): TcpStatistics {
  const counters = parse(read(path));
  const counter = (name: string): number => {
    const value = counters?.get(name);
    if (value !== undefined) return value;
    const text = counters
      ? `its line "Tcp:" has no number called ${name}`
      : 'it has no two lines that begin with "Tcp:"';
    throw failure(path, badMessage(text));
  };
  return {
    family: "both",
    source: path,
    rtoAlgorithm: counter("RtoAlgorithm"),
    rtoMin: counter("RtoMin"),
    rtoMax: counter("RtoMax"),
    maxConn: counter("MaxConn"),
    activeOpens: counter("ActiveOpens"),
    passiveOpens: counter("PassiveOpens"),
    attemptFails: counter("AttemptFails"),
    estabResets: counter("EstabResets"),
    currEstab: counter("CurrEstab"),
    inSegs: counter("InSegs"),
    outSegs: counter("OutSegs"),
    retransSegs: counter("RetransSegs"),
    inErrs: counter("InErrs"),
    outRsts: counter("OutRsts"),
    numConns: undefined,
  };
}

function read(path: string): string {
  try {
    return readFileSync(path, "latin1");
  } catch (error) {
    throw failure(path, nodeErrorCode(error));
  }
}

/** The counters by name. The first line that begins with `Tcp:` has the names, the second one the numbers. */
function parse(text: string): Map<string, number> | undefined {
  const lines = text.split("\n").filter((line) => line.startsWith("Tcp:"));
  const [names, numbers] = lines.map((line) => line.split(" ").slice(1));
  if (!names || !numbers) return undefined;
  return new Map(
    names.flatMap((name, index) => {
      const digits = numbers[index] ?? "";
      return /^-?\d+$/.test(digits) ? [[name, Number(digits)] as const] : [];
    }),
  );
}

function failure(path: string, code: CollectError["code"]): CollectError {
  return new CollectError(path, code, [code.number], 'See whether "nstat -az" works here: it reads the same counters.');
}
