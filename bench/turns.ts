import { KERNEL } from "./contestants/names.js";
import { type Measurement, median } from "./results.js";

/** One that takes part in a case, in a process of its own at each turn. */
export interface Entrant {
  readonly name: string;
  /** Nanoseconds that its work takes. @throws where its rows are wrong */
  measure(): Promise<number>;
}

/** One table, or rather several of a kind and size, and all who work on it. */
export interface Case {
  readonly suite: string;
  readonly kind: string;
  readonly size: number;
  /** Rows that one measurement is about. */
  readonly rows: number;
  readonly entrants: readonly Entrant[];
}

/**
 * Lets all entrants take turns, A B C A B C, so that a machine which grows slower does so for all of them.
 *
 * @param onTurn who is next, for people who wait
 */
export async function takeTurns(
  { suite, kind, size, rows, entrants }: Case,
  rounds: number,
  onTurn: (name: string, round: number) => void,
): Promise<Measurement[]> {
  const perRow = new Map<string, number[]>(entrants.map(({ name }) => [name, []]));
  for (let round = 1; round <= rounds; round++) {
    for (const { name, measure } of entrants) {
      onTurn(name, round);
      try {
        perRow.get(name)?.push((await measure()) / rows);
      } catch (error) {
        throw new Error(`${suite}, ${kind}, ${size} rows: ${error instanceof Error ? error.message : error}`);
      }
    }
  }
  const kernel = perRow.get(KERNEL) ?? [];
  return Array.from(perRow, ([contestant, times]) => ({
    suite,
    kind,
    size,
    contestant,
    nanosecondsPerRow: median(times),
    ratio: median(times.map((time, round) => time / (kernel[round] as number))),
    rounds: times,
  }));
}
