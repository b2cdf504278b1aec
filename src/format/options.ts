/**
 * What is wrong with an options object, as a sentence; `undefined` where nothing is. A mistyped name would otherwise pass
 * unseen, and with it what it asked for.
 *
 * @param what it is for, as the sentence begins: "A query"
 * @param names that its options have
 */
export function optionsProblem(options: unknown, what: string, names: readonly string[]): string | undefined {
  if (typeof options !== "object" || options === null || Array.isArray(options))
    return `${what} is asked for by an object with the options ${names.join(", ")}; not by ${shown(options)}.`;
  for (const name in options) {
    if (!names.includes(name)) return `${what} has no option "${name}". The options are: ${names.join(", ")}.`;
  }
  return undefined;
}

/** Whatever was given, as a message shows it. */
export function shown(value: unknown): string {
  if (typeof value === "string") return JSON.stringify(value);
  if (typeof value === "function") return "a function";
  if (Array.isArray(value)) return "an array";
  return typeof value === "object" && value !== null ? "an object" : String(value);
}
