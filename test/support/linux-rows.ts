import * as fc from "fast-check";

/** A row of an IPv4 table, numbers in host order. */
export interface Row {
  readonly state: number;
  readonly localAddress: number;
  readonly localPort: number;
  readonly remoteAddress: number;
  readonly remotePort: number;
  /** What stands in the upper halves of the port fields, where it is not 0. */
  readonly garbage?: number;
}

const address = fc.oneof(fc.constantFrom(0, 0x7f000001, 0x80000000, 0xffffffff), fc.nat({ max: 0xffffffff }));
const port = fc.oneof(fc.constantFrom(0, 443, 32767, 32768, 65535), fc.nat({ max: 65535 }));

/** A row whose state is Linux's number, one that it does not have included. */
export const linuxRow: fc.Arbitrary<Row> = fc.record({
  state: fc.oneof({ weight: 8, arbitrary: fc.integer({ min: 1, max: 12 }) }, fc.nat({ max: 255 })),
  localAddress: address,
  localPort: port,
  remoteAddress: address,
  remotePort: port,
});

/** The row that a MIB_TCPTABLE must have for one of Linux. */
export function toMib(row: Row): Row {
  return { ...row, state: [256, 5, 3, 4, 6, 7, 11, 1, 8, 10, 2, 9, 4][row.state] ?? 256 + row.state };
}
