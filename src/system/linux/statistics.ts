import { readFileSync } from "node:fs";
import type { TcpStatistics } from "../contract.js";
import { CollectError } from "../errors.js";
import { type Statistic, type StatisticName, statisticValues } from "../statistics.js";
import { badMessage, nodeErrorCode } from "./libc.js";

const PROC_NET_SNMP = "/proc/net/snmp";

/**
 * Reads the TCP counters of this network namespace. They count IPv4 and IPv6 together, in 64 bits.
 *
 * @throws {CollectError} the file can't be read, or is in another format
 */
export function readLinuxStatistics(path = PROC_NET_SNMP): TcpStatistics {
  const numbers = parse(read(path));
  if (!numbers) throw malformed(path, 'it has no two lines that begin with "Tcp:"');
  const values = statisticValues((name, statistic) => {
    const number = numbers.get(snmpName(name));
    if (number !== undefined) {
      const value = parseValue(number, statistic);
      if (value !== undefined) return value;
    }
    if (statistic.optional) return undefined;
    const found = number === undefined ? "" : `, but ${number}`;
    throw malformed(path, `its line "Tcp:" has no number called ${snmpName(name)}${found}`);
  });
  return { family: "both", source: path, ...values };
}

/** `ActiveOpens` for `activeOpens`. */
function snmpName(name: StatisticName): string {
  return name.charAt(0).toUpperCase() + name.slice(1);
}

function read(path: string): string {
  try {
    return readFileSync(path, "latin1");
  } catch (error) {
    throw failure(path, nodeErrorCode(error));
  }
}

/** The numbers' texts by name. The first line that begins with `Tcp:` has the names, the second one the numbers. */
function parse(text: string): Map<string, string> | undefined {
  const lines = text.split("\n").filter((line) => line.startsWith("Tcp:"));
  const [names, numbers] = lines.map((line) => line.split(" ").slice(1));
  if (!names || !numbers) return undefined;
  return new Map(names.flatMap((name, index) => (numbers[index] ? [[name, numbers[index]] as const] : [])));
}

/**
 * The value of an `unsigned long` in decimal, exactly; `undefined` where the text is none.
 *
 * A gauge is the sum of what each processor has added and taken away. It is read while they work, so that it may be below 0 for
 * a moment, which the kernel prints as 2⁶⁴ less that much.
 */
function parseValue(text: string, { kind, signed }: Statistic): bigint | undefined {
  if (!(signed ? /^-?\d{1,20}$/ : /^\d{1,20}$/).test(text)) return undefined;
  const value = BigInt(text);
  if (value !== (signed ? BigInt.asIntN(64, value) : BigInt.asUintN(64, value))) return undefined;
  if (kind === "counter") return value;
  const small = BigInt.asIntN(64, value);
  return Number.isSafeInteger(Number(small)) ? small : undefined;
}

function malformed(path: string, text: string): CollectError {
  return failure(path, badMessage(text));
}

function failure(path: string, code: CollectError["code"]): CollectError {
  return new CollectError(path, code, [code.number], 'See whether "nstat -az" works here: it reads the same counters.');
}
