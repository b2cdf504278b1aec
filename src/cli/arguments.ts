import { compileQuery, DEFAULT_ORDER_IPV6, type Query, type SortKey } from "../decoder/query.js";
import type { EngineName } from "../decoder/table/engine.js";
import { compileFilter, type Filter } from "../filter/filter.js";
import type { Family } from "../format/layouts.js";
import { MIB_TCP_STATE } from "../format/states.js";
import type { Owner } from "../system/contract.js";
import type { PrintedColumn } from "./column-names.js";
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
  readonly header: boolean;
  readonly summary: boolean;
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
 * @throws {FilterSyntaxError} the words are no filter
 */
export function interpret(words: readonly string[], options: Options, platform: NodeJS.Platform): Arguments {
  const { listening, limit, sort = [], order = false } = options;
  const sortsForTheSystem = order && platform !== "win32";
  const query = compileQuery({
    where: filterOf(words.join(" "), listening ?? false),
    // IPv4's order is the same without scopes, which are left out for it.
    orderBy: sortsForTheSystem ? [...sort, ...DEFAULT_ORDER_IPV6] : sort,
    limit,
  });
  const processes = options.processes ?? options.columns?.includes("processName") ?? false;
  const families = familiesOf(options);
  const owner = ownerFor(query, options.columns ?? [], processes);
  const format = options.json ? "json" : options.ndjson ? "ndjson" : options.csv ? "csv" : "table";
  // In the table, addresses have their scopes behind them.
  const shown = { families: format === "table" ? [] : families, owner, processes, extended: true };
  return {
    families,
    owner,
    query,
    format,
    columns: options.extended ? defaultColumns(shown) : options.columns,
    processes,
    header: options.header,
    summary: options.summary ?? false,
    stats: options.stats ?? false,
    engine: options.engine,
    order,
    sortsForTheSystem,
  };
}

function filterOf(text: string, listening: boolean): Filter | undefined {
  const filter = text.trim() === "" ? undefined : compileFilter(text);
  if (!listening) return filter;
  const states = new Uint8Array(256);
  states[MIB_TCP_STATE.LISTEN] = 1;
  const listeners = { kind: "state", states } as const;
  return {
    text: filter?.text ?? "",
    expression: filter ? { kind: "and", operands: [listeners, filter.expression] } : listeners,
  };
}
