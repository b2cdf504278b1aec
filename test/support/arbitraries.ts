import * as fc from "fast-check";
import type { SortKey } from "../../src/decoder/query.js";
import type { Expression, RangeColumn } from "../../src/filter/expression.js";
import type { IPv6 } from "../../src/format/address.js";
import { columnsOf, LAYOUTS, type LayoutName } from "../../src/format/layouts.js";
import type { RawRow } from "./tables.js";

/** Few values and extreme ones beside random ones, so that rows tie, predicates hit, and signs matter. */
const ipv4 = fc.oneof(
  fc.constantFrom(0, 0x7f000001, 0x0a000001, 0x0a0000ff, 0x80000000, 0xffffffff),
  fc.nat({ max: 0xffffffff }),
);
const ipv6: fc.Arbitrary<IPv6> = fc.oneof(
  fc.constantFrom<IPv6>([0, 0, 0, 0], [0, 0, 0, 1], [0xfe800000, 0, 0, 1], [0x20010db8, 0xffffffff, 0, 0x80000000]),
  ipv4.map((address): IPv6 => [0, 0, 0xffff, address]),
  fc.tuple(ipv4, ipv4, ipv4, ipv4),
);
const port = fc.oneof(fc.constantFrom(0, 80, 443, 32767, 32768, 65535), fc.nat({ max: 65535 }));
const word = fc.oneof(fc.constantFrom(0, 4, 0x7fffffff, 0x80000000, 0xffffffff), fc.nat({ max: 5000 }));
const doubleWord = fc.oneof(fc.constantFrom(0n, 1n << 32n, (1n << 64n) - 1n), fc.bigInt({ min: 0n, max: 1n << 40n }));
const stateNumber = fc.oneof(
  { weight: 8, arbitrary: fc.integer({ min: 1, max: 12 }) },
  fc.constantFrom(0, 13, 15, 16, 100, 127, 128, 254, 255, 256, 257, 0x7fffffff, 0x80000000, 0xffffffff),
);

/** A row of a layout, with every column that it has. */
export function rawRow(layout: LayoutName): fc.Arbitrary<RawRow> {
  const address: fc.Arbitrary<number | IPv6> = LAYOUTS[layout].family === 4 ? ipv4 : ipv6;
  return fc.record({
    state: stateNumber,
    localAddress: address,
    localPort: port,
    remoteAddress: address,
    remotePort: port,
    localScopeId: word,
    remoteScopeId: word,
    owningPid: word,
    offloadState: word,
    createTimestamp: doubleWord,
    user: word,
    inode: word,
    socketCookie: doubleWord,
    receiveQueue: word,
    sendQueue: word,
    garbage: fc.constantFrom(0, 0xffff, 0xdead),
  });
}

const states = fc.oneof(
  fc.subarray([...Array(256).keys()], { minLength: 1, maxLength: 4 }),
  fc.subarray([...Array(256).keys()], { minLength: 250 }),
  fc.subarray([1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 100]),
);

function maskOf(prefix: number): number {
  return prefix <= 0 ? 0 : prefix >= 32 ? 0xffffffff : (-1 << (32 - prefix)) >>> 0;
}

const addressColumn = fc.constantFrom("localAddress" as const, "remoteAddress" as const);

const ipv4Predicate = fc
  .record({ column: addressColumn, address: ipv4, prefix: fc.integer({ min: 0, max: 32 }) })
  .map(({ column, address, prefix }): Expression => {
    const mask = maskOf(prefix);
    return { kind: "ipv4", column, address: (address & mask) >>> 0, mask };
  });

const ipv6Predicate = fc
  .record({ column: addressColumn, address: ipv6, prefix: fc.integer({ min: 0, max: 128 }) })
  .map(({ column, address, prefix }): Expression => {
    const mask: IPv6 = [maskOf(prefix), maskOf(prefix - 32), maskOf(prefix - 64), maskOf(prefix - 96)];
    const [a, b, c, d] = mask.map((word, at) => (word & (address[at] as number)) >>> 0) as [
      number,
      number,
      number,
      number,
    ];
    return { kind: "ipv6", column, address: [a, b, c, d], mask };
  });

/** Any expression over the columns of a layout, nested a few levels deep. */
export function expression(layout: LayoutName): fc.Arbitrary<Expression> {
  const ranges = (["localPort", "remotePort", "owningPid", "user"] as const satisfies readonly RangeColumn[]).filter(
    (column) => columnsOf(layout).includes(column),
  );
  const predicate: fc.Arbitrary<Expression> = fc.oneof(
    fc.constant<Expression>({ kind: "all" }),
    states.map((numbers) => {
      const set = new Uint8Array(256);
      for (const number of numbers) set[number] = 1;
      return { kind: "state", states: set } as const;
    }),
    fc.record({
      kind: fc.constant("range" as const),
      column: fc.constantFrom(...ranges),
      from: port,
      to: port,
    }),
    ipv4Predicate,
    ipv6Predicate,
  );
  return fc.letrec<{ node: Expression }>((tie) => ({
    node: fc.oneof(
      { maxDepth: 4, withCrossShrink: true },
      predicate,
      tie("node").map((operand) => ({ kind: "not", operand }) as const),
      fc.record({
        kind: fc.constantFrom("and" as const, "or" as const),
        operands: fc.array(tie("node"), { maxLength: 3 }),
      }),
    ),
  })).node;
}

/** Any sort keys over the columns of a layout. */
export function sortKeys(layout: LayoutName): fc.Arbitrary<SortKey[]> {
  return fc.uniqueArray(
    fc
      .tuple(fc.constantFrom(...columnsOf(layout)), fc.boolean())
      .map(([name, down]): SortKey => (down ? `-${name}` : name)),
    { selector: (key) => key.replace("-", ""), maxLength: 10 },
  );
}
