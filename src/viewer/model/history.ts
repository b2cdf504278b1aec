/** Filters that were used before, most recent first. */
export interface FormerFilter {
  readonly text: string;
  /** Milliseconds since 1970-01-01 UTC. */
  readonly time: number;
}

const NAME = "tcptable-filters";
const MOST = 30;
/** A longer one is nothing that somebody typed. */
const LONGEST = 2000;

/** Those that the browser remembers; none where it does not let the page, or holds something else under this name. */
export function formerFilters(): FormerFilter[] {
  try {
    const held: unknown = JSON.parse(localStorage.getItem(NAME) ?? "[]");
    return Array.isArray(held) ? held.filter(isFormer).slice(0, MOST) : [];
  } catch {
    return [];
  }
}

export function rememberFilter(text: string, time: number = Date.now()): void {
  const trimmed = text.trim();
  if (!trimmed || trimmed.length > LONGEST) return;
  const others = formerFilters().filter((each) => each.text !== trimmed);
  try {
    localStorage.setItem(NAME, JSON.stringify([{ text: trimmed, time }, ...others].slice(0, MOST)));
  } catch {
    // Private windows and full stores: the page works without.
  }
}

function isFormer(value: unknown): value is FormerFilter {
  const { text, time } = (value ?? {}) as Partial<FormerFilter>;
  return typeof text === "string" && text.length <= LONGEST && typeof time === "number" && Number.isFinite(time);
}
