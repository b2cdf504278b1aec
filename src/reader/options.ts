import { ENGINE_NAMES } from "../decoder/table/engine.js";
import { type Check, instanceCheck, listOf, oneOf } from "../format/options.js";
import { FAMILIES, isFilter, CHECKS as SYSTEM_CHECKS } from "../system/options.js";

/** The checks of each option that a reader, or closing, may have. */
export const CHECKS = {
  ...SYSTEM_CHECKS,
  families: (value) => listOf(value, FAMILIES, "with at least one"),
  engine: (value) => oneOf(value, ENGINE_NAMES),
  where: (value) =>
    typeof value === "string" || isFilter(value) ? undefined : "is a text or what compileFilter gives",
  ownerBudget: (value) =>
    typeof value === "number" && value >= 0 ? undefined : "is a number of milliseconds from 0 up",
  collector: (value) => (hasMethods(value, "collect", "close") ? undefined : "is an object with collect() and close()"),
  orderBy: (value) => (Array.isArray(value) ? undefined : "is an array of columns"),
  limit: (value) => (typeof value === "number" ? undefined : "is a number of rows"),
  signal: (value) => instanceCheck(value, "AbortSignal"),
  confirm: (value) => (typeof value === "function" ? undefined : "is a function"),
} as const satisfies Readonly<Record<string, Check>>;

function hasMethods(value: unknown, ...names: readonly string[]): boolean {
  if (typeof value !== "object" || value === null) return false;
  return names.every((name) => typeof (value as Readonly<Record<string, unknown>>)[name] === "function");
}
