import { describe, expect, test } from "vitest";
import type { LayoutName } from "../../src/format/layouts.js";
import { NamesToTell } from "../../src/sampler/names-to-tell.js";
import type { Collection } from "../../src/system/contract.js";
import { encodeTable } from "../support/tables.js";
import { connection, ScriptedNames } from "./scripted-sampler.js";

/** A table whose rows have these owners. */
function owned(
  pids: readonly number[],
  sharedOwners = new Uint32Array(0),
  layout: LayoutName = "LINUX_TCPTABLE",
): Collection {
  const bytes = encodeTable(
    pids.map((owningPid, row) => connection(row + 1, { owningPid })),
    layout,
  );
  return { layout, bytes, attempts: 1, nanoseconds: 0, sharedOwners };
}

function processes(...pids: readonly number[]): ScriptedNames {
  const names = new ScriptedNames();
  for (const pid of pids) names.processes.set(pid, { name: `p${pid}`, start: pid * 10 });
  return names;
}

const told = (names: NamesToTell, table: Collection) => names.namesOf(table).map(({ pid, name }) => `${pid} ${name}`);

describe("names of processes", () => {
  test("are told once each, in the order in which rows first have them, with the start of the process", () => {
    const names = new NamesToTell(processes(7, 5, 70_000));
    expect(names.namesOf(owned([7, 7, 5, 7, 70_000]))).toMatchObject([
      { pid: 7, name: "p7", startTime: 70 },
      { pid: 5, name: "p5", startTime: 50 },
      { pid: 70_000, name: "p70000", startTime: 700_000 },
    ]);
    expect(told(names, owned([5, 7]))).toEqual([]);
  });

  test("are told of the others that hold a socket, and of no row's number", () => {
    const names = new NamesToTell(processes(1, 2, 3, 900));
    expect(told(names, owned([3], Uint32Array.of(1, 3, 1, 900)))).toEqual(["3 p3", "900 p900"]);
  });

  test("are not told of nobody, PID 0, whatever the system calls it", () => {
    expect(told(new NamesToTell(processes(0, 4)), owned([0, 4, 0]))).toEqual(["4 p4"]);
  });

  test("are told again where another process has the PID, or the process another program", () => {
    const system = processes(7);
    const names = new NamesToTell(system);
    told(names, owned([7]));
    system.processes.set(7, { name: "p7", start: 71 });
    expect(told(names, owned([7]))).toEqual(["7 p7"]);
    system.processes.set(7, { name: "other", start: 71 });
    expect(told(names, owned([7]))).toEqual(["7 other"]);
    expect(told(names, owned([7]))).toEqual([]);
  });

  test("are told again of a PID that no row had for a table", () => {
    const names = new NamesToTell(processes(7));
    told(names, owned([7]));
    expect(told(names, owned([]))).toEqual([]);
    expect(told(names, owned([7]))).toEqual(["7 p7"]);
  });

  test("that are not known yet are told once they are", () => {
    const system = processes();
    const names = new NamesToTell(system);
    expect(told(names, owned([7]))).toEqual([]);
    system.processes.set(7, { name: "p7", start: 0 });
    expect(told(names, owned([7]))).toEqual(["7 p7"]);
  });

  test("are none where the layout has no owners", () => {
    expect(told(new NamesToTell(processes(7)), owned([7], undefined, "MIB_TCPTABLE"))).toEqual([]);
  });
});
