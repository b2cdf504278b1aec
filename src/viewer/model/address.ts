import { effect } from "@preact/signals";
import { extentOf } from "./extent.js";
import { type LinkedView, linkOf, parseLink } from "./link.js";
import type { Viewer } from "./viewer.js";

/** Milliseconds after which the address of the page is written anew. */
const REST = 200;
/** Instead of a recording: this machine, now. */
const LIVE = /(^#?|&)live(=|&|$)/;

/** The WebSocket of `tcptable view`, which serves the page on loopback; empty elsewhere. */
export function liveAddress(): string {
  return location.hostname === "127.0.0.1" ? `ws://${location.host}/live` : "";
}

/** Opens what the page's address names, and restores moment, window, filter, sort and the rest. */
export async function openLink(viewer: Viewer, fragment: string): Promise<void> {
  const view = parseLink(fragment);
  const { state } = viewer;
  state.typed.value = view.where ?? "";
  state.sort.value = view.sort ?? [];
  if (view.zone) state.zone.value = view.zone;
  if (view.since) state.since.value = view.since;
  state.linked.value = view;
  if (view.file) await viewer.open({ kind: "address", address: new URL(view.file, location.href).href });
  else if (LIVE.test(fragment) && liveAddress()) await viewer.open({ kind: "live", address: liveAddress() });
  else if (view.recording) state.failure.value = missingFile(view.recording);
}

function missingFile({ host, start }: NonNullable<LinkedView["recording"]>): string {
  return `This link shows a recording of ${host || "some machine"} from ${new Date(start).toISOString().slice(0, 16).replace("T", " ")} UTC. Choose or drop that file to see it.`;
}

/** Writes what is shown into the page's own address, so that a copy of it restores the view. Nothing is sent. */
export function writeLink(viewer: Viewer): () => void {
  const { state } = viewer;
  let timer: ReturnType<typeof setTimeout> | undefined;
  return effect(() => {
    const info = state.info.value;
    const { from, to } = state.window.value;
    const whole = info && extentOf(info);
    const isWhole = !whole || info.isLive || (from <= whole.from && to >= whole.to);
    const file = state.address.value;
    const group = state.groupBy.value;
    const row = state.selected.value?.key;
    const view: LinkedView = {
      at: state.at.value,
      // The whole recording needs no telling, and may grow.
      ...(isWhole ? undefined : { from, to }),
      where: state.where.value,
      scope: state.scope.value,
      sort: state.sort.value,
      since: state.since.value,
      zone: state.zone.value,
      ...(group ? { group } : undefined),
      ...(row ? { row } : undefined),
      ...(file ? { file } : undefined),
      // A file of somebody's own disk: whoever opens the link is asked for that one.
      ...(info && !file && !info.isLive
        ? { recording: { host: info.metadata.host, start: info.start, bytes: info.bytes } }
        : undefined),
    };
    if (!info || state.phase.value !== "open") return;
    clearTimeout(timer);
    timer = setTimeout(() => {
      const link = linkOf(view);
      history.replaceState(null, "", info.isLive ? `#live${link.replace("#", "&")}` : link);
    }, REST);
  });
}
