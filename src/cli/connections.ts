import type { TcpRow } from "../decoder/table/row.js";
import type { NumberNames, ProcessNames } from "../system/contract.js";
import type { ConnectionRow } from "./column-names.js";

/** What is added to rows: each only where it is there. */
export interface Additions {
  /** Gives names of processes. */
  readonly processes?: Pick<ProcessNames, "nameOf"> | undefined;
  /** Gives the files of programs. */
  readonly paths?: Pick<ProcessNames, "pathOf"> | undefined;
  /** Gives names of users, where the tables have users. */
  readonly users?: Pick<NumberNames, "userName"> | undefined;
  /** Gives names of ports. */
  readonly services?: Pick<NumberNames, "serviceName"> | undefined;
  /** Whether to tell the family. */
  readonly family?: boolean | undefined;
}

/** Connections as they are printed: the rows, to which names are added in place. */
export function* namedRows(
  rows: Iterable<TcpRow>,
  { processes, paths, users, services, family }: Additions,
): Generator<ConnectionRow> {
  for (const row of rows as Iterable<ConnectionRow>) {
    if (family) row.family = row.localAddress.includes(":") ? 6 : 4;
    const pid = row.owningPid;
    if (processes) row.processName = (pid ? processes.nameOf(pid) : undefined) ?? null;
    if (paths) row.programPath = (pid ? paths.pathOf(pid) : undefined) ?? null;
    if (users && row.user !== undefined)
      row.userName = (row.user === null ? undefined : users.userName(row.user)) ?? null;
    if (services) {
      row.localService = services.serviceName(row.localPort) ?? null;
      row.remoteService = (row.state === "LISTEN" ? undefined : services.serviceName(row.remotePort)) ?? null;
    }
    yield row;
  }
}
