import { elementScroll, observeElementOffset, observeElementRect, Virtualizer } from "@tanstack/virtual-core";
import type { RefObject } from "preact";
import { useLayoutEffect, useReducer, useRef } from "preact/hooks";

/** Browsers cap an element's height near 17 million pixels. */
const MOST_PIXELS = 15_000_000;

export interface VirtualRows {
  /** Places of the rows on the screen, and some around them. */
  readonly from: number;
  readonly to: number;
  /** Rows that can be scrolled to: fewer than there are only where there are hundreds of thousands. */
  readonly length: number;
  /** The height of all of them in pixels. */
  readonly height: number;
  /** How far it is scrolled, and how high the window is. */
  readonly offset: number;
  readonly windowHeight: number;
  readonly windowWidth: number;
  scrollTo(place: number): void;
}

/** Which rows of a long list are on the screen. `rowHeight` and `headHeight`, of the head that stays above them, in CSS pixels. */
export function useVirtualRows(
  scroller: RefObject<HTMLElement | null>,
  rows: number,
  rowHeight: number,
  headHeight: number,
): VirtualRows {
  const [, draw] = useReducer((times: number) => times + 1, 0);
  const length = Math.min(rows, Math.floor(MOST_PIXELS / rowHeight));
  const held = useRef<Virtualizer<HTMLElement, HTMLElement> | null>(null);
  const options = {
    count: length,
    getScrollElement: () => scroller.current,
    estimateSize: () => rowHeight,
    overscan: 8,
    paddingStart: headHeight,
    scrollPaddingStart: headHeight,
    scrollToFn: elementScroll,
    observeElementRect,
    observeElementOffset,
    onChange: () => draw(undefined),
  };
  held.current ??= new Virtualizer<HTMLElement, HTMLElement>(options);
  const virtualizer = held.current;
  virtualizer.setOptions(options);
  useLayoutEffect(() => virtualizer._didMount(), [virtualizer]);
  useLayoutEffect(() => virtualizer._willUpdate());
  useLayoutEffect(() => virtualizer.measure(), [virtualizer, rowHeight]);
  const items = virtualizer.getVirtualItems();
  return {
    from: items[0]?.index ?? 0,
    to: (items.at(-1)?.index ?? -1) + 1,
    length,
    height: length * rowHeight,
    offset: virtualizer.scrollOffset ?? 0,
    windowHeight: virtualizer.scrollRect?.height ?? 0,
    windowWidth: virtualizer.scrollRect?.width ?? 0,
    scrollTo: (place) => virtualizer.scrollToIndex(place, { align: "auto" }),
  };
}
