import type { Connections } from "../reader/connections.js";
import type { NumberNames, ProcessNames, TcpStatistics } from "../system/contract.js";
import type { Arguments } from "./arguments.js";
import { wantsColour } from "./colours.js";
import type { ConnectionRow } from "./column-names.js";
import { namedRows } from "./connections.js";
import { csvLines, jsonLines, ndjsonLines, onlyColumns } from "./formats.js";
import { print } from "./output.js";
import { groupsOutput, summaryOutput } from "./show-summary.js";
import { STDOUT } from "./standard-streams.js";
import { tableLines } from "./table-text.js";
import { defaultColumns } from "./wanted.js";

/** What the command line says of how connections are shown. */
export type Shown = Pick<
  Arguments,
  "families" | "owner" | "format" | "columns" | "processes" | "services" | "header" | "summary" | "by"
>;

/** What is known beside the connections. */
export interface Beside {
  /** Names of processes, where they were asked for. */
  readonly names: (Pick<ProcessNames, "nameOf"> & Partial<Pick<ProcessNames, "pathOf">>) | undefined;
  /** Names of users, services and interfaces, where they are those of the machine that the tables are of. */
  readonly numbers?: NumberNames | undefined;
  /** The counters of the whole machine, where they were asked for. */
  readonly statistics: readonly TcpStatistics[];
  /** Whether the tables have owners: elsewhere a PID of 0 would say that there is none. As the layout says where it is not said. */
  readonly owners?: boolean;
}

/** Prints connections as the command line asks for them: of this machine now, or of a recording. */
export async function printConnections(connections: Connections, what: Shown, beside: Beside): Promise<void> {
  await print(outputOf(connections, what, beside), STDOUT);
}

function outputOf(connections: Connections, what: Shown, beside: Beside): Iterable<string> {
  if (what.by) return groupsOutput(connections, what.by, beside, what);
  return what.summary ? summaryOutput(connections, beside.statistics, what) : linesOf(connections, what, beside);
}

function linesOf(connections: Connections, what: Shown, { names, numbers, owners = true }: Beside): Iterable<string> {
  const { format, header, columns: asked } = what;
  const named = namedRows(connections.inPlace(), {
    processes: what.processes ? names : undefined,
    paths: names?.pathOf && asked?.includes("programPath") ? (names as Pick<ProcessNames, "pathOf">) : undefined,
    users: numbers,
    services: what.services || asked?.some((column) => column.endsWith("Service")) ? (numbers ?? NO_NAMES) : undefined,
    family: format !== "table" || asked?.includes("family"),
  });
  const rows = owners ? named : withoutOwners(named);
  switch (format) {
    case "json":
      return jsonLines(what.columns ? onlyColumns(rows, what.columns) : rows);
    case "ndjson":
      return ndjsonLines(what.columns ? onlyColumns(rows, what.columns) : rows);
    case "csv":
      return csvLines(rows, what.columns ?? defaultColumns(what), { header, onTerminal: STDOUT.isTTY });
    case "table": {
      // Addresses have their scopes behind them.
      const columns = what.columns ?? defaultColumns({ ...what, families: [] });
      return tableLines(rows, columns, {
        header,
        colour: wantsColour(STDOUT, process.env),
        width: STDOUT.columns,
        interfaces: numbers,
      });
    }
  }
}

/** Of a recording: the names of this machine are not those of that one. */
const NO_NAMES = { serviceName: () => undefined };

function* withoutOwners(rows: Iterable<ConnectionRow>): Generator<ConnectionRow> {
  for (const { owningPid, owningPids, ...row } of rows) yield row;
}
