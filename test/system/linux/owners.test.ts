import { mkdirSync, mkdtempSync, readdirSync, renameSync, rmSync, statSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import * as fc from "fast-check";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { SocketOwners } from "../../../src/system/linux/owners.js";

/** A process file system in a folder: what counts is /PID/fd/N and where it leads. */
let root: string;

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), "tcptable-"));
  mkdirSync(join(root, "self"));
});
afterEach(() => rmSync(root, { recursive: true }));

/** Starts a process with these sockets, by file descriptor. */
function start(pid: number, sockets: Readonly<Record<number, number>> = {}): void {
  mkdirSync(join(root, String(pid), "fd"), { recursive: true });
  for (const [file, inode] of Object.entries(sockets)) open(pid, Number(file), inode);
}

function open(pid: number, file: number, inode: number): void {
  symlinkSync(`socket:[${inode}]`, join(root, String(pid), "fd", String(file)));
}

function close(pid: number, file: number): void {
  rmSync(join(root, String(pid), "fd", String(file)));
}

function end(pid: number): void {
  rmSync(join(root, String(pid)), { recursive: true });
}

/** As Linux does since 6.2: a folder's size is the number of its files. */
function look(folder: string): { ino: number; size: number } | undefined {
  const ino = statSync(folder, { throwIfNoEntry: false })?.ino;
  return ino === undefined ? undefined : { ino, size: readdirSync(folder).length };
}

const TABLE = {};
const OTHER_TABLE = {};

/** PIDs and the number of hidden owners for a table of these inodes. */
function resolve(
  owners: SocketOwners,
  inodes: readonly number[],
  table: object = TABLE,
  step = 3,
): { pids: number[]; hidden: number } {
  const words = new Int32Array(2 + inodes.length * step).fill(-7);
  inodes.forEach((inode, row) => {
    words[2 + row * step] = inode;
  });
  owners.resolve(table, words, 2, 2, step, inodes.length);
  const { hidden } = owners;
  const pids = inodes.map((_, row) => words[2 + row * step] as number);
  expect(words.filter((word) => word === -7)).toHaveLength(words.length - inodes.length);
  return { pids, hidden };
}

describe("owners of sockets", () => {
  test("owners of sockets are found by their inodes; sockets without an inode have none", () => {
    start(10, { 3: 100, 4: 0xfffffffe });
    start(20, { 0: 300 });
    symlinkSync("/dev/null", join(root, "20", "fd", "1"));
    symlinkSync("pipe:[300]", join(root, "20", "fd", "2"));
    const owners = new SocketOwners({ root, look });
    expect(resolve(owners, [300, 0, 100, 0xfffffffe | 0, 100])).toEqual({ pids: [20, 0, 10, 10, 10], hidden: 0 });
    expect(resolve(owners, [])).toEqual({ pids: [], hidden: 0 });
  });

  test("owners of sockets that can't be seen are counted, row by row, at every sample", () => {
    start(10, { 3: 100 });
    const owners = new SocketOwners({ root, look });
    for (let sample = 0; sample < 3; sample++) {
      expect(resolve(owners, [100, 900, 901, 900])).toEqual({ pids: [10, 0, 0, 0], hidden: 3 });
    }
  });

  test("the lowest PID is told where several share a socket, and the other one when that has closed it", () => {
    start(30, { 3: 100 });
    start(20, { 3: 100, 4: 101 });
    start(100, { 3: 100 });
    const owners = new SocketOwners({ root, look });
    expect(resolve(owners, [100]).pids).toEqual([20]);
    close(20, 3);
    expect(resolve(owners, [100]).pids).toEqual([30]);
    end(30);
    expect(resolve(owners, [100]).pids).toEqual([100]);
    end(100);
    expect(resolve(owners, [100])).toEqual({ pids: [0], hidden: 1 });
  });

  test("new sockets of new and of known processes are found", () => {
    start(10, { 3: 100 });
    start(11);
    const owners = new SocketOwners({ root, look });
    resolve(owners, [100]);
    open(11, 3, 101);
    start(12, { 3: 102 });
    expect(resolve(owners, [100, 101, 102])).toEqual({ pids: [10, 11, 12], hidden: 0 });
  });

  test("a file descriptor that is another socket now is seen, though there are as many files as before", () => {
    start(10, { 3: 100, 4: 101 });
    const owners = new SocketOwners({ root, look });
    resolve(owners, [100, 101]);
    close(10, 3);
    open(10, 3, 200);
    expect(resolve(owners, [101, 200])).toEqual({ pids: [10, 10], hidden: 0 });
  });

  test("before Linux 6.2 a socket that was handed over is found when the next one is searched for", () => {
    const owners = new SocketOwners({
      root,
      look: (folder) => {
        const found = look(folder);
        return found && { ...found, size: 0 };
      },
    });
    start(10, { 3: 100 });
    start(11, { 3: 100 });
    resolve(owners, [100]);
    close(10, 3);
    open(11, 4, 101);
    expect(resolve(owners, [100, 101])).toEqual({ pids: [11, 11], hidden: 0 });
  });

  test("a PID that is used again is another process", () => {
    start(10, { 3: 100 });
    start(11, { 3: 100 });
    const owners = new SocketOwners({ root, look });
    resolve(owners, [100]);
    // Removed last: the file system must not give the new folder the old one's inode.
    renameSync(join(root, "10"), join(root, "old"));
    start(10, { 3: 500 });
    expect(resolve(owners, [100, 500])).toEqual({ pids: [11, 10], hidden: 0 });
  });

  test("a process with many files: one that was handed over and whose descriptor was used again", () => {
    const many = Object.fromEntries(Array.from({ length: 400 }, (_, index) => [index, 1000 + index]));
    const inodes = Object.values(many);
    start(10, many);
    const owners = new SocketOwners({ root, look });
    expect(resolve(owners, inodes).pids).toEqual(inodes.map(() => 10));
    // As a server does that forks for each connection: the child has the socket, and the parent the next one in its place.
    start(11, { 7: 1007 });
    close(10, 7);
    open(10, 7, 5000);
    const { pids, hidden } = resolve(owners, [...inodes, 5000]);
    expect(hidden).toBe(0);
    expect(pids).toEqual([...inodes.map((inode) => (inode === 1007 ? 11 : 10)), 10]);
  });

  test("owners of sockets of two tables are learned together: the second one's first sample reads nothing", () => {
    start(10, { 3: 100, 4: 200 });
    start(11, { 3: 101, 4: 201 });
    let looks = 0;
    const owners = new SocketOwners({
      root,
      look: (folder) => {
        looks++;
        return look(folder);
      },
    });
    expect(resolve(owners, [100, 101], TABLE).pids).toEqual([10, 11]);
    const before = looks;
    expect(resolve(owners, [200, 201], OTHER_TABLE).pids).toEqual([10, 11]);
    expect(looks).toBe(before);
  });

  test("owners of sockets of two tables: each looks at its own owners again", () => {
    start(10, { 3: 100 });
    start(11, { 3: 100 });
    start(20, { 3: 200 });
    start(21, { 3: 200 });
    const owners = new SocketOwners({ root, look });
    for (let sample = 0; sample < 2; sample++) {
      expect(resolve(owners, [100], TABLE).pids).toEqual([10]);
      expect(resolve(owners, [200], OTHER_TABLE).pids).toEqual([20]);
    }
    close(10, 3);
    close(20, 3);
    expect(resolve(owners, [100], TABLE).pids).toEqual([11]);
    expect(resolve(owners, [200], OTHER_TABLE).pids).toEqual([21]);
  });

  test("owners of sockets of two tables, in a process with many files: a descriptor that goes over to the other one", () => {
    const many = Object.fromEntries(Array.from({ length: 400 }, (_, index) => [index, 1000 + index]));
    const [mine, others] = [Object.values(many).slice(0, 200), Object.values(many).slice(200)];
    start(10, many);
    const owners = new SocketOwners({ root, look });
    for (let sample = 0; sample < 2; sample++) {
      expect(resolve(owners, mine, TABLE).pids).toEqual(mine.map(() => 10));
      expect(resolve(owners, others, OTHER_TABLE).pids).toEqual(others.map(() => 10));
    }
    start(11, { 7: 1007 });
    close(10, 7);
    open(10, 7, 5000);
    expect(resolve(owners, [...others, 5000], OTHER_TABLE)).toEqual({
      pids: [...others.map(() => 10), 10],
      hidden: 0,
    });
    expect(resolve(owners, mine, TABLE)).toEqual({
      pids: mine.map((inode) => (inode === 1007 ? 11 : 10)),
      hidden: 0,
    });
  });

  test("whatever processes do, a sample that finds a new socket tells what is so", () => {
    const act = fc.record({
      pid: fc.integer({ min: 1, max: 5 }),
      file: fc.integer({ min: 0, max: 5 }),
      what: fc.constantFrom("open", "close", "end", "sample"),
    });
    fc.assert(
      fc.property(fc.array(act, { maxLength: 40 }), (acts) => {
        for (const name of readdirSync(root)) rmSync(join(root, name), { recursive: true });
        const owners = new SocketOwners({ root, look });
        const open_ = new Map<string, { pid: number; file: number; inode: number }>();
        let next = 1;
        for (const { pid, file, what } of [
          ...acts,
          { pid: 6, file: 0, what: "open" },
          { pid: 0, file: 0, what: "sample" },
        ]) {
          const key = `${pid}/${file}`;
          if (what === "open" && !open_.has(key)) {
            start(pid, { [file]: next });
            open_.set(key, { pid, file, inode: next++ });
          } else if (what === "close" && open_.delete(key)) {
            close(pid, file);
          } else if (what === "end" && [...open_.values()].some((each) => each.pid === pid)) {
            end(pid);
            for (const [each, socket] of open_) if (socket.pid === pid) open_.delete(each);
          } else if (what === "sample") {
            const sockets = [...open_.values()];
            // Odd inodes are of one family, even ones of the other.
            for (const [parity, table] of [TABLE, OTHER_TABLE].entries()) {
              const own = sockets.filter(({ inode }) => inode % 2 === parity);
              const found = resolve(owners, [...own.map(({ inode }) => inode), 99_999 + parity], table);
              expect(found).toEqual({ pids: [...own.map((socket) => socket.pid), 0], hidden: 1 });
            }
          }
        }
      }),
      { numRuns: 60 },
    );
  });
});
