import * as fc from "fast-check";
import { beforeEach, describe, expect, test } from "vitest";
import { SocketOwners, type SocketOwnersOptions } from "../../../src/system/linux/owners.js";
import { MemoryProc } from "../../support/memory-proc.js";

/** More samples than it takes until every file has been read again, and what this has shown has been followed. */
const A_ROUND = 70;

let proc: MemoryProc;
beforeEach(() => {
  proc = new MemoryProc();
});

function open(options: SocketOwnersOptions = {}): SocketOwners {
  return new SocketOwners({ proc, ...options });
}

const TABLE = {};
const OTHER_TABLE = {};
const STEP = 4;

interface Resolved {
  readonly pids: number[];
  readonly hidden: number;
  readonly unknown: number;
  /** Pairs of a row and a PID. */
  readonly shared: [row: number, pid: number][];
}

/** What is told of a table of these inodes. */
function resolve(owners: SocketOwners, inodes: readonly number[], table: object = TABLE): Resolved {
  const words = new Int32Array(2 + inodes.length * STEP).fill(-7);
  inodes.forEach((inode, row) => {
    words[2 + row * STEP] = inode;
  });
  owners.resolve(table, words, 2, 4, STEP, inodes.length);
  const pids = inodes.map((_, row) => words[4 + row * STEP] as number);
  expect(words.filter((word) => word === -7)).toHaveLength(words.length - 2 * inodes.length);
  const shared = Array.from({ length: owners.shared.length / 2 }, (_, pair): [number, number] => [
    owners.shared[2 * pair] as number,
    owners.shared[2 * pair + 1] as number,
  ]);
  return { pids, hidden: owners.hidden, unknown: owners.unknown, shared };
}

/** Where every socket has one process, which is known. */
function owned(pids: readonly number[]): Resolved {
  return { pids: [...pids], hidden: 0, unknown: 0, shared: [] };
}

function range(length: number, first = 0): number[] {
  return Array.from({ length }, (_, index) => first + index);
}

/** Sockets by descriptor, from 0 on. */
function files(inodes: readonly number[]): Record<number, number> {
  return Object.fromEntries(inodes.entries());
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

describe("a socket that was handed to another process", () => {
  test.each([
    ["higher", 10, 20],
    ["lower", 20, 10],
  ])(
    "whose PID is %s, while the giver's number of files stays the same, is theirs at once, because their number grew",
    (_, giver, taker) => {
      proc.start(giver, { ...files(range(2000, 5000)), 2000: 100 });
      proc.start(taker, { 3: 0 });
      const owners = open();
      const inodes = [...range(2000, 5000), 100];
      expect(resolve(owners, inodes)).toEqual(owned(inodes.map(() => giver)));
      proc.open(taker, 4, 100);
      proc.open(giver, 2000, 0);
      expect(resolve(owners, inodes)).toEqual(owned([...range(2000).map(() => giver), taker]));
    },
  );

  test.each([
    ["that closes another file meanwhile", true, true],
    ["before Linux 6.2, where files are not counted,", false, false],
  ])("%s is told beside the giver, who holds it still, within a bounded number of samples", (_, counted, closes) => {
    proc = new MemoryProc(counted);
    proc.start(10, { 3: 900 });
    proc.start(11, files(range(3000).map(() => 0)));
    proc.closeFile(11, 0);
    const owners = open();
    expect(resolve(owners, [900])).toEqual(owned([10]));
    proc.open(11, 0, 900);
    if (closes) proc.closeFile(11, 2000);
    let samples = 1;
    while (resolve(owners, [900]).shared.length === 0) expect(samples++).toBeLessThan(2 * A_ROUND);
    expect(resolve(owners, [900]).shared).toEqual([10, 11].map((pid) => [0, pid]));
  });

  test.each([
    ["higher", 10, 20],
    ["lower", 20, 10],
  ])(
    "whose PID is %s, while the numbers of files of both stay the same, is theirs within a bounded number of samples",
    (_, giver, taker) => {
      const inodes = range(8000, 5000);
      proc.start(giver, files(inodes));
      proc.start(taker, files(range(8000).map(() => 0)));
      const owners = open();
      expect(resolve(owners, inodes)).toEqual(owned(inodes.map(() => giver)));
      proc.open(taker, 7000, inodes[6000] as number);
      proc.open(giver, 6000, 0);
      let samples = 1;
      while (resolve(owners, inodes).pids[6000] !== taker) expect(samples++).toBeLessThan(A_ROUND);
      resolve(owners, inodes);
      expect(resolve(owners, inodes)).toEqual(owned(inodes.map((_, row) => (row === 6000 ? taker : giver))));
    },
  );

  test("and was on its way when it was first sampled is the taker's as soon as that has it", () => {
    proc.start(10, { 3: 100 });
    proc.start(20, { 3: 0 });
    const owners = open();
    for (let sample = 0; sample < 3; sample++) {
      expect(resolve(owners, [100, 900])).toMatchObject({ pids: [10, 0], hidden: 1 });
    }
    proc.open(20, 4, 900);
    expect(resolve(owners, [100, 900])).toEqual(owned([10, 20]));
  });

  test("and was on its way, to one that closes a file meanwhile, is the taker's within a bounded number of samples", () => {
    proc.start(10, files(range(5000).map(() => 0)));
    const owners = open();
    for (let sample = 0; sample < 3; sample++) expect(resolve(owners, [900])).toMatchObject({ pids: [0], hidden: 1 });
    proc.open(10, 4000, 900);
    let samples = 1;
    while (resolve(owners, [900]).pids[0] !== 10) expect(samples++).toBeLessThan(A_ROUND);
  });

  test("by a server that forks for each connection, and gives the next one its descriptor: both are told at once", () => {
    const inodes = range(400, 1000);
    proc.start(10, files(inodes));
    const owners = open();
    expect(resolve(owners, inodes)).toEqual(owned(inodes.map(() => 10)));
    proc.start(11, { 7: 1007 });
    proc.open(10, 7, 5000);
    expect(resolve(owners, [...inodes, 5000])).toEqual(
      owned([...inodes.map((inode) => (inode === 1007 ? 11 : 10)), 10]),
    );
  });

  test("before Linux 6.2, where files are not counted, is found as well", () => {
    proc = new MemoryProc(false);
    const inodes = range(3000, 5000);
    proc.start(10, files(inodes));
    proc.start(11, { 3: 0 });
    const owners = open();
    resolve(owners, inodes);
    proc.open(10, 2500, 0);
    proc.open(11, 4, 7500);
    proc.open(11, 5, 9000);
    let samples = 1;
    while (resolve(owners, [...inodes, 9000]).pids[2500] !== 11) expect(samples++).toBeLessThan(A_ROUND);
    resolve(owners, inodes);
    expect(resolve(owners, [...inodes, 9000])).toEqual(
      owned([...inodes.map((inode) => (inode === 7500 ? 11 : 10)), 11]),
    );
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

describe("a sample after the first reads only what has changed", () => {
  /** The files of a process that are no sockets of the table: they can't be told from those that have changed. */
  const OTHERS = range(17_000).map(() => 0);

  test("where nothing has, a 64th of all files", () => {
    proc.start(10, files(OTHERS));
    proc.start(11, { 3: 100 });
    const owners = open();
    resolve(owners, [100]);
    proc.read = 0;
    proc.names = 0;
    resolve(owners, [100]);
    expect([proc.read, proc.names]).toEqual([Math.ceil(17_001 / 64), 0]);
  });

  test("beside a process with 17,000 files, 20 connections of a server that come and 20 that go", () => {
    const inodes = range(1000, 1);
    proc.start(10, files(OTHERS));
    proc.start(11, files(inodes));
    const owners = open();
    resolve(owners, inodes);
    let next = 2000;
    for (let sample = 0; sample < 10; sample++) {
      for (let count = 0; count < 20; count++) {
        const descriptor = (sample * 97 + count * 31) % 1000;
        inodes[descriptor] = next;
        proc.open(11, descriptor, next++);
      }
      proc.read = 0;
      proc.names = 0;
      expect(resolve(owners, inodes)).toEqual(owned(inodes.map(() => 11)));
      expect(proc.read).toBeLessThan(18_000 / 64 + 50);
      expect(proc.names).toBe(0);
    }
  });

  test("in the process with 17,000 files itself, whose new files get the lowest descriptors that are free", () => {
    proc.start(10, files(OTHERS));
    for (const descriptor of [5, 600, 9000, 9001]) proc.closeFile(10, descriptor);
    const owners = open();
    resolve(owners, []);
    for (const inode of range(40, 100)) proc.openLowest(10, inode);
    proc.read = 0;
    proc.names = 0;
    expect(resolve(owners, range(40, 100))).toEqual(owned(range(40).map(() => 10)));
    expect([proc.read, proc.names]).toEqual([40 + Math.ceil(17_036 / 64), 0]);
  });

  test("in a process that has left low descriptors free, tries some more before it lists them all", () => {
    proc.start(10, files(OTHERS));
    for (const descriptor of range(14)) proc.closeFile(10, descriptor);
    const owners = open();
    resolve(owners, []);
    proc.open(10, 12, 100);
    proc.names = 0;
    expect(resolve(owners, [100])).toEqual(owned([10]));
    expect(proc.names).toBe(0);
  });

  test("and finds a new one also where a file was closed, so that their number is the same", () => {
    proc.start(10, files(OTHERS));
    proc.closeFile(10, 700);
    const owners = open();
    resolve(owners, []);
    proc.open(10, 700, 100);
    proc.closeFile(10, 15_000);
    expect(resolve(owners, [100])).toEqual(owned([10]));
  });

  test("where only the number of files has changed, and nobody is searched for, a part of its descriptors", () => {
    proc.start(10, files(OTHERS));
    const owners = open();
    resolve(owners, []);
    proc.closeFile(10, 15_000);
    let listed = 0;
    for (let sample = 0; listed < 16_999; sample++) {
      expect(sample).toBeLessThan(20);
      proc.names = 0;
      proc.read = 0;
      resolve(owners, []);
      expect(proc.names).toBeLessThan(2500);
      expect(proc.read).toBeLessThan(400);
      listed += proc.names;
    }
  });

  test("and of sockets that are open but in no table any more, as where a filter leaves them out, each once", () => {
    const inodes = range(3000, 1);
    proc.start(10, files(inodes));
    const owners = open();
    resolve(owners, inodes);
    const read = range(5).map((sample) => {
      proc.openLowest(10, 0);
      proc.read = 0;
      resolve(owners, [1 + sample]);
      return proc.read;
    });
    expect(read[0]).toBeGreaterThan(2900);
    for (const later of read.slice(2)) expect(later).toBeLessThan(200);
  });

  test("and the sockets of the table never, in search of one that nobody may see", () => {
    const inodes = range(8000, 1);
    proc.start(10, files(inodes));
    const owners = open();
    resolve(owners, inodes);
    for (let sample = 0; sample < 4; sample++) {
      proc.read = 0;
      const { hidden, unknown } = resolve(owners, [...inodes, 90_000]);
      expect(hidden + unknown).toBe(1);
      expect(proc.read).toBeLessThan(200);
    }
    expect(owners.hidden).toBe(1);
  });

  test("and no process twice, while another one can't be listed", () => {
    proc.start(10, files(OTHERS));
    const owners = open();
    resolve(owners, []);
    proc.start(11, { 3: 100 });
    proc.listable = false;
    const read = range(5).map(() => {
      proc.read = 0;
      expect(resolve(owners, [100])).toMatchObject({ hidden: 0, unknown: 1 });
      return proc.read;
    });
    expect(read[2]).toBeGreaterThan(15_000);
    for (const later of read.slice(3)) expect(later).toBeLessThan(1000);
    proc.listable = true;
    expect(resolve(owners, [100])).toEqual(owned([11]));
  });

  test("and reads few for a socket that is gone before it can be found, at the two samples that first have it", () => {
    proc.start(10, files(OTHERS));
    const owners = open();
    resolve(owners, []);
    for (const inode of range(10, 100)) {
      proc.read = 0;
      proc.names = 0;
      expect(resolve(owners, [inode, inode + 1])).toMatchObject({ hidden: 0, unknown: 2 });
      expect(proc.read).toBeLessThan(1000);
      expect(proc.names).toBe(0);
    }
  });

  test("and all of them for one that is still there at the third sample: then it is found, or hidden", () => {
    proc.start(10, files(OTHERS));
    const owners = open();
    resolve(owners, []);
    proc.open(10, 16_000, 100);
    for (let sample = 0; sample < 2; sample++) {
      expect(resolve(owners, [100, 900])).toMatchObject({ pids: [0, 0], hidden: 0, unknown: 2 });
    }
    expect(resolve(owners, [100, 900])).toMatchObject({ pids: [10, 0], hidden: 1, unknown: 0 });
  });

  test("and all of them also where an earlier search has come half the way", () => {
    proc.start(10, files(OTHERS));
    const owners = open();
    resolve(owners, []);
    resolve(owners, [800]);
    resolve(owners, []);
    proc.open(10, 10, 100);
    for (let sample = 0; sample < 2; sample++) resolve(owners, [100]);
    expect(resolve(owners, [100])).toEqual(owned([10]));
  });

  test("and takes nobody's socket for hidden while it is not known which descriptors are open", () => {
    proc.start(10, files(OTHERS));
    for (const descriptor of range(30)) proc.closeFile(10, descriptor);
    const owners = open();
    resolve(owners, []);
    proc.open(10, 29, 100);
    proc.closeFile(10, 16_000);
    let samples = 0;
    while (resolve(owners, [100]).pids[0] === 0) {
      expect(owners.hidden).toBe(0);
      expect(samples++).toBeLessThan(5);
    }
  });
});

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
