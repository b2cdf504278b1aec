import type { RefObject } from "preact";
import { useLayoutEffect, useState } from "preact/hooks";

/** Browsers cap an element's height near 17 million pixels: beyond, a pixel of the scroller stands for more than one of the list. */
const MOST_PIXELS = 15_000_000;
/** Rows above and below the window that are there before they are scrolled to. */
const AROUND = 8;

export interface VirtualRows {
  /** Places of the rows on the screen, and some around them; `to` is not included. */
  readonly from: number;
  readonly to: number;
  readonly length: number;
  readonly rowHeight: number;
  /** What the scroller holds, in pixels. */
  readonly height: number;
  /** How far it is scrolled, and the size of its window. */
  readonly offset: number;
  readonly windowHeight: number;
  readonly windowWidth: number;
  /** Where a row stands in what the scroller holds. */
  top(place: number): number;
  scrollTo(place: number): void;
}

/**
 * Which rows of a long list are on the screen. As all rows are equally high, that is a division: a library for lists of any height
 * would be a tenth of the page. `rowHeight` and `headHeight`, of the head that stays above them, are in CSS pixels.
 */
export function useVirtualRows(
  scroller: RefObject<HTMLElement | null>,
  length: number,
  rowHeight: number,
  headHeight: number,
): VirtualRows {
  const [window, setWindow] = useState({ offset: 0, height: 0, width: 0 });
  useLayoutEffect(() => {
    const element = scroller.current;
    if (!element) return;
    const measure = () =>
      setWindow({ offset: element.scrollTop, height: element.clientHeight - headHeight, width: element.clientWidth });
    const observer = new ResizeObserver(measure);
    observer.observe(element);
    element.addEventListener("scroll", measure, { passive: true });
    return () => {
      observer.disconnect();
      element.removeEventListener("scroll", measure);
    };
  }, [scroller, headHeight]);
  const whole = length * rowHeight;
  const height = Math.min(whole, MOST_PIXELS);
  const scale = whole > height ? (whole - window.height) / (height - window.height) : 1;
  const offset = Math.min(window.offset, Math.max(0, height - window.height));
  const first = Math.floor((offset * scale) / rowHeight);
  return {
    from: Math.max(0, first - AROUND),
    to: Math.min(length, first + Math.ceil(window.height / rowHeight) + 1 + AROUND),
    length,
    rowHeight,
    height,
    offset,
    windowHeight: window.height,
    windowWidth: window.width,
    top: (place) => place * rowHeight - offset * scale + offset,
    scrollTo: (place) => {
      const element = scroller.current;
      if (!element) return;
      const now = element.scrollTop * scale;
      const above = place * rowHeight;
      const below = above + rowHeight - window.height;
      if (above < now) element.scrollTop = above / scale;
      else if (below > now) element.scrollTop = below / scale;
    },
  };
}
