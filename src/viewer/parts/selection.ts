import { type Signal, useSignal } from "@preact/signals";
import type { VirtualRows } from "./virtual-rows.js";

/** Rows that are selected together: from an anchor to the cursor. */
export interface Selection {
  /** The place that keys move. */
  readonly cursor: Signal<number>;
  /** Moves the cursor; `extends` leaves the anchor where it is. */
  put(place: number, extend: boolean): void;
  /** Whether a place is one of several that are selected. */
  has(place: number): boolean;
  /** All of them, in order. */
  places(): number[];
}

export function useSelection(): Selection {
  const cursor = useSignal(0);
  const anchor = useSignal(0);
  const ends = () => [Math.min(anchor.value, cursor.value), Math.max(anchor.value, cursor.value)] as const;
  return {
    cursor,
    put: (place, extend) => {
      cursor.value = place;
      if (!extend) anchor.value = place;
    },
    has: (place) => {
      const [from, to] = ends();
      return to > from && place >= from && place <= to;
    },
    places: () => {
      const [from, to] = ends();
      return Array.from({ length: to - from + 1 }, (_, at) => from + at);
    },
  };
}

/** Moves the cursor by a key, and shows it. Whether the key was one of these. */
export function moveCursor(event: KeyboardEvent, { cursor, put }: Selection, virtual: VirtualRows): boolean {
  if (event.ctrlKey || event.metaKey || event.altKey || virtual.length === 0) return false;
  const page = Math.max(1, Math.floor(virtual.windowHeight / virtual.rowHeight) - 2);
  const to = {
    ArrowUp: cursor.value - 1,
    ArrowDown: cursor.value + 1,
    PageUp: cursor.value - page,
    PageDown: cursor.value + page,
    Home: 0,
    End: virtual.length - 1,
  }[event.key];
  if (to === undefined) return false;
  event.preventDefault();
  event.stopPropagation();
  const place = Math.min(virtual.length - 1, Math.max(0, to));
  put(place, event.shiftKey);
  virtual.scrollTo(place);
  return true;
}
