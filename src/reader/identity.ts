import { endsOf } from "../decoder/table/row-key.js";
import type { TcpTable } from "../decoder/table/table.js";
import type { ColumnName } from "../format/columns.js";

/**
 * What tells a connection from another one between the same ends, the best first:
 *
 * - the kernel's cookie of a socket (Linux): no other socket ever gets it, and it stays through FIN-WAIT-2 and TIME-WAIT
 * - the time of creation (Windows)
 * - the inode (Linux, where the cookie is not told): it stays until the program has closed the socket, and is 0 then
 * - the PID: the weakest, because one process can open the same connection again
 */
const EVIDENCE = ["socketCookie", "createTimestamp", "inode", "owningPid"] as const satisfies readonly ColumnName[];

/** Which connection a row is of. It stays valid when the table goes. */
export interface Identity {
  /** Both ends, as text: the same for all rows of a connection. Several listeners may share theirs (SO_REUSEPORT). */
  readonly ends: string;
  /** The ends as the row of the other end has them, where that is on this machine. */
  readonly endsOfPeer: string;
  readonly localPort: number;
  /** In the order of EVIDENCE; 0 where it is not known. */
  readonly evidence: readonly (number | bigint)[];
}

/** The identity of a row's connection. @throws {RangeError} there is no such row */
export function identityOf(table: TcpTable, index: number): Identity {
  const row = table.row(index);
  const { local, remote } = endsOf(row);
  const evidence = EVIDENCE.map((column) => table.columns[column]?.[index] ?? 0);
  return { ends: `${local} ${remote}`, endsOfPeer: `${remote} ${local}`, localPort: row.localPort, evidence };
}

/**
 * Whether two rows that were read one after the other are of the same connection, as far as can be known: the best evidence
 * that both have decides. 0 is unknown, and never evidence. Where there is none, equal ends are the same connection.
 */
export function isSameConnection(before: Identity, now: Identity): boolean {
  if (before.ends !== now.ends) return false;
  const known = EVIDENCE.findIndex((_, at) => isKnown(before.evidence[at]) && isKnown(now.evidence[at]));
  return known < 0 || before.evidence[known] === now.evidence[known];
}

function isKnown(value: number | bigint | undefined): boolean {
  return value !== undefined && value !== 0 && value !== 0n;
}
