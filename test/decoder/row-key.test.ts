import { describe, expect, test } from "vitest";
import { createDecoder } from "../../src/decoder/decoder.js";
import { rowKey } from "../../src/decoder/table/row-key.js";
import type { LayoutName } from "../../src/format/layouts.js";
import { encodeTable, type RawRow } from "../support/tables.js";

const decoder = await createDecoder({ engine: "plain" });

/** The key of a row that lies in a table of this layout. */
function keyOf(row: RawRow, layout: LayoutName = "LINUX_TCPTABLE"): string {
  return rowKey(decoder.decode(encodeTable([row], layout), layout).row(0));
}

const row: RawRow = {
  ...{ state: 5, localAddress: 1, localPort: 80, remoteAddress: 2, remotePort: 1234 },
  ...{ owningPid: 7, user: 1000, inode: 99, socketCookie: 5n, createTimestamp: 133_000_000_000_000_000n },
};

describe("rowKey", () => {
  test.each<[string, Partial<RawRow>]>([
    ["state", { state: 11 }],
    ["owner", { owningPid: 0, user: 0, inode: 0 }],
    ["queues", { receiveQueue: 17, sendQueue: 4 }],
    ["garbage behind the ports", { garbage: 0xbeef }],
  ])("is the same whatever the %s", (_, other) => {
    expect(keyOf({ ...row, ...other }, "LINUX_TCPTABLE_EXTENDED")).toBe(keyOf(row));
  });

  test.each<[string, Partial<RawRow>]>([
    ["local address", { localAddress: 3 }],
    ["local port", { localPort: 81 }],
    ["remote address", { remoteAddress: 3 }],
    ["remote port", { remotePort: 1235 }],
    ["socket cookie", { socketCookie: 6n }],
    ["role: a listener", { state: 2 }],
  ])("is another one for another %s", (_, other) => {
    expect(keyOf({ ...row, ...other })).not.toBe(keyOf(row));
  });

  test("is another one for another time of creation, where the system tells that and no cookie", () => {
    const layout = "MIB_TCPTABLE_OWNER_MODULE";
    expect(keyOf({ ...row, createTimestamp: 133_000_000_000_010_000n }, layout)).not.toBe(keyOf(row, layout));
    expect(keyOf({ ...row, state: 8 }, layout)).toBe(keyOf(row, layout));
  });

  test("says nothing of a cookie or a time that the system did not tell", () => {
    const plain = keyOf(row, "MIB_TCPTABLE");
    expect(keyOf({ ...row, socketCookie: 0n })).toBe(plain);
    expect(keyOf({ ...row, createTimestamp: 0n }, "MIB_TCPTABLE_OWNER_MODULE")).toBe(plain);
  });

  test("is the same for a listener whatever stands in its remote end, which has no meaning", () => {
    const listener = { ...row, state: 2 };
    expect(keyOf({ ...listener, remoteAddress: 9, remotePort: 9 })).toBe(keyOf(listener));
  });

  test("tells IPv6 connections between link-local addresses of two interfaces apart", () => {
    const local = [0xfe800000, 0, 0, 1] as const;
    const of = (localScopeId: number) =>
      keyOf({ ...row, localAddress: local, remoteAddress: local, localScopeId, remoteScopeId: 0 }, "MIB_TCP6TABLE");
    expect(of(2)).not.toBe(of(3));
  });
});
