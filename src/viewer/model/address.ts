import { effect } from "@preact/signals";
import type { SortKey } from "../../decoder/index.js";
import type { GroupBy, Since } from "../protocol.js";
import type { Zone } from "./state.js";
import type { Viewer } from "./viewer.js";

/** Milliseconds after which the address of the page is written anew. */
const REST = 200;
const GROUPS: readonly string[] = ["remoteAddress", "localPort", "process", "state"];
const ZONES: readonly string[] = ["local", "utc", "recorder"];

/**
 * Opens what the link's fragment names, and restores moment, window, filter, sort and the rest. What it can't read is as if it
 * were not there: a link comes from anybody.
 */
export async function openLink(viewer: Viewer, fragment: string): Promise<void> {
  const { state } = viewer;
  const link = new URLSearchParams(fragment.replace(/^#/, ""));
  state.typed.value = link.get("where") ?? "";
  state.sort.value = (link.get("sort")?.split(",").filter(Boolean) ?? []) as SortKey[];
  const zone = link.get("zone");
  if (zone && ZONES.includes(zone)) state.zone.value = zone as Zone;
  const since = sinceOf(link.get("since"));
  if (since) state.since.value = since;
  const address = link.get("file");
  const live = link.get("live") !== null && location.hostname === "127.0.0.1";
  if (!address && !live) return;
  const [at, from, to] = ["at", "from", "to"].map((name) => timeOf(link.get(name)));
  const wanted = {
    ...(at !== undefined ? { at } : {}),
    ...(from !== undefined && to !== undefined && to > from ? { window: { from, to } } : {}),
    key: link.get("row") ?? "",
  };
  if (live) await viewer.open({ kind: "live", address: `ws://${location.host}/live` }, wanted);
  else await viewer.open({ kind: "address", address: new URL(address ?? "", location.href).href }, wanted);
  if (state.phase.value !== "open") return;
  const group = link.get("group");
  if (group && GROUPS.includes(group)) viewer.setGroupBy(group as GroupBy);
  else if (link.get("scope") === "recording") viewer.setScope("recording");
}

/** Writes what is shown into the page's own address, so that a copy of it restores the view. Nothing is sent. */
export function writeLink(viewer: Viewer): () => void {
  const { state } = viewer;
  let timer: ReturnType<typeof setTimeout> | undefined;
  return effect(() => {
    const info = state.info.value;
    const { from, to } = state.window.value;
    const parts: readonly [string, string][] = [
      ["at", iso(state.at.value)],
      ["from", iso(from)],
      ["to", iso(to)],
      ["where", state.where.value],
      ["scope", state.scope.value === "recording" ? "recording" : ""],
      ["group", state.groupBy.value ?? ""],
      ["sort", state.sort.value.join(",")],
      ["since", sinceText(state.since.value)],
      ["row", state.selected.value?.key ?? ""],
      ["zone", state.zone.value === "local" ? "" : state.zone.value],
    ];
    if (!info) return;
    clearTimeout(timer);
    timer = setTimeout(() => {
      const link = new URLSearchParams(location.hash.replace(/^#/, ""));
      const file = link.get("file");
      const next = new URLSearchParams();
      if (file) next.set("file", file);
      if (info.isLive) next.set("live", "");
      // A file of somebody's own disk: what asks for that file again.
      if (!file && !info.isLive) next.set("rec", [info.metadata.host, iso(info.start), String(info.bytes)].join(","));
      for (const [name, value] of parts) if (value) next.set(name, value);
      history.replaceState(null, "", `#${next}`);
    }, REST);
  });
}

function iso(time: number): string {
  return Number.isFinite(time) && Math.abs(time) < 8.6e15 ? new Date(time).toISOString() : "";
}

function timeOf(text: string | null): number | undefined {
  const time = Date.parse(text ?? "");
  return Number.isNaN(time) ? undefined : time;
}

function sinceText(since: Since): string {
  if (since.kind === "sample") return "";
  return since.kind === "pinned" ? iso(since.time) : `${since.milliseconds}ms`;
}

function sinceOf(text: string | null): Since | undefined {
  const milliseconds = /^(\d{1,12})ms$/.exec(text ?? "")?.[1];
  if (milliseconds) return { kind: "milliseconds", milliseconds: Number(milliseconds) };
  const time = timeOf(text);
  return time === undefined ? undefined : { kind: "pinned", time };
}
