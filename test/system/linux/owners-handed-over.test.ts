import { beforeEach, describe, expect, test } from "vitest";
import { SocketOwners, type SocketOwnersOptions } from "../../../src/system/linux/owners.js";
import { MemoryProc } from "../../support/memory-proc.js";
import { files, owned, range, resolve } from "../../support/socket-owners.js";

/** More samples than it takes until every file has been read again, and what this has shown has been followed. */
const A_ROUND = 70;

let proc: MemoryProc;
beforeEach(() => {
  proc = new MemoryProc();
});

function open(options: SocketOwnersOptions = {}): SocketOwners {
  return new SocketOwners({ proc, ...options });
}

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
