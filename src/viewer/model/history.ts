/** The filters that were used last, newest first, kept in this browser alone. */

const NAME = "tcptable.filters";
const MOST = 50;
const LONGEST = 2000;

/** What is kept; nothing where the browser keeps nothing for pages, as in some private windows. */
export function filterHistory(storage: () => Pick<Storage, "getItem"> = () => localStorage): string[] {
  try {
    const kept: unknown = JSON.parse(storage().getItem(NAME) ?? "[]");
    if (!Array.isArray(kept)) return [];
    return kept.filter((text): text is string => typeof text === "string" && text.length <= LONGEST).slice(0, MOST);
  } catch {
    return [];
  }
}

/** Puts a filter in front. Gives what there is then, whether it could be kept or not. */
export function addToHistory(
  text: string,
  storage: () => Pick<Storage, "getItem" | "setItem"> = () => localStorage,
): string[] {
  const before = filterHistory(storage);
  const filter = text.trim();
  if (!filter || filter.length > LONGEST) return before;
  const history = [filter, ...before.filter((other) => other !== filter)].slice(0, MOST);
  try {
    storage().setItem(NAME, JSON.stringify(history));
  } catch {
    // A browser that is full, or keeps nothing.
  }
  return history;
}
