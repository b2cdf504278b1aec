import type { CaptureMetadata } from "../../capture/index.js";
import { COLUMN_NAMES, type ColumnName, LAYOUTS } from "../../decoder/index.js";

/** The columns that every family of a recording has: what all rows can be filtered and sorted by. */
export function columnsOfMetadata({ families }: CaptureMetadata): ColumnName[] {
  const layouts = families.map(({ layout }) => Object.values(LAYOUTS[layout].fields).map(({ column }) => column));
  return COLUMN_NAMES.filter((name) => layouts.length > 0 && layouts.every((columns) => columns.includes(name)));
}
