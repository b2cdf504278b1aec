import type { TcpRow } from "../decoder/table/row.js";
import type { ProcessNames } from "../system/contract.js";
import type { ConnectionRow } from "./column-names.js";

/** Connections as they are printed: the rows, to which the names of their processes are added where `names` is given. */
export function* namedRows(
  rows: Iterable<TcpRow>,
  names: Pick<ProcessNames, "nameOf"> | undefined,
): Generator<ConnectionRow> {
  for (const row of rows as Iterable<ConnectionRow>) {
    if (names) row.processName = (row.owningPid ? names.nameOf(row.owningPid) : undefined) ?? null;
    yield row;
  }
}
