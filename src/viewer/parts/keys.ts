import type { Viewer } from "../model/viewer.js";
import { GROUPINGS } from "./filter-bar.js";

/** Keys that work anywhere on the page. Returns what ends them. */
export function listenToKeys(viewer: Viewer): () => void {
  const { state } = viewer;
  const letters: Readonly<Record<string, () => void>> = {
    "/": () => focus("filter"),
    t: () => focus("moment"),
    ",": () => void viewer.step(-1),
    ".": () => void viewer.step(1),
    "[": () => void viewer.goToChange(-1),
    "]": () => void viewer.goToChange(1),
    s: () => viewer.setScope(state.scope.value === "moment" ? "recording" : "moment"),
    g: () => {
      const at = GROUPINGS.findIndex(({ value }) => value === state.groupBy.value);
      viewer.setGroupBy(GROUPINGS[(at + 1) % GROUPINGS.length]?.value ?? null);
    },
    m: () => {
      state.since.value = { kind: "pinned", time: state.moment.value?.time ?? state.at.value };
    },
    u: () => {
      state.zone.value = state.zone.value === "utc" ? "local" : "utc";
    },
    y: () => void viewer.exports.copy(location.href, "Link to this view copied."),
    e: () => void viewer.exports.save({ kind: state.scope.value === "recording" ? "lives" : "moment" }, "csv"),
    " ": () => {
      if (state.info.value?.isLive) viewer.pauseOrFollow();
    },
    r: () => {
      if (state.info.value?.isLive) void viewer.record(!state.live.value?.recordingTo);
    },
  };
  const onKey = (event: KeyboardEvent) => {
    if (event.defaultPrevented || state.isKeysSheetOpen.value) return;
    if (event.key === "F6") {
      event.preventDefault();
      walk(event.shiftKey ? -1 : 1);
      return;
    }
    if (event.key === "Escape") {
      if (state.scan.value && !state.scan.value.isDone) viewer.scan.stop();
      else if (state.selected.value) viewer.select(null);
      return;
    }
    if (event.ctrlKey || event.metaKey || event.altKey || isText(event.target)) return;
    if (event.key === "?") {
      state.isKeysSheetOpen.value = true;
      return;
    }
    if (!state.hasLetterKeys.value || state.phase.value !== "open") return;
    // A space on a button presses it.
    if (event.key === " " && event.target instanceof HTMLButtonElement) return;
    const act = letters[event.key];
    if (!act) return;
    event.preventDefault();
    act();
  };
  addEventListener("keydown", onKey);
  return () => removeEventListener("keydown", onKey);
}

function isText(target: EventTarget | null): boolean {
  return target instanceof HTMLInputElement && target.type !== "range";
}

function focus(id: string): void {
  document.getElementById(id)?.focus();
}

/** The next part of the page: bar, timeline, filter, table, detail. */
function walk(direction: -1 | 1): void {
  const regions = [...document.querySelectorAll<HTMLElement>("[data-region]")];
  const at = regions.findIndex((region) => region.contains(document.activeElement));
  const next = regions[(at + direction + regions.length) % regions.length];
  const first = next?.querySelector<HTMLElement>(
    '.chart, input, [role="grid"], [role="treegrid"], button:not([tabindex="-1"])',
  );
  (first ?? next)?.focus();
}
