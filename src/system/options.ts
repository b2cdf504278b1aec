import { COLUMN_NAMES } from "../format/columns.js";
import type { Family } from "../format/layouts.js";
import { type Check, listOf, oneOf } from "../format/options.js";
import type { Owner } from "./contract.js";

export const FAMILIES: readonly Family[] = [4, 6];
const OWNERS: readonly Owner[] = ["pid", "module", "offload"];

/** The checks of what collectors, and whatever else asks an operating system, are asked for. */
export const CHECKS = {
  family: (value) => oneOf(value, FAMILIES),
  columns: (value) => listOf(value, COLUMN_NAMES),
  owner: (value) => oneOf(value, OWNERS),
  order: (value) => oneOf(value, [true, false]),
  where: (value) => (isFilter(value) ? undefined : "is what compileFilter gives"),
  attempts: (value) => (Number.isInteger(value) && (value as number) > 0 ? undefined : "is a whole number from 1 up"),
  library: (value) => (typeof value === "string" && value !== "" ? undefined : "is the path of a library"),
} as const satisfies Readonly<Record<string, Check>>;

/** Whether a value may be what compileFilter gives. */
export function isFilter(value: unknown): boolean {
  return typeof value === "object" && value !== null && "expression" in value && "text" in value;
}
