/** JSON has no integers of 64 bits: one becomes a number where that is exact, which is up to 2⁵³, else a text of its digits. */
export function exactInteger(value: bigint): number | string {
  return Number.isSafeInteger(Number(value)) ? Number(value) : String(value);
}
