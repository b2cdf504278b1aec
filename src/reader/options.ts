import type { EngineName } from "../decoder/table/engine.js";
import type { Filter } from "../filter/filter.js";
import { COLUMN_NAMES } from "../format/columns.js";
import type { Family } from "../format/layouts.js";
import type { Owner } from "../system/contract.js";

/** What is wrong with an option's value, in words that follow its name; `undefined` where nothing is. */
type Check = (value: unknown) => string | undefined;

/** The checks of a set of options, by their names. */
export type Checks<Options> = { readonly [Name in keyof Required<Options>]: Check };

const FAMILIES: readonly Family[] = [4, 6];
const OWNERS: readonly Owner[] = ["pid", "module", "offload"];
const ENGINES: readonly EngineName[] = ["wasm", "plain"];

/** The checks of each option that a reader, or closing, may have. */
export const CHECKS = {
  family: (value) => oneOf(value, FAMILIES),
  families: (value) => listOf(value, FAMILIES, "with at least one"),
  columns: (value) => listOf(value, COLUMN_NAMES),
  owner: (value) => oneOf(value, OWNERS),
  engine: (value) => oneOf(value, ENGINES),
  order: (value) => oneOf(value, [true, false]),
  where: (value) =>
    typeof value === "string" || isFilter(value) ? undefined : "is a text or what compileFilter gives",
  ownerBudget: (value) =>
    typeof value === "number" && value >= 0 ? undefined : "is a number of milliseconds from 0 up",
  collector: (value) => (hasMethods(value, "collect", "close") ? undefined : "is an object with collect() and close()"),
  orderBy: (value) => (Array.isArray(value) ? undefined : "is an array of columns"),
  limit: (value) => (typeof value === "number" ? undefined : "is a number of rows"),
  confirm: (value) => (typeof value === "function" ? undefined : "is a function"),
} as const satisfies Readonly<Record<string, Check>>;

/**
 * Makes sure that options have known names and possible values. What is `undefined` counts as left out.
 *
 * @param of whose options they are, for the message: `openTcpTables`
 * @throws {TypeError} an option is not known, or its value is none; it names those that exist
 */
export function checkOptions<Options extends object>(of: string, options: Options, checks: Checks<Options>): void {
  if (typeof options !== "object" || options === null || Array.isArray(options))
    throw new TypeError(`${of} takes an object with options, not ${shown(options)}.`);
  for (const [name, value] of Object.entries(options) as [string, unknown][]) {
    if (!Object.hasOwn(checks, name)) {
      const known = Object.keys(checks).join(", ");
      throw new TypeError(`${of} has no option "${name}". The options are: ${known}.`);
    }
    const wrong = value === undefined ? undefined : checks[name as keyof Options](value);
    if (wrong) throw new TypeError(`${of}: ${name} ${wrong}, not ${shown(value)}.`);
  }
}

function oneOf(value: unknown, values: readonly unknown[]): string | undefined {
  return values.includes(value) ? undefined : `is ${values.map(shown).join(" or ")}`;
}

/** An array of these values, each at most once. */
function listOf(value: unknown, values: readonly unknown[], least?: string): string | undefined {
  const isList =
    Array.isArray(value) &&
    (!least || value.length > 0) &&
    value.every((one, at) => values.includes(one) && value.indexOf(one) === at);
  return isList ? undefined : `is an array${least ? ` ${least}` : ""} of ${values.map(shown).join(", ")}, each once`;
}

function isFilter(value: unknown): value is Filter {
  return typeof value === "object" && value !== null && "expression" in value && "text" in value;
}

function hasMethods(value: unknown, ...names: readonly string[]): boolean {
  if (typeof value !== "object" || value === null) return false;
  return names.every((name) => typeof (value as Readonly<Record<string, unknown>>)[name] === "function");
}

/** A value as a message shows it, however large it is. */
function shown(value: unknown): string {
  if (typeof value === "function") return "a function";
  let text: string | undefined;
  try {
    text = JSON.stringify(value);
  } catch {
    // circular, or a bigint
  }
  text ??= String(value);
  return text.length > 60 ? `${text.slice(0, 60)}…` : text;
}
