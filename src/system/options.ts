import { COLUMN_NAMES } from "../format/columns.js";
import type { Family } from "../format/layouts.js";
import type { Owner } from "./contract.js";

/** What is wrong with an option's value, in words that follow its name; `undefined` where nothing is. */
export type Check = (value: unknown) => string | undefined;

/** The checks of a set of options, by their names. */
export type Checks<Options> = { readonly [Name in keyof Required<Options>]: Check };

const FAMILIES: readonly Family[] = [4, 6];
const OWNERS: readonly Owner[] = ["pid", "module", "offload"];

/** The checks of options that several functions have. */
export const CHECKS = {
  family: (value) => oneOf(value, FAMILIES),
  columns: (value) => listOf(value, COLUMN_NAMES),
  owner: (value) => oneOf(value, OWNERS),
  order: (value) => oneOf(value, [true, false]),
  where: (value) => (isFilter(value) ? undefined : "is what compileFilter gives"),
  attempts: (value) => (Number.isInteger(value) && (value as number) > 0 ? undefined : "is a whole number from 1 up"),
  library: (value) => (typeof value === "string" && value !== "" ? undefined : "is the path of a library"),
} as const satisfies Readonly<Record<string, Check>>;

/**
 * Makes sure that options have known names and possible values. What is `undefined` counts as left out.
 *
 * @param of whose options they are, for the message: `openIphlpapi`
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

/** For a check of an option that has a few values. */
export function oneOf(value: unknown, values: readonly unknown[]): string | undefined {
  return values.includes(value) ? undefined : `is ${values.map(shown).join(" or ")}`;
}

/** For a check of an option that is an array of these values, each at most once. */
export function listOf(value: unknown, values: readonly unknown[], least?: string): string | undefined {
  const isList =
    Array.isArray(value) &&
    (!least || value.length > 0) &&
    value.every((one, at) => values.includes(one) && value.indexOf(one) === at);
  return isList ? undefined : `is an array${least ? ` ${least}` : ""} of ${values.map(shown).join(", ")}, each once`;
}

/** Whether a value may be what compileFilter gives. */
export function isFilter(value: unknown): boolean {
  return typeof value === "object" && value !== null && "expression" in value && "text" in value;
}

/** A value as a message shows it, however large it is. */
export function shown(value: unknown): string {
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
