import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { EngineName } from "../../src/decoder/table/engine.js";
import { createMemory } from "../../src/frames/create-memory.js";

/** New rows before it, its first row in the previous table, its length. */
type Run = readonly [newRows: number, from: number, length: number];

const PREVIOUS = 40;
const CURRENT = 60;

/** The bytes of format.md. */
function bytesOf(runs: readonly Run[]): number[] {
  const bytes: number[] = [];
  const write = (number: number) => {
    let rest = number;
    for (; rest > 127; rest >>>= 7) bytes.push((rest & 127) | 128);
    bytes.push(rest);
  };
  let expected = 0;
  for (const [newRows, from, length] of runs) {
    const distance = from - expected;
    write(newRows);
    write(distance < 0 ? -2 * distance - 1 : 2 * distance);
    write(length);
    expected = from + length;
  }
  return bytes;
}

/** How many rows no run copies; −1 where the runs are wrong. One bit a row says which are copied. */
function newRowsOf(runs: readonly Run[]): number {
  const copied = new Set<number>();
  let row = 0;
  for (const [newRows, from, length] of runs) {
    row += newRows + length;
    if (length === 0 || from + length > PREVIOUS || row > CURRENT) return -1;
    for (let there = from; there < from + length; there++) {
      if (copied.has(there)) return -1;
      copied.add(there);
    }
  }
  return CURRENT - copied.size;
}

describe.each<EngineName>(["wasm", "plain"])("the runs of a frame, %s engine", async (engine) => {
  const memory = await createMemory(engine);
  memory.makeRoom(8192, 8192, 100);
  const read = (runs: readonly Run[]) => {
    const bytes = bytesOf(runs);
    memory.bytes.set(bytes, memory.scratchAt);
    memory.beginComparison("MIB_TCPTABLE", memory.slotAt(0), PREVIOUS, memory.slotAt(1), CURRENT);
    return memory.readRuns(memory.scratchAt, memory.scratchAt + bytes.length);
  };

  test.each<[string, Run[], number]>([
    ["ascend", [[0, 0, 3], [2, 5, 2], [1, 30, 10]], 45], // biome-ignore format: a run a bracket
    ["go back to rows between two others", [[0, 0, 3], [0, 5, 2], [0, 3, 2]], 53], // biome-ignore format: the same
    ["go back before all others", [[0, 5, 20], [0, 0, 5]], 35], // biome-ignore format: the same
    ["go back, and on again behind all", [[0, 5, 20], [0, 0, 5], [0, 25, 15]], 20], // biome-ignore format: the same
  ])("runs that %s are read", (_, runs, newRows) => {
    expect(read(runs)).toBe(newRows);
  });

  test.each<[string, Run[]]>([
    ["of the run before", [[0, 0, 3], [0, 2, 2]]], // biome-ignore format: a run a bracket
    ["of an early run, behind one that goes back", [[0, 0, 3], [0, 5, 2], [0, 2, 2]]], // biome-ignore format: the same
    ["of a run that went back", [[0, 9, 2], [0, 0, 5], [0, 11, 1], [0, 4, 1]]], // biome-ignore format: the same
    ["of a long run, its last one", [[0, 0, 33], [0, 32, 1]]], // biome-ignore format: the same
    ["of a later run, where the whole goes over it", [[0, 20, 1], [0, 0, 40]]], // biome-ignore format: the same
  ])("runs that copy a row once more %s are refused", (_, runs) => {
    expect(read(runs)).toBe(-1);
  });

  test("any runs are read or refused as a set of copied rows says", () => {
    const run = fc.tuple(fc.nat({ max: 3 }), fc.nat({ max: PREVIOUS }), fc.nat({ max: 20 }));
    fc.assert(
      fc.property(fc.array(run, { maxLength: 6 }), (runs) => {
        expect(read(runs)).toBe(newRowsOf(runs));
      }),
      { numRuns: 500, endOnFailure: true },
    );
  });
});
