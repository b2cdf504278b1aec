/** Numbers as people read them. */

/** Three digits, and thousands in groups. */
export function digits(value: number): string {
  const decimals = value < 9.995 ? 2 : value < 99.95 ? 1 : 0;
  return value.toLocaleString("en-US", { minimumFractionDigits: decimals, maximumFractionDigits: decimals });
}

/** A ratio, with one decimal where it tells something. */
export function times(ratio: number): string {
  const decimals = ratio < 1.995 ? 2 : ratio < 9.95 ? 1 : 0;
  return `${ratio.toLocaleString("en-US", { minimumFractionDigits: decimals, maximumFractionDigits: decimals })}×`;
}

/** A contestant's time by the kernel's, in words. */
export function comparison(ratio: number): string {
  return ratio >= 1 ? `${times(ratio)} slower` : `${times(1 / ratio)} faster`;
}

/** A share of a whole: `2.6 %`. */
export function percent(share: number): string {
  return `${digits(share * 100)} %`;
}

export function rows(count: number): string {
  return count.toLocaleString("en-US");
}

export function bytes(count: number): string {
  const size = Math.abs(count);
  if (size < 1024) return `${count} B`;
  return size < 2 ** 20 ? `${(count / 1024).toFixed(1)} KiB` : `${(count / 2 ** 20).toFixed(1)} MiB`;
}

/** The duration with a unit that fits. */
export function duration(nanoseconds: number): string {
  if (nanoseconds < 1e3) return `${digits(nanoseconds)} ns`;
  return nanoseconds < 1e6 ? `${digits(nanoseconds / 1e3)} µs` : `${digits(nanoseconds / 1e6)} ms`;
}
