import type { TcpRow } from "../../decoder/table/row.js";
import { printable } from "../unsafe-text.js";

/** How long a connection has been there: `<1s`, `2s`, `1m11s`, `2h03m`; with tenths where samples tell them. */
export function ageText(milliseconds: number, every: number): string {
  const seconds = Math.max(0, Math.floor(milliseconds / 1000));
  if (every <= 100 && milliseconds < 60_000) return `${(Math.max(0, Math.floor(milliseconds / 100)) / 10).toFixed(1)}s`;
  if (seconds < 1) return "<1s";
  const two = (number: number) => String(number).padStart(2, "0");
  if (seconds < 60) return `${seconds}s`;
  if (seconds < 3600) return `${Math.floor(seconds / 60)}m${two(seconds % 60)}s`;
  if (seconds < 86_400) return `${Math.floor(seconds / 3600)}h${two(Math.floor(seconds / 60) % 60)}m`;
  return `${Math.floor(seconds / 86_400)}d${two(Math.floor(seconds / 3600) % 24)}h`;
}

/** The time of day here: `15:42:19`. */
export function clockText(time: number): string {
  return new Date(time - new Date(time).getTimezoneOffset() * 60_000).toISOString().slice(11, 19);
}

/** Milliseconds as they stand beside others: `1s`, `100ms`, `1m30s`. */
export function intervalText(milliseconds: number): string {
  if (milliseconds < 1000) return `${trimmed(milliseconds)}ms`;
  if (milliseconds < 60_000) return `${trimmed(milliseconds / 1000)}s`;
  return ageText(milliseconds, 1000);
}

/** Below 10 with one digit behind the point, where it is not 0. */
function trimmed(value: number): string {
  return String(value < 10 ? Math.round(value * 10) / 10 : Math.round(value));
}

/** How many a second: `14/s`, `0.3/s`. */
export function rateText(rate: number): string {
  return `${rate > 0 && rate < 10 ? trimmed(Math.max(rate, 0.1)) : Math.round(rate)}/s`;
}

/** `2214/orders-api (+2)`; "" where it is not known. */
export function ownerText(row: TcpRow, processName: string | undefined): string {
  if (!row.owningPid) return "";
  const others = row.owningPids && row.owningPids.length > 1 ? ` (+${row.owningPids.length - 1})` : "";
  return `${row.owningPid}${processName === undefined ? "" : `/${printable(processName)}`}${others}`;
}
