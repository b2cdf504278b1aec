import type { ColumnName } from "../format/columns.js";
import { fieldOf, LAYOUTS, type LayoutName } from "../format/layouts.js";
import type { CollectorOptions, Owner } from "./contract.js";

/** The columns that each short way to the owners stands for. */
const COLUMNS_BY_OWNER: Readonly<Record<Owner, readonly ColumnName[]>> = {
  pid: ["owningPid"],
  module: ["owningPid", "createTimestamp"],
  offload: ["owningPid", "offloadState"],
};

/** The columns that a collector is asked for beside those of every table, by name or by `owner`. */
export function columnsAsked({ columns = [], owner }: Pick<CollectorOptions, "columns" | "owner">): ColumnName[] {
  return [...new Set([...columns, ...(owner ? COLUMNS_BY_OWNER[owner] : [])])];
}

/** Of these layouts, the smallest among those that have the most of the columns. */
export function smallestLayout(layouts: readonly LayoutName[], columns: readonly ColumnName[]): LayoutName {
  const missing = (layout: LayoutName) => missingColumns(layout, columns).length;
  const [best] = layouts.toSorted((a, b) => missing(a) - missing(b) || LAYOUTS[a].rowSize - LAYOUTS[b].rowSize);
  return best as LayoutName;
}

/** Of these columns, those that a layout has not. */
export function missingColumns(layout: LayoutName, columns: readonly ColumnName[]): ColumnName[] {
  return columns.filter((column) => !fieldOf(layout, column));
}
