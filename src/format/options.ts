/** Checks of what callers pass as options: a mistyped name would otherwise pass unseen, and with it what it asked for. */

/** What is wrong with an option's value, in words that follow its name; `undefined` where nothing is. */
export type Check = (value: unknown) => string | undefined;

/** The checks of a set of options, by their names. */
export type Checks<Options> = { readonly [Name in keyof Required<Options>]: Check };

/**
 * Makes sure that options have known names and possible values. What is `undefined` counts as left out.
 *
 * @param of whose options they are, for the message: `openTcpTables`
 * @throws {TypeError} an option is not known, or its value is none; it names those that exist
 */
export function checkOptions<Options extends object>(of: string, options: Options, checks: Checks<Options>): void {
  const problem = unknownOption(of, options, Object.keys(checks));
  if (problem) throw new TypeError(problem);
  for (const [name, value] of Object.entries(options) as [keyof Options, unknown][]) {
    const wrong = value === undefined ? undefined : checks[name](value);
    if (wrong) throw new TypeError(`${of}: ${String(name)} ${wrong}, not ${shown(value)}.`);
  }
}

/**
 * What is wrong with the names of an options object, as a sentence; `undefined` where nothing is.
 *
 * @param names that its options have
 */
export function unknownOption(of: string, options: unknown, names: readonly string[]): string | undefined {
  if (typeof options !== "object" || options === null || Array.isArray(options))
    return `${of} takes an object with the options ${names.join(", ")}; not ${shown(options)}.`;
  for (const name in options) {
    if (!names.includes(name)) return `${of} has no option "${name}". The options are: ${names.join(", ")}.`;
  }
  return undefined;
}

/**
 * For a check of an option that is an object of the platform's, also one of another window or context.
 *
 * @param type its name: `AbortSignal`
 */
export function instanceCheck(value: unknown, type: string): string | undefined {
  return Object.prototype.toString.call(value) === `[object ${type}]` ? undefined : `is of type ${type}`;
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

/** Characters of a text that a message shows. */
const SHOWN = 60;

/** Values of an array that a message shows. */
const FEW = 10;

/** Whatever was given, as a message shows it. */
export function shown(value: unknown): string {
  switch (typeof value) {
    case "string":
      return JSON.stringify(value.length > SHOWN ? `${value.slice(0, SHOWN)}…` : value);
    case "function":
      return "a function";
    case "object":
      return value === null ? "null" : Array.isArray(value) ? shownArray(value) : "an object";
    default:
      return String(value);
  }
}

function shownArray(values: readonly unknown[]): string {
  return values.length > FEW || values.some((value) => typeof value === "object")
    ? "an array"
    : `[${values.map(shown).join(", ")}]`;
}
