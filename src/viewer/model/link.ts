import { COLUMN_NAMES, type SortKey } from "../../decoder/index.js";
import type { GroupBy, Since } from "../protocol.js";

/**
 * What a link restores. All of it stands behind the `#`, which no browser sends to a server. Times are in UTC there, so that a link means
 * the same to everybody.
 */
export interface LinkedView {
  /** The recording's address, where it has one. */
  readonly file?: string;
  /** What tells a recording that somebody has as a file: the reader of the link is asked for that one. */
  readonly recording?: { readonly host: string; readonly start: number; readonly bytes: number };
  readonly at?: number;
  readonly from?: number;
  readonly to?: number;
  readonly where?: string;
  readonly scope?: "moment" | "recording";
  readonly group?: GroupBy;
  readonly sort?: readonly SortKey[];
  readonly since?: Since;
  /** The key of the connection that is selected. */
  readonly row?: string;
  readonly zone?: "local" | "utc" | "recorder";
}

const GROUPS: readonly GroupBy[] = ["remoteAddress", "localPort", "process", "state"];
const ZONES = ["local", "utc", "recorder"] as const;

/** A filter or a key beyond this is none that somebody wrote. */
const LONGEST = 10_000;

/** The part of an address from `#` on; empty for nothing to restore. */
export function linkOf(view: LinkedView): string {
  const words = new URLSearchParams();
  const { file, recording, at, from, to, where, scope, group, sort = [], since, row, zone } = view;
  if (file) words.set("file", file);
  if (recording && isTime(recording.start))
    words.set("rec", `${recording.host},${timeText(recording.start)},${recording.bytes}`);
  for (const [name, time] of Object.entries({ at, from, to })) if (isTime(time)) words.set(name, timeText(time));
  if (where) words.set("where", where);
  if (scope === "recording") words.set("scope", scope);
  if (group) words.set("group", group);
  if (sort.length > 0) words.set("sort", sort.join(","));
  if (since?.kind === "milliseconds") words.set("since", `${since.milliseconds}ms`);
  if (since?.kind === "pinned" && isTime(since.time)) words.set("since", timeText(since.time));
  if (row) words.set("row", row);
  if (zone && zone !== "local") words.set("zone", zone);
  // What may stand there as it is makes the link easier to read.
  const text = String(words).replace(/%(3A|2C|2F|5B|5D)/g, (escaped) => decodeURIComponent(escaped));
  return text && `#${text}`;
}

/** What a link says. Whoever wrote it: what is no such thing is left out. */
export function parseLink(fragment: string): LinkedView {
  const words = new URLSearchParams(fragment.replace(/^#/, ""));
  const text = (name: string) => {
    const value = words.get(name);
    return value && value.length <= LONGEST ? value : undefined;
  };
  const time = (name: string) => parseTimeText(text(name));
  const file = addressOf(text("file"));
  const recording = parseRecording(text("rec"));
  const [at, from, to] = [time("at"), time("from"), time("to")];
  const hasWindow = from !== undefined && to !== undefined && from < to;
  const [where, row] = [text("where"), text("row")];
  const group = GROUPS.find((name) => name === text("group"));
  const sort = (text("sort") ?? "").split(",").filter(isSortKey);
  const since = parseSince(text("since"));
  const zone = ZONES.find((name) => name === text("zone"));
  return {
    ...(file ? { file } : undefined),
    ...(recording ? { recording } : undefined),
    ...(at === undefined ? undefined : { at }),
    ...(hasWindow ? { from, to } : undefined),
    ...(where ? { where } : undefined),
    ...(text("scope") === "recording" ? { scope: "recording" as const } : undefined),
    ...(group ? { group } : undefined),
    ...(sort.length > 0 ? { sort } : undefined),
    ...(since ? { since } : undefined),
    ...(row ? { row } : undefined),
    ...(zone ? { zone } : undefined),
  };
}

/** Addresses of recordings: no `javascript:`, no `data:`. One without a scheme lies beside the page. */
function addressOf(text: string | undefined): string | undefined {
  if (!text) return undefined;
  const scheme = /^([a-z][a-z0-9+.-]*):/i.exec(text)?.[1]?.toLowerCase();
  return scheme === undefined || scheme === "http" || scheme === "https" ? text : undefined;
}

function parseRecording(text: string | undefined): LinkedView["recording"] {
  const [, host, start, bytes] = /^(.*),([^,]*),(\d{1,15})$/.exec(text ?? "") ?? [];
  const time = parseTimeText(start);
  return host === undefined || time === undefined ? undefined : { host, start: time, bytes: Number(bytes) };
}

function parseSince(text: string | undefined): Since | undefined {
  const milliseconds = Number(/^(\d{1,12})ms$/.exec(text ?? "")?.[1] ?? 0);
  if (milliseconds > 0) return { kind: "milliseconds", milliseconds };
  const time = parseTimeText(text);
  return time === undefined ? undefined : { kind: "pinned", time };
}

function isSortKey(key: string): key is SortKey {
  return (COLUMN_NAMES as readonly string[]).includes(key.replace(/^-/, ""));
}

function isTime(time: number | undefined): time is number {
  return time !== undefined && Math.abs(time) <= 8.64e15;
}

/** ISO 8601 in UTC, to the millisecond. Recorders' clocks are finer: the last sample that is not later is meant, hence upwards. */
function timeText(time: number): string {
  return new Date(Math.ceil(time)).toISOString().replace(/\.000Z$/, "Z");
}

function parseTimeText(text: string | undefined): number | undefined {
  if (!text || !/^[+-]?\d{4,6}-\d\d-\d\dT[\d:.]+Z$/.test(text)) return undefined;
  const time = Date.parse(text);
  return Number.isNaN(time) ? undefined : time;
}
