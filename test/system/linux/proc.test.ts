import { once } from "node:events";
import {
  closeSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readdirSync,
  readlinkSync,
  rmSync,
  statSync,
  symlinkSync,
} from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { CLOSED, END, type Proc } from "../../../src/system/linux/owners/proc.js";
import { openLibcProc } from "../../../src/system/linux/owners/proc-libc.js";
import { NodeProc } from "../../../src/system/linux/owners/proc-node.js";
import { SocketOwners } from "../../../src/system/linux/owners.js";
import { freshHost } from "../../support/connections.js";
import { describeWith, operatingSystem } from "../../support/needs.js";

/** The two ways to read the process file system, which must tell the same. */
const WAYS: readonly [string, (root: string) => Proc][] = [
  ["the C library's functions", openLibcProc],
  ["Node's functions", (root) => new NodeProc(root)],
];

let root: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), "tcptable-"));
});
afterEach(() => rmSync(root, { recursive: true }));

function link(pid: number, descriptor: number | string, target: string): void {
  mkdirSync(join(root, String(pid), "fd"), { recursive: true });
  symlinkSync(target, join(root, String(pid), "fd", String(descriptor)));
}

/** All descriptors of the selected process, ascending. */
function listAll(proc: Proc): number[] {
  const all: number[] = [];
  for (let position: bigint | undefined = 0n; position !== END; ) {
    position = proc.list(position, 0);
    if (position === undefined) throw new Error("The folder could not be listed.");
    all.push(...proc.numbers.subarray(0, proc.listed));
  }
  return all.sort((a, b) => a - b);
}

function processes(proc: Proc): number[] {
  proc.listProcesses();
  return Array.from(proc.numbers.subarray(0, proc.listed)).sort((a, b) => a - b);
}

describeWith([operatingSystem("linux")], "a process file system", () => {
  describe.each(WAYS)("read by %s", (way, open) => {
    test(`lists processes and nothing else, by ${way}`, () => {
      for (const name of ["1", "42", "4194304", "self", "net", "thread-self", "sys"]) mkdirSync(join(root, name));
      expect(processes(open(root))).toEqual([1, 42, 4194304]);
      for (let pid = 1000; pid < 2000; pid++) mkdirSync(join(root, String(pid)));
      expect(processes(open(root))).toHaveLength(1003);
      expect(processes(open(join(root, "missing")))).toEqual([]);
    });

    test(`tells which descriptors are which sockets, by ${way}`, () => {
      link(42, 0, "/dev/null");
      link(42, 1, "pipe:[17]");
      link(42, 2, "socket:[4294967295]");
      link(42, 3, "socket:[7]");
      link(42, 4, "/a/path/that/is/longer/than/any/socket:[9]");
      link(42, 5, "anon_inode:[eventpoll]");
      link(42, 6, "s");
      link(42, 1_073_741_815, "socket:[300]");
      const proc = open(root);
      proc.select(42);
      expect([0, 1, 2, 3, 4, 5, 6, 1_073_741_815].map((descriptor) => proc.socketOf(descriptor))).toEqual([
        0, 0, 4294967295, 7, 0, 0, 0, 300,
      ]);
      expect([7, 10, 99].map((descriptor) => proc.socketOf(descriptor))).toEqual([CLOSED, CLOSED, CLOSED]);
      expect(listAll(proc)).toEqual([0, 1, 2, 3, 4, 5, 6, 1_073_741_815]);
    });

    test(`lists a folder of which all is known to be there in one part, and one of another size to its end, by ${way}`, () => {
      const descriptors = Array.from({ length: 400 }, (_, index) => index);
      for (const descriptor of descriptors) link(42, descriptor, "/dev/null");
      for (const descriptor of [0, 1, 2]) link(43, descriptor, "/dev/null");
      const proc = open(root);
      proc.select(43);
      expect(proc.list(0n, 3)).toBe(END);
      expect(Array.from(proc.numbers.subarray(0, proc.listed)).sort()).toEqual([0, 1, 2]);
      const isNode = proc instanceof NodeProc;
      for (const size of [0, 2, 4]) expect(proc.list(0n, size) === END).toBe(isNode);
      proc.select(42);
      proc.list(0n, 0);
      const { listed } = proc;
      // A size that is no longer true, and by chance is that of the first part, which has no room for more.
      expect(proc.list(0n, listed) === END).toBe(isNode);
      expect(listAll(proc)).toEqual(descriptors);
    });

    test(`lists a folder of many parts as a whole, by ${way}`, () => {
      const descriptors = Array.from({ length: 1500 }, (_, index) => index * 7);
      for (const descriptor of descriptors) link(42, descriptor, `socket:[${descriptor + 1}]`);
      const proc = open(root);
      proc.select(42);
      expect(listAll(proc)).toEqual(descriptors);
      const owners = new SocketOwners({ proc: open(root) });
      const words = Int32Array.from(descriptors, (descriptor) => descriptor + 1);
      owners.resolve({}, words, 0, 0, 1, words.length);
      expect([...words]).toEqual(descriptors.map(() => 42));
    });

    test(`tells a folder's inode and size without reading it, by ${way}`, () => {
      link(42, 0, "/dev/null");
      const { ino, size } = statSync(join(root, "42", "fd"));
      const proc = open(root);
      proc.select(42);
      expect(proc.look()).toBe(true);
      expect([proc.folder, proc.size]).toEqual([ino, size]);
      proc.select(43);
      expect(proc.look()).toBe(false);
      expect(listAll(proc)).toEqual([]);
      expect(proc.socketOf(0)).toBe(CLOSED);
    });

    test(`of the kernel tells this process's own files, by ${way}`, async () => {
      const server = createServer().listen({ host: freshHost(), port: 0 });
      await once(server, "listening");
      const file = openSync("/dev/null", "r");
      const proc = open("/proc");
      expect(processes(proc)).toContain(process.pid);
      proc.select(process.pid);
      proc.look();
      const listed = listAll(proc);
      const named = readdirSync("/proc/self/fd").map(Number);
      expect(listed).toContain(file);
      // Where a folder is read, it is open, and by Node's functions in the list as well; other tests' files come and go.
      const sockets = (descriptors: readonly number[]) =>
        descriptors.flatMap((descriptor) => {
          const inode = proc.socketOf(descriptor);
          return inode > 0 ? [`socket:[${inode}]`] : [];
        });
      const expected = named.flatMap((descriptor) => {
        try {
          const target = readlinkSync(`/proc/self/fd/${descriptor}`);
          return target.startsWith("socket:") ? [target] : [];
        } catch {
          return [];
        }
      });
      expect(sockets(listed).sort()).toEqual(expected.sort());
      expect(expected).not.toHaveLength(0);
      closeSync(file);
      server.close();
    });
  });

  test("leaves no file open, however often it is read by the C library's functions", () => {
    const count = () => readdirSync("/proc/self/fd").length;
    const proc = openLibcProc("/proc");
    const before = count();
    for (let round = 0; round < 20; round++) {
      for (const pid of processes(proc)) {
        proc.select(pid);
        proc.look();
        listAll(proc);
      }
      openLibcProc(join(root, "missing")).listProcesses();
    }
    expect(count()).toBeLessThanOrEqual(before + 2);
  });
});
