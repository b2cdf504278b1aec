/** What others see of a table that they do not read: a console, a debugger, another thread. */

import { stateName } from "../../format/states.js";

/** The method that `console.log` of Node asks an object for what it shall show; Bun has the same. */
export const INSPECT: unique symbol = /* @__PURE__ */ Symbol.for("nodejs.util.inspect.custom") as never;

/** Rows as text: `{ 12 rows: LISTEN 3, ESTABLISHED 9 }`. @param counts how many are in each state, by its number; 256 of them */
export function rowsText(length: number, counts: ArrayLike<number>): string {
  const parts: string[] = [];
  for (let state = 0; state < 256; state++)
    if (counts[state]) parts.push(`${stateName(state)}${state === 255 ? "+" : ""} ${counts[state]}`);
  return `{ ${length} row${length === 1 ? "" : "s"}${length > 0 ? `: ${parts.join(", ")}` : ""} }`;
}

/**
 * A field with this value makes structuredClone and postMessage throw, in these words. Without it they would copy an object's
 * own fields, of which views on a decoder's memory have none, and what arrives would be empty.
 */
export const CANNOT_BE_CLONED = {
  get why(): never {
    throw new DOMException(
      "A table can't be posted or cloned. Post table.bytes and table.layout, and decode them there; or post rows: selection.toArray().",
      "DataCloneError",
    );
  },
};
