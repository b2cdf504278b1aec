import { compileQuery, DEFAULT_ORDER_IPV6, type Query, type SortKey } from "../decoder/query.js";
import type { EngineName } from "../decoder/table/engine.js";
import { compileForProcesses, type Filter } from "../filter/filter.js";
import type { NameResolver } from "../filter/names.js";
import type { Family } from "../format/layouts.js";
import { MIB_TCP_STATE } from "../format/states.js";
import type { Owner } from "../system/contract.js";
import type { PrintedColumn } from "./column-names.js";
import { filterText, NAMES_HERE } from "./filters.js";
import type { Grouping } from "./groups.js";
import { defaultColumns, type FamilyOptions, familiesOf, ownerFor } from "./wanted.js";

export type Format = "table" | "json" | "ndjson" | "csv";

/** What the command line asks for. */
export interface Arguments {
  /** IPv4 first. */
  readonly families: readonly Family[];
  readonly owner: Owner | undefined;
  readonly query: Query;
  readonly format: Format;
  /** The columns to print; `undefined` where the command line does not say: neither by name nor by `-e`. */
  readonly columns: readonly PrintedColumn[] | undefined;
  /** Whether to look up the names of the processes. */
  readonly processes: boolean;
  /** Whether to show ports by the names of their services. */
  readonly services: boolean;
  readonly header: boolean;
  readonly summary: boolean;
  /** What the summary counts by; by state where it is missing. */
  readonly by: Grouping | undefined;
  /** What to say once about options of other tools that mean something else here. */
  readonly notes: readonly string[];
  readonly stats: boolean;
  readonly engine: EngineName | undefined;
  /** Ask the operating system to sort. */
  readonly order: boolean;
  /** `order` on a system that has no order to give: the query sorts instead. */
  readonly sortsForTheSystem: boolean;
}

/** Options as commander gives them. */
export interface Options extends FamilyOptions {
  listening?: true;
  processes?: true;
  extended?: true;
  json?: true;
  ndjson?: true;
  csv?: true;
  header: boolean;
  summary?: true;
  by?: Grouping;
  udp?: true;
  pid?: true;
  service?: true;
  stats?: true;
  order?: true;
  engine?: EngineName;
  sort?: SortKey[];
  columns?: PrintedColumn[];
  limit?: number;
}

/**
 * Makes sense of a command line that commander has taken apart.
 *
 * @param resolve looks up the names in the filter: those of this machine unless said otherwise
 * @throws {FilterSyntaxError} the words are no filter
 */
export function interpret(
  words: readonly string[],
  options: Options,
  platform: NodeJS.Platform,
  resolve: NameResolver = NAMES_HERE,
): Arguments {
  const { listening, limit, sort = [], order = false, by } = options;
  const sortsForTheSystem = order && platform !== "win32";
  const query = compileQuery({
    where: filterOf(filterText(words), listening ?? false, resolve),
    // IPv4's order is the same without scopes, which are left out for it.
    orderBy: sortsForTheSystem ? [...sort, ...DEFAULT_ORDER_IPV6] : sort,
    limit,
  });
  const columns: readonly PrintedColumn[] | undefined = by === "user" ? ["user"] : options.columns;
  const processes = options.processes ?? (by === "process" || (columns?.includes("processName") ?? false));
  const families = familiesOf(options);
  const owner = ownerFor(query, columns ?? [], processes) ?? (options.pid && "pid");
  const format = options.json ? "json" : options.ndjson ? "ndjson" : options.csv ? "csv" : "table";
  // In the table, addresses have their scopes behind them.
  const shown = { families: format === "table" ? [] : families, owner, processes, extended: true };
  return {
    families,
    owner,
    query,
    format,
    columns: options.extended ? defaultColumns(shown) : columns,
    processes,
    services: options.service ?? false,
    header: options.header,
    by,
    notes: notesOn(options, platform),
    summary: options.summary ?? false,
    stats: options.stats ?? false,
    engine: options.engine,
    order,
    sortsForTheSystem,
  };
}

/** What other tools show for such an option, and this one does not. */
function notesOn({ udp, pid }: Options, platform: NodeJS.Platform): string[] {
  return [
    ...(udp ? ["These are TCP connections alone: tcptable does not read UDP, and -u adds nothing."] : []),
    ...(pid && platform === "linux"
      ? ["-o shows PIDs, as netstat does on Windows. The timers of ss -o are not read; for queues and users, see -e."]
      : []),
  ];
}

function filterOf(text: string, listening: boolean, resolve: NameResolver): Filter | undefined {
  const filter = text === "" ? undefined : compileForProcesses(text, resolve);
  if (!listening) return filter;
  const states = new Uint8Array(256);
  states[MIB_TCP_STATE.LISTEN] = 1;
  const listeners = { kind: "state", states } as const;
  return {
    text: filter?.text ?? "",
    expression: filter ? { kind: "and", operands: [listeners, filter.expression] } : listeners,
  };
}
