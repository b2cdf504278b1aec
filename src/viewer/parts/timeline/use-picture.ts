import { computed, type ReadonlySignal } from "@preact/signals";
import { useMemo } from "preact/hooks";
import type { Life } from "../../../capture/index.js";
import { extentOf } from "../../model/extent.js";
import { leadingStates } from "../../model/leading-states.js";
import { bytesText, shortSpan } from "../../model/texts.js";
import { type Page, usePage } from "../context.js";
import { pictureColumns, pictureMatches } from "./from-worker.js";
import type { LifePart, Picture } from "./picture.js";

/** What the timeline paints, made anew when something of it has changed. */
export function usePicture(): ReadonlySignal<Picture | null> {
  const page = usePage();
  return useMemo(() => computed(() => pictureOf(page)), [page]);
}

function pictureOf({ viewer, clock, isNarrow }: Page): Picture | null {
  const { state } = viewer;
  const info = state.info.value;
  if (!info) return null;
  const extent = extentOf(info);
  const timeline = state.timeline.value;
  const overview = state.overview.value;
  const lane = state.lane.value;
  const scan = state.scan.value;
  const life = state.life.value;
  const window = state.window.value;
  const { every } = info.metadata;
  const zone = clock.value;
  const missing = info.bytes - info.intact.bytes;
  return {
    extent,
    window,
    columns: timeline && pictureColumns(timeline, every),
    overview: overview && pictureColumns(overview, every),
    gaps: (overview?.gapRanges ?? timeline?.gapRanges ?? []).map(({ from, to, families }) => ({
      from,
      to,
      label: families.length === 1 ? `No IPv${families[0]}` : "No samples",
    })),
    cut: info.intact.complete
      ? null
      : { at: info.end, label: ["Cut off", missing > 0 ? `${bytesText(missing)} not readable` : ""] },
    matches: lane && scan ? pictureMatches(lane, `${Math.floor(scan.fraction * 100)} %`) : null,
    matchHint: matchHint(state.where.value.trim() !== "", isNarrow.value),
    life: life?.life
      ? [
          ...(life.life.sampled ? lifeParts(life.life) : []),
          ...life.others.filter(({ sampled }) => sampled).flatMap(lifeParts),
        ]
      : null,
    ends: [...(life?.life ? [life.life] : []), ...(life?.others ?? [])]
      .filter(({ sampled }) => !sampled)
      .map(({ firstSeen }) => firstSeen),
    lifeHint: state.selected.value ? "Looking for its life…" : "Select a connection to see its life here",
    pin: state.since.value.kind === "pinned" ? state.since.value.time : null,
    only: leadingStates(state.where.value).names,
    wholeLabel: shortSpan(extent.to - extent.from),
    zoneLabel: zone.name(window.from),
    axisLabel: (time, withSeconds) => (withSeconds ? zone.clock(time, 0) : zone.minutes(time)),
    offset: zone.offset(window.from),
  };
}

function matchHint(hasFilter: boolean, isNarrow: boolean): string {
  if (isNarrow)
    return hasFilter ? "Beside the filter: find these in all of it" : "With a filter, its matches stand here";
  return hasFilter
    ? "S finds these in the whole recording"
    : "With a filter, matches over the whole recording stand here";
}

/** The states of a life one after the other. */
export function lifeParts(life: Life): LifePart[] {
  return life.states.map(({ state, time }, place) => ({
    state,
    from: time,
    to: life.states[place + 1]?.time ?? life.lastSeen,
  }));
}
