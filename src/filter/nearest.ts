/** Letters of a word that is compared: longer ones are no slips of a finger, and would take their time. */
const LONGEST = 24;

/**
 * The words that are most like a mistyped one, for "did you mean": at most a third of its letters may be wrong, missing, too
 * many, or swapped with the next one. Case, `-` and `_` make no difference. Several where they are equally like it.
 */
export function nearest(mistyped: string, words: readonly string[]): string[] {
  const plain = (word: string) => word.toLowerCase().replace(/[-_]/g, "");
  if (mistyped.length > LONGEST) return [];
  const distances = words.map((word) => distance(plain(mistyped), plain(word)));
  const least = Math.min(...distances);
  return least > mistyped.length / 3 ? [] : words.filter((_, at) => distances[at] === least);
}

/** Single letters to change, add, take away, or swap with the next one. */
function distance(from: string, to: string): number {
  let before: number[] = [];
  let last = Array.from({ length: to.length + 1 }, (_, column) => column);
  for (let row = 1; row <= from.length; row++) {
    const next = [row];
    for (let column = 1; column <= to.length; column++) {
      const changed = (last[column - 1] as number) + (from[row - 1] === to[column - 1] ? 0 : 1);
      const swapped =
        from[row - 1] === to[column - 2] && from[row - 2] === to[column - 1]
          ? (before[column - 2] as number) + 1
          : Number.POSITIVE_INFINITY;
      next.push(Math.min(changed, swapped, (last[column] as number) + 1, (next[column - 1] as number) + 1));
    }
    before = last;
    last = next;
  }
  return last[to.length] as number;
}
