import { type HeldRows, inShort, sharedOut } from "../collect/loopback.js";
import { KERNEL, SS_FILTER, WHOLE_TABLE } from "../contestants/names.js";
import type { Row } from "../data/checksum.js";
import { isThere, openNetwork } from "../network/network.js";
import type { PushdownOrder } from "../pushdown/case.js";
import { LISTENERS, ONE_PORT } from "../results.js";
import type { Case } from "../turns.js";
import type { Run } from "./suite.js";

const LISTEN = 2;

/** Filters that the operating system takes part in, beside the whole table. */
export async function* pushdownCases(sockets: number, run: Run): AsyncGenerator<Case> {
  // The first process has the port that one row of a hundred has: its listener's, and that of the ends which it accepted.
  const onePort = Math.max(1, Math.round(sockets / 100) - 1);
  const network = await openNetwork([onePort, ...sharedOut(sockets - 2 * onePort)], run.programs);
  if (!network) {
    run.note(`Without the suite "pushdown": it takes Linux, ip (iproute2), and root or user namespaces.`);
    return;
  }
  try {
    const rows = network.held.flat();
    const [[listener]] = network.held as [[Row]];
    const { localPort: port } = listener;
    const contestants = [KERNEL, WHOLE_TABLE];
    if (await isThere("ss")) contestants.push(SS_FILTER);
    else run.note(`Without ${SS_FILTER}: ss is missing. Get it: apt-get install iproute2`);
    const questions = [
      question(LISTENERS, "state listening", ["-ltnH"], rows, ({ state }) => state === LISTEN),
      question(
        ONE_PORT,
        `sport = :${port}`,
        ["-tanH", `sport = :${port}`],
        rows,
        ({ localPort }) => localPort === port,
      ),
    ];
    for (const { kind, where, ssWords, held } of questions) {
      yield {
        suite: "pushdown",
        kind,
        size: rows.length,
        rows: rows.length,
        entrants: contestants.map((contestant) => ({
          name: contestant,
          measure: () =>
            network.ask<number>("pushdown/case.js", {
              contestant,
              where,
              ssWords,
              held,
              effort: run.effort,
            } satisfies PushdownOrder),
        })),
      };
    }
  } finally {
    await network.close();
  }
}

function question(
  kind: string,
  where: string,
  ssWords: readonly string[],
  rows: HeldRows,
  matches: (row: Row) => boolean,
) {
  return { kind, where, ssWords, held: inShort([rows.filter(matches)]) };
}
