import * as fc from "fast-check";
import type { Expression } from "../../src/decoder/filter.js";
import { COLUMN_NAMES } from "../../src/decoder/layouts.js";
import type { SortKey } from "../../src/decoder/query.js";
import type { RawRow } from "./tables.js";

/** Few values and extreme ones beside random ones, so that rows tie, predicates hit, and signs matter. */
const address = fc.oneof(
  fc.constantFrom(0, 0x7f000001, 0x0a000001, 0x0a0000ff, 0x80000000, 0xffffffff),
  fc.nat({ max: 0xffffffff }),
);
const port = fc.oneof(fc.constantFrom(0, 80, 443, 32767, 32768, 65535), fc.nat({ max: 65535 }));
const stateNumber = fc.oneof(
  { weight: 8, arbitrary: fc.integer({ min: 1, max: 12 }) },
  fc.constantFrom(0, 13, 15, 16, 100, 127, 128, 254, 255, 256, 257, 0x7fffffff, 0x80000000, 0xffffffff),
);

export const rawRow: fc.Arbitrary<RawRow> = fc.record({
  state: stateNumber,
  localAddress: address,
  localPort: port,
  remoteAddress: address,
  remotePort: port,
  garbage: fc.constantFrom(0, 0xffff, 0xdead),
});

const states = fc.oneof(
  fc.subarray([...Array(256).keys()], { minLength: 1, maxLength: 4 }),
  fc.subarray([...Array(256).keys()], { minLength: 250 }),
  fc.subarray([1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 100]),
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
    column: fc.constantFrom("localPort" as const, "remotePort" as const),
    from: port,
    to: port,
  }),
  fc
    .record({
      column: fc.constantFrom("localAddress" as const, "remoteAddress" as const),
      address,
      prefix: fc.integer({ min: 0, max: 32 }),
    })
    .map(({ column, address, prefix }) => {
      const mask = prefix === 0 ? 0 : (-1 << (32 - prefix)) >>> 0;
      return { kind: "address", column, address: (address & mask) >>> 0, mask } as const;
    }),
);

/** Any expression, nested a few levels deep. */
export const expression: fc.Arbitrary<Expression> = fc.letrec<{ node: Expression }>((tie) => ({
  node: fc.oneof(
    { maxDepth: 4, withCrossShrink: true },
    predicate,
    tie("node").map((operand) => ({ kind: "not", operand }) as const),
    fc.record({
      kind: fc.constantFrom("and" as const, "or" as const),
      operands: fc.array(tie("node"), { minLength: 1, maxLength: 3 }),
    }),
  ),
})).node;

export const sortKeys: fc.Arbitrary<SortKey[]> = fc.uniqueArray(
  fc.tuple(fc.constantFrom(...COLUMN_NAMES), fc.boolean()).map(([name, down]): SortKey => (down ? `-${name}` : name)),
  { selector: (key) => key.replace("-", ""), maxLength: 5 },
);
