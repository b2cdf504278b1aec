import { createDecoder } from "../../src/decoder/decoder.js";
import { compileFilter } from "../../src/filter/filter.js";
import type { LayoutName } from "../../src/format/layouts.js";
import { encodeTable, type RawRow } from "../support/tables.js";

/** What is told of one connection by who looks at every row of every table. */
export interface OracleLife {
  readonly cookie: number;
  firstSeen: number;
  lastSeen: number;
  samples: number;
  matches: number;
  readonly states: string[];
  isOlder: boolean;
  isAlive: boolean;
}

export interface OracleResult {
  readonly lives: OracleLife[];
  /** Of each sample. */
  readonly live: number[];
}

/** Looks at every table for what matches. Connections are told apart by their cookies; one is another after three samples without it. */
export async function lookAtAllTables(
  tables: readonly (readonly RawRow[])[],
  layout: LayoutName,
  where: string,
  timeOf: (tick: number) => number,
): Promise<OracleResult> {
  const decoder = await createDecoder({ engine: "plain" });
  const filter = compileFilter(where);
  const lives: (OracleLife & { tick: number })[] = [];
  const live: number[] = [];
  for (const [tick, rows] of tables.entries()) {
    const table = decoder.decode(encodeTable(rows, layout), layout);
    const matching = new Set<number>();
    for (const { socketCookie } of table.select({ where: filter }))
      matching.add(Number.parseInt(socketCookie ?? "0", 16));
    for (const { socketCookie, state } of table) {
      const cookie = Number.parseInt(socketCookie ?? "0", 16);
      let life = lives.findLast((known) => known.cookie === cookie && tick - known.tick <= 3);
      if (!life) {
        life = {
          ...{ cookie, firstSeen: timeOf(tick), lastSeen: 0, samples: 0, matches: 0, states: [] },
          ...{ isOlder: tick === 0, isAlive: false, tick },
        };
        lives.push(life);
      }
      life.lastSeen = timeOf(tick);
      life.tick = tick;
      life.samples++;
      if (matching.has(cookie)) life.matches++;
      if (life.states.at(-1) !== state) life.states.push(state);
    }
    live.push(matching.size);
  }
  for (const life of lives) life.isAlive = life.tick === tables.length - 1;
  return { lives: lives.filter(({ matches }) => matches > 0), live };
}
