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
