import { computed, type ReadonlySignal, type Signal, signal } from "@preact/signals";
import { createContext } from "preact";
import { useContext } from "preact/hooks";
import { createZoneClock, digitsFor, type ZoneClock } from "../model/texts.js";
import type { Viewer } from "../model/viewer.js";

/** What every part of the page may use. */
export interface Page {
  readonly viewer: Viewer;
  /** Below 720 pixels. */
  readonly isNarrow: Signal<boolean>;
  /** Whether the system is dark: what is painted, not styled, follows. */
  readonly isSystemDark: Signal<boolean>;
  /** The chosen zone's times. */
  readonly clock: ReadonlySignal<ZoneClock>;
  /** The zone that the status tells besides. */
  readonly otherClock: ReadonlySignal<ZoneClock>;
  /** Decimals of a second that tell samples apart. */
  readonly digits: ReadonlySignal<number>;
}

const Context = createContext<Page | null>(null);
export const PageProvider = Context.Provider;

export function usePage(): Page {
  const page = useContext(Context);
  if (!page) throw new Error("A part of the page stands outside of PageProvider.");
  return page;
}

export function createPage(viewer: Viewer): Page {
  const { zone, info } = viewer.state;
  const local = createZoneClock(Intl.DateTimeFormat().resolvedOptions().timeZone);
  const utc = createZoneClock("UTC");
  const recorder = computed(() => createZoneClock(info.value?.metadata.timeZone || "UTC"));
  const clock = computed(() => (zone.value === "utc" ? utc : zone.value === "recorder" ? recorder.value : local));
  return {
    viewer,
    isNarrow: matches("(max-width: 720px)"),
    isSystemDark: matches("(prefers-color-scheme: dark)"),
    clock,
    otherClock: computed(() => (clock.value.timeZone === "UTC" ? local : utc)),
    digits: computed(() => digitsFor(info.value?.metadata.every ?? 1000)),
  };
}

/** Whether a media query holds, now and later. The page's own life is the signal's. */
function matches(text: string): Signal<boolean> {
  const query = matchMedia(text);
  const holds = signal(query.matches);
  query.addEventListener("change", () => {
    holds.value = query.matches;
  });
  return holds;
}
