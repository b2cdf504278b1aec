import { expect } from "vitest";
import type { SocketOwners } from "../../src/system/linux/owners.js";

export const TABLE = {};
export const OTHER_TABLE = {};
const STEP = 4;

export interface Resolved {
  readonly pids: number[];
  readonly hidden: number;
  readonly unknown: number;
  /** Pairs of a row and a PID. */
  readonly shared: [row: number, pid: number][];
}

/** What is told of a table of these inodes. */
export function resolve(owners: SocketOwners, inodes: readonly number[], table: object = TABLE): Resolved {
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
export function owned(pids: readonly number[]): Resolved {
  return { pids: [...pids], hidden: 0, unknown: 0, shared: [] };
}

export function range(length: number, first = 0): number[] {
  return Array.from({ length }, (_, index) => first + index);
}

/** Sockets by descriptor, from 0 on. */
export function files(inodes: readonly number[]): Record<number, number> {
  return Object.fromEntries(inodes.entries());
}
