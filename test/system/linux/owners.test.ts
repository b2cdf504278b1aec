import { beforeEach, describe, expect, test } from "vitest";
import { SocketOwners, type SocketOwnersOptions } from "../../../src/system/linux/owners.js";
import { MemoryProc } from "../../support/memory-proc.js";
import { files, OTHER_TABLE, owned, range, resolve, TABLE } from "../../support/socket-owners.js";

let proc: MemoryProc;
beforeEach(() => {
  proc = new MemoryProc();
});

function open(options: SocketOwnersOptions = {}): SocketOwners {
  return new SocketOwners({ proc, ...options });
}

describe("owners of sockets", () => {
  test("are found by their inodes; sockets without an inode have none", () => {
    proc.start(10, { 3: 100, 4: 0xfffffffe });
    proc.start(20, { 0: 300, 1: 0, 2: 0 });
    const owners = open();
    expect(resolve(owners, [300, 0, 100, 0xfffffffe | 0, 100])).toEqual(owned([20, 0, 10, 10, 10]));
    expect(resolve(owners, [])).toEqual(owned([]));
  });

  test("are written where the inodes are, if that is the same place", () => {
    proc.start(10, { 3: 100 });
    const words = Int32Array.of(100, 0, 100);
    open().resolve(TABLE, words, 0, 0, 1, 3);
    expect([...words]).toEqual([10, 0, 10]);
  });

  test("that can't be seen are counted as hidden, row by row, at every sample, and not searched for again", () => {
    proc.start(10, { 3: 100 });
    const owners = open();
    for (let sample = 0; sample < 3; sample++) {
      expect(resolve(owners, [100, 900, 901, 900])).toEqual({ pids: [10, 0, 0, 0], hidden: 3, unknown: 0, shared: [] });
    }
    proc.read = 0;
    resolve(owners, [100, 900, 901, 900]);
    expect(proc.read).toBe(1); // the rolling check
  });

  test("of another user's process are hidden", () => {
    proc.start(10, { 3: 100, 4: 101 });
    proc.hide(10);
    const owners = open();
    const told = { pids: [0, 0], hidden: 2, unknown: 0, shared: [] };
    expect(resolve(owners, [100, 101])).toEqual(told);
    proc.open(10, 5, 102);
    expect(resolve(owners, [100, 102])).toEqual(told);
  });

  test("are all told where several share a socket, the lowest PID first, by row", () => {
    proc.start(30, { 3: 100 });
    proc.start(20, { 3: 100, 4: 101, 5: 100 });
    proc.start(100, { 3: 100, 7: 102 });
    const owners = open();
    expect(resolve(owners, [101, 100, 102, 100])).toEqual({
      pids: [20, 20, 100, 20],
      hidden: 0,
      unknown: 0,
      shared: [1, 3].flatMap((row) => [20, 30, 100].map((pid) => [row, pid])),
    });
    proc.closeFile(20, 3);
    expect(resolve(owners, [100]).shared).toEqual([20, 30, 100].map((pid) => [0, pid]));
    proc.closeFile(20, 5);
    expect(resolve(owners, [100])).toMatchObject({ pids: [30], shared: [30, 100].map((pid) => [0, pid]) });
    proc.end(30);
    expect(resolve(owners, [100])).toEqual(owned([100]));
    proc.end(100);
    // It may be that the socket has gone meanwhile.
    expect(resolve(owners, [100])).toEqual({ pids: [0], hidden: 0, unknown: 1, shared: [] });
    expect(resolve(owners, [100])).toEqual({ pids: [0], hidden: 1, unknown: 0, shared: [] });
  });

  test("that forked after the first sample are told with the others, though no socket is new", () => {
    proc.start(10, { 3: 100 });
    const owners = open();
    resolve(owners, [100]);
    for (const child of [11, 12, 13]) proc.fork(10, child);
    expect(resolve(owners, [100]).shared).toEqual([10, 11, 12, 13].map((pid) => [0, pid]));
  });

  test("by the hundred share one socket", () => {
    const pids = range(300, 1000);
    for (const pid of pids) proc.start(pid, { 3: 100 });
    expect(resolve(open(), [500, 100]).shared).toEqual(pids.map((pid) => [1, pid]));
  });

  test("are told in numbers that grow and shrink again: none of an earlier table is left", () => {
    for (const pid of [10, 11]) proc.start(pid, { 3: 100 });
    for (const pid of range(100, 20)) proc.start(pid, { 3: 200 });
    const owners = open();
    const pairs = (row: number) => [10, 11].map((pid) => [row, pid]);
    expect(resolve(owners, [100]).shared).toEqual(pairs(0));
    expect(resolve(owners, [200, 100]).shared).toHaveLength(102);
    expect(resolve(owners, [0, 0, 100]).shared).toEqual(pairs(2));
  });

  test("new sockets of new and of known processes are found", () => {
    proc.start(10, { 3: 100 });
    proc.start(11);
    const owners = open();
    resolve(owners, [100]);
    proc.open(11, 3, 101);
    proc.start(12, { 3: 102 });
    expect(resolve(owners, [100, 101, 102])).toEqual(owned([10, 11, 12]));
  });

  test("a descriptor that is another socket now is seen, though there are as many files as before", () => {
    proc.start(10, { 3: 100, 4: 101 });
    const owners = open();
    resolve(owners, [100, 101]);
    proc.open(10, 3, 200);
    expect(resolve(owners, [101, 200])).toEqual(owned([10, 10]));
  });

  test("a descriptor that was a file and is a socket now is seen, though there are as many files as before", () => {
    proc.start(10, { 3: 100, 4: 0 });
    const owners = open();
    resolve(owners, [100]);
    proc.open(10, 4, 101);
    expect(resolve(owners, [100, 101])).toEqual(owned([10, 10]));
  });

  test("a process that ends between the list of processes and its files has none", () => {
    proc.start(10, { 3: 100 });
    proc.start(11, { 3: 101 });
    const owners = open();
    resolve(owners, [100, 101]);
    const { listProcesses } = proc;
    proc.listProcesses = () => {
      listProcesses.call(proc);
      proc.end(10);
    };
    expect(resolve(owners, [100, 101])).toEqual({ pids: [0, 11], hidden: 0, unknown: 1, shared: [] });
    expect(resolve(owners, [101])).toEqual(owned([11]));
  });

  test("a PID that is used again is another process", () => {
    proc.start(10, { 3: 100 });
    proc.start(11, { 3: 100 });
    const owners = open();
    expect(resolve(owners, [100]).shared).toHaveLength(2);
    proc.start(10, { 3: 500 });
    expect(resolve(owners, [100, 500])).toEqual(owned([11, 10]));
  });

  test("a PID that is used again by a process with as many files is another process at once", () => {
    const inodes = range(2000, 5000);
    proc.start(10, files(inodes));
    proc.fork(10, 11);
    const owners = open();
    expect(resolve(owners, inodes).pids).toEqual(inodes.map(() => 10));
    proc.start(10, files(inodes.map(() => 0)));
    expect(resolve(owners, inodes)).toEqual(owned(inodes.map(() => 11)));
  });

  test("are unknown, not hidden, while this process has too many files open to list those of others", () => {
    proc.start(10, { 3: 100 });
    proc.listable = false;
    const owners = open();
    for (let sample = 0; sample < 2; sample++) {
      expect(resolve(owners, [100])).toEqual({ pids: [0], hidden: 0, unknown: 1, shared: [] });
    }
    proc.listable = true;
    expect(resolve(owners, [100])).toEqual(owned([10]));
  });

  test("of more sockets than the hash table begins with: 600 that nobody may see stay hidden when it grows, and are not searched for again", () => {
    proc.start(10, files(range(100, 1)));
    const hidden = range(600, 10_000);
    const owners = open();
    expect(resolve(owners, hidden, TABLE)).toMatchObject({ hidden: 600, unknown: 0 });
    resolve(owners, [], OTHER_TABLE);
    proc.read = 0;
    // The other table's sockets make it grow, while this one's were last seen at the sample before.
    expect(resolve(owners, range(2000, 20_000), OTHER_TABLE)).toMatchObject({ hidden: 2000 });
    const searched = proc.read;
    expect(resolve(owners, hidden, TABLE)).toMatchObject({ hidden: 600, unknown: 0 });
    expect(proc.read - searched).toBeLessThanOrEqual(100);
    expect(resolve(owners, [...hidden, 1], TABLE)).toMatchObject({ hidden: 600, unknown: 0 });
  });

  test("that stay hidden when other sockets than those of tables make the hash table grow", () => {
    proc.start(10, files(range(100, 1)));
    const hidden = range(600, 10_000);
    const owners = open();
    resolve(owners, hidden);
    proc.start(11, files(range(3000, 50_000)));
    expect(resolve(owners, hidden)).toMatchObject({ hidden: 600, unknown: 0 });
  });

  test("sockets that come and go by the thousand leave nothing behind that is told", () => {
    proc.start(10);
    const owners = open();
    for (let sample = 0; sample < 20; sample++) {
      const inodes = range(500, 1 + sample * 500);
      inodes.forEach((inode, descriptor) => {
        proc.open(10, descriptor, inode);
      });
      expect(resolve(owners, inodes)).toEqual(owned(inodes.map(() => 10)));
    }
  });
});

describe("owners of two tables", () => {
  test("are learned together: the second one's first sample reads nothing", () => {
    proc.start(10, { 3: 100, 4: 200 });
    proc.start(11, { 3: 101, 4: 201 });
    const owners = open();
    expect(resolve(owners, [100, 101], TABLE)).toEqual(owned([10, 11]));
    proc.read = 0;
    proc.names = 0;
    expect(resolve(owners, [200, 201], OTHER_TABLE)).toEqual(owned([10, 11]));
    expect([proc.read, proc.names]).toEqual([0, 0]);
  });

  test("are looked at again for each", () => {
    proc.start(10, { 3: 100 });
    proc.start(11, { 3: 100 });
    proc.start(20, { 3: 200 });
    proc.start(21, { 3: 200 });
    const owners = open();
    for (let sample = 0; sample < 2; sample++) {
      expect(resolve(owners, [100], TABLE).pids).toEqual([10]);
      expect(resolve(owners, [200], OTHER_TABLE).pids).toEqual([20]);
    }
    proc.closeFile(10, 3);
    proc.closeFile(20, 3);
    expect(resolve(owners, [100], TABLE)).toEqual(owned([11]));
    expect(resolve(owners, [200], OTHER_TABLE)).toEqual(owned([21]));
  });

  test("in a process with many files: a descriptor that goes over to the other one", () => {
    const [mine, others] = [range(200, 1000), range(200, 1200)];
    proc.start(10, files([...mine, ...others]));
    const owners = open();
    for (let sample = 0; sample < 2; sample++) {
      expect(resolve(owners, mine, TABLE)).toEqual(owned(mine.map(() => 10)));
      expect(resolve(owners, others, OTHER_TABLE)).toEqual(owned(others.map(() => 10)));
    }
    proc.start(11, { 7: 1007 });
    proc.open(10, 7, 5000);
    expect(resolve(owners, [...others, 5000], OTHER_TABLE)).toEqual(owned([...others, 5000].map(() => 10)));
    expect(resolve(owners, mine, TABLE)).toEqual(owned(mine.map((inode) => (inode === 1007 ? 11 : 10))));
  });

  test("one of which is sampled no more: the other one's sockets are still seen to go", () => {
    proc.start(10, files(range(3000, 1)));
    const owners = open();
    resolve(owners, [1, 2, 3], OTHER_TABLE);
    for (let sample = 0; sample < 300; sample++) resolve(owners, range(3000, 1), TABLE);
    // What it reads is then the descriptor whose socket has gone.
    proc.open(10, 2900, 9000);
    expect(resolve(owners, [...range(2900, 1), 9000], TABLE).pids.at(-1)).toBe(10);
  });
});
