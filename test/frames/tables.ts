import * as fc from "fast-check";
import { LAYOUTS, type LayoutName } from "../../src/format/layouts.js";
import { rawRow } from "../support/arbitraries.js";
import type { RawRow } from "../support/tables.js";

/** Two consecutive tables of few addresses, ports, cookies and owners, so that rows repeat, return and change. */
export function pairOfTables(layout: LayoutName): fc.Arbitrary<[RawRow[], RawRow[]]> {
  const few = (max: number) => fc.nat({ max });
  const row = fc.tuple(rawRow(layout), few(3), few(3), few(2), few(2), few(2)).map(([whole, a, b, c, d, e]): RawRow => {
    const address = (n: number) => (LAYOUTS[layout].family === 4 ? n : ([0, 0, 0, n] as const));
    const common = {
      localAddress: address(a),
      remoteAddress: address(b),
      localPort: c,
      remotePort: 1,
      localScopeId: 0,
      remoteScopeId: 0,
    };
    return {
      ...whole,
      ...common,
      socketCookie: BigInt(d),
      createTimestamp: BigInt(e),
      owningPid: d,
      user: e,
      inode: c,
    };
  });
  const steps = fc.array(
    fc.oneof(
      { weight: 8, arbitrary: fc.constant("same" as const) },
      fc.constantFrom("drop" as const, "add" as const, "state" as const, "double" as const),
    ),
    { minLength: 60, maxLength: 60 },
  );
  return fc
    .tuple(fc.array(row, { maxLength: 60 }), fc.array(row, { minLength: 60, maxLength: 60 }), steps, fc.boolean())
    .map(([before, others, what, shuffled]) => {
      const after = before.flatMap((same, at) => {
        const other = others[at] as RawRow;
        switch (what[at]) {
          case "drop":
            return [];
          case "add":
            return [same, other];
          case "state":
            return [{ ...same, state: other.state }];
          case "double":
            return [same, same];
          default:
            return [same];
        }
      });
      return [before, shuffled ? after.toReversed() : after];
    });
}
