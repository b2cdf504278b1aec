/** A row as numbers in host order. */
export interface Row {
  readonly state: number;
  readonly localAddress: number;
  readonly localPort: number;
  readonly remoteAddress: number;
  readonly remotePort: number;
}

/** What a checksum starts from. */
export const CHECKSUM_START = 0x811c9dc5;

/**
 * A checksum over all values of all rows, in their order, and over their number. `native/tables.h` has the same in C.
 *
 * @param checksum the sum of the tables before
 */
export function checksumOf(rows: Iterable<Row>, checksum: number = CHECKSUM_START): number {
  let sum = checksum;
  let count = 0;
  for (const row of rows) {
    sum = addRow(sum, row);
    count++;
  }
  return addValue(sum, count);
}

/** A checksum over rows whose order is nobody's choice: the sum of theirs. */
export function unorderedChecksumOf(rows: Iterable<Row>): number {
  let sum = 0;
  for (const row of rows) sum = (sum + addRow(CHECKSUM_START, row)) >>> 0;
  return sum;
}

/** How a checksum is printed. */
export function hexadecimal(checksum: number): string {
  return `0x${checksum.toString(16).padStart(8, "0")}`;
}

function addRow(sum: number, row: Row): number {
  return [row.state, row.localAddress, row.localPort, row.remoteAddress, row.remotePort].reduce(addValue, sum);
}

/** A checksum with one number more. */
export function addValue(sum: number, value: number): number {
  const mixed = Math.imul(sum ^ value, 0x01000193);
  return (mixed ^ (mixed >>> 15)) >>> 0;
}
