import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { SocketOwners } from "../../../src/system/linux/owners.js";
import { MemoryProc } from "../../support/memory-proc.js";
import { OTHER_TABLE, type Resolved, resolve, TABLE } from "../../support/socket-owners.js";

describe("whatever processes do", () => {
  const pid = fc.integer({ min: 1, max: 6 });
  const descriptor = fc.integer({ min: 0, max: 6 });
  const act = fc.oneof(
    { weight: 4, arbitrary: fc.record({ what: fc.constant("open" as const), pid, descriptor }) },
    { weight: 3, arbitrary: fc.record({ what: fc.constant("close" as const), pid, descriptor }) },
    { weight: 1, arbitrary: fc.record({ what: fc.constant("file" as const), pid, descriptor }) },
    {
      weight: 2,
      arbitrary: fc.record({ what: fc.constant("pass" as const), pid, descriptor, to: pid, as: descriptor }),
    },
    { weight: 1, arbitrary: fc.record({ what: fc.constant("fork" as const), pid, to: pid }) },
    { weight: 1, arbitrary: fc.record({ what: fc.constant("end" as const), pid }) },
    { weight: 1, arbitrary: fc.record({ what: fc.constant("hide" as const), pid }) },
    { weight: 3, arbitrary: fc.record({ what: fc.constant("sample" as const), table: fc.boolean() }) },
  );
  type Act = typeof act extends fc.Arbitrary<infer Value> ? Value : never;

  /** What processes do, and every socket that is in one of them or was; odd inodes are of one table, even ones of the other. */
  class World {
    readonly proc: MemoryProc;
    readonly files = new Map<number, Map<number, number>>();
    readonly sockets = new Set<number>();
    readonly hidden = new Set<number>();
    #next = 1;

    constructor(counted: boolean) {
      this.proc = new MemoryProc(counted);
    }

    do(act: Exclude<Act, { what: "sample" }>): void {
      const own = this.files.get(act.pid);
      switch (act.what) {
        case "open":
        case "file": {
          if (!own) this.#start(act.pid, new Map());
          const inode = act.what === "file" ? 0 : this.#next++;
          if (inode !== 0) this.sockets.add(inode);
          this.#set(act.pid, act.descriptor, inode);
          break;
        }
        case "close":
          if (own?.delete(act.descriptor)) this.proc.closeFile(act.pid, act.descriptor);
          break;
        case "pass": {
          const inode = own?.get(act.descriptor);
          if (inode !== undefined && this.files.has(act.to)) this.#set(act.to, act.as, inode);
          break;
        }
        case "fork":
          if (own && !this.files.has(act.to)) this.#start(act.to, own);
          break;
        case "end":
          this.files.delete(act.pid);
          this.hidden.delete(act.pid);
          this.proc.end(act.pid);
          break;
        case "hide":
          if (own) this.proc.hide(act.pid);
          if (own) this.hidden.add(act.pid);
      }
    }

    /** Sockets of a table that somebody has open, or that are on their way. */
    table(odd: boolean): number[] {
      return [...this.sockets].filter((inode) => (inode % 2 === 1) === odd);
    }

    /** Who holds a socket, as far as one may see. */
    holders(inode: number): number[] {
      return this.proc.holders(inode).filter((pid) => !this.hidden.has(pid));
    }

    #start(pid: number, files: ReadonlyMap<number, number>): void {
      this.files.set(pid, new Map(files));
      this.proc.start(pid, Object.fromEntries(files));
    }

    #set(pid: number, descriptor: number, inode: number): void {
      this.files.get(pid)?.set(descriptor, inode);
      this.proc.open(pid, descriptor, inode);
    }
  }

  function expected(world: World, odd: boolean): Resolved {
    const holders = world.table(odd).map((inode) => world.holders(inode));
    return {
      pids: holders.map(([first]) => first ?? 0),
      hidden: holders.filter(({ length }) => length === 0).length,
      unknown: 0,
      shared: holders.flatMap((pids, row) => (pids.length > 1 ? pids.map((pid): [number, number] => [row, pid]) : [])),
    };
  }

  test.each([
    ["where files are counted", true, undefined],
    ["where they are not", false, undefined],
    ["where files are counted and the budget is always used up", true, 0],
    ["where they are not and the budget is always used up", false, 0],
  ])("%s, the samples after it come to tell all holders of all sockets, and no others", (_, counted, budget) => {
    fc.assert(
      fc.property(fc.array(act, { maxLength: 60 }), (acts) => {
        const world = new World(counted);
        const owners = new SocketOwners({ proc: world.proc, budget, stopwatch: { start() {}, stop: () => 1 } });
        for (const act of acts) {
          if (act.what !== "sample") {
            world.do(act);
            continue;
          }
          const { pids, hidden, unknown } = resolve(owners, world.table(act.table), act.table ? TABLE : OTHER_TABLE);
          expect(pids.filter((pid) => pid === 0)).toHaveLength(hidden + unknown);
        }
        for (let sample = 0; sample < 12; sample++) {
          resolve(owners, world.table(true), TABLE);
          resolve(owners, world.table(false), OTHER_TABLE);
        }
        expect(resolve(owners, world.table(true), TABLE)).toEqual(expected(world, true));
        expect(resolve(owners, world.table(false), OTHER_TABLE)).toEqual(expected(world, false));
      }),
      { numRuns: 150, interruptAfterTimeLimit: 20_000 },
    );
  });

  test("with fewer files than a sample reads again in any case, the third sample after it tells what is so", () => {
    fc.assert(
      fc.property(fc.array(act, { maxLength: 60 }), fc.boolean(), (acts, counted) => {
        const world = new World(counted);
        const owners = new SocketOwners({ proc: world.proc });
        for (const act of acts) {
          if (act.what !== "sample") {
            world.do(act);
            continue;
          }
          const table = act.table ? TABLE : OTHER_TABLE;
          // The first time another table's sample may have looked around just before, and then it is not sure at once that a
          // socket which a process has no more is not closed.
          for (let sample = 0; sample < 2; sample++) resolve(owners, world.table(act.table), table);
          expect(resolve(owners, world.table(act.table), table)).toEqual(expected(world, act.table));
        }
      }),
      { numRuns: 150, interruptAfterTimeLimit: 20_000 },
    );
  });
});
