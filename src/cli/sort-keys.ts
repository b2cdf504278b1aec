import { COLUMN_NAMES, type ColumnName } from "../decoder/layouts.js";
import type { SortKey } from "../decoder/query.js";

/** Short names for `--sort`, and the filter language's own, beside the columns' names. */
const COLUMN_BY_SHORT_NAME: Readonly<Record<string, ColumnName>> = {
  local: "localAddress",
  src: "localAddress",
  lport: "localPort",
  sport: "localPort",
  remote: "remoteAddress",
  dst: "remoteAddress",
  rport: "remotePort",
  dport: "remotePort",
};

/**
 * Parses `lport,-remote`: columns by their names or short names, `-` before one for descending.
 *
 * @throws {RangeError} a key names no column
 */
export function parseSortKeys(text: string): SortKey[] {
  return text.split(",").map((key) => {
    const descending = key.startsWith("-");
    const name = descending ? key.slice(1) : key;
    const column = COLUMN_NAMES.find((known) => known === name) ?? shortName(name);
    if (!column)
      throw new RangeError(
        `There is no column "${name}". The columns are: state, local, lport, remote, rport; or by their names in JSON.`,
      );
    return descending ? (`-${column}` as const) : column;
  });
}

function shortName(name: string): ColumnName | undefined {
  return Object.hasOwn(COLUMN_BY_SHORT_NAME, name) ? COLUMN_BY_SHORT_NAME[name] : undefined;
}
