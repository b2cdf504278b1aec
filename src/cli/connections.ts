import type { TcpRow } from "../decoder/table/row.js";
import type { ProcessNames } from "../system/contract.js";
import type { ConnectionRow } from "./column-names.js";

/** Connections as they are printed: with the names of their processes, where `names` is given. */
export function* namedRows(rows: Iterable<TcpRow>, names: ProcessNames | undefined): Generator<ConnectionRow> {
  for (const row of rows) {
    yield names ? { ...row, processName: (row.owningPid ? names.nameOf(row.owningPid) : undefined) ?? null } : row;
  }
}
