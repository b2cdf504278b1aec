import { beforeEach, describe, expect, test } from "vitest";
import { SocketOwners, type SocketOwnersOptions } from "../../../src/system/linux/owners.js";
import { MemoryProc } from "../../support/memory-proc.js";
import { files, owned, range, resolve } from "../../support/socket-owners.js";

let proc: MemoryProc;
beforeEach(() => {
  proc = new MemoryProc();
});

function open(options: SocketOwnersOptions = {}): SocketOwners {
  return new SocketOwners({ proc, ...options });
}

describe("a budget", () => {
  /** A stopwatch that has run for so many milliseconds each time it is looked at. */
  function stopwatch(milliseconds: number) {
    return { start() {}, stop: () => milliseconds * 1e6 };
  }

  test("does not count at the first sample", () => {
    const inodes = range(5000, 1);
    proc.start(10, files(inodes));
    const owners = open({ budget: 1, stopwatch: stopwatch(1000) });
    expect(resolve(owners, inodes)).toEqual(owned(inodes.map(() => 10)));
  });

  test("that is used up leaves owners unknown, and says how many; they come with the next samples", () => {
    proc.start(10, { 3: 1 });
    const owners = open({ budget: 5, stopwatch: stopwatch(6) });
    resolve(owners, [1]);
    const inodes = range(2000, 100);
    proc.start(11, files(inodes));
    const unknown: number[] = [];
    do {
      proc.read = 0;
      const told = resolve(owners, inodes);
      unknown.push(told.unknown);
      expect(told.pids.filter((pid) => pid === 11)).toHaveLength(2000 - told.unknown);
      expect(told).toMatchObject({ hidden: 0, shared: [] });
      // Each part of the work reads some files in any case.
      expect(proc.read).toBeLessThan(100);
    } while (unknown.at(-1) !== 0 && unknown.length < 300);
    expect(unknown.at(-1)).toBe(0);
    expect(unknown[0]).toBeGreaterThan(1900);
    expect(unknown).toEqual(unknown.toSorted((a, b) => b - a));
  });

  test("that is not used up changes nothing", () => {
    proc.start(10, { 3: 1 });
    const owners = open({ budget: 5, stopwatch: stopwatch(4) });
    resolve(owners, [1]);
    proc.start(11, files(range(2000, 100)));
    expect(resolve(owners, range(2000, 100))).toEqual(owned(range(2000).map(() => 11)));
  });

  test("that is always used up: sockets that nobody may see are hidden in the end, however many files there are", () => {
    for (const pid of range(20, 10)) proc.start(pid, files(range(200).map(() => 0)));
    const owners = open({ budget: 0, stopwatch: stopwatch(1) });
    resolve(owners, []);
    let samples = 0;
    while (resolve(owners, [900]).hidden === 0) expect(samples++).toBeLessThan(500);
    expect(samples).toBeGreaterThan(10);
  });

  test("that is always used up: every process is looked at in the end", () => {
    for (const pid of range(200, 10)) proc.start(pid, { 3: pid });
    const owners = open({ budget: 0, stopwatch: stopwatch(1) });
    resolve(owners, range(200, 10));
    for (const pid of range(200, 10)) {
      proc.closeFile(pid, 3);
      proc.open(pid, 4, pid + 1000);
      proc.open(pid, 5, 0);
    }
    const inodes = range(200, 1010);
    let samples = 0;
    while (resolve(owners, inodes).unknown > 0) expect(samples++).toBeLessThan(500);
    expect(resolve(owners, inodes)).toEqual(owned(range(200, 10)));
  });
});
