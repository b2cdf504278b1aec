import type { RefObject } from "preact";
import type { Mark } from "../protocol.js";
import type { VirtualRows } from "./virtual-rows.js";

interface RulerProps {
  readonly scroller: RefObject<HTMLElement | null>;
  readonly virtual: VirtualRows;
  /** Rows that are marked or selected, as far as the page knows them. */
  readonly marks: readonly { readonly place: number; readonly kind: Mark | "selected" }[];
}

/** Beside the table, in the scroll bar's place: where the window is, and where marks are. It can be dragged. */
export function Ruler({ scroller, virtual, marks }: RulerProps) {
  const total = Math.max(1, virtual.height);
  const isLong = total > virtual.windowHeight;
  const scroll = (event: PointerEvent) => {
    const box = (event.currentTarget as HTMLElement).getBoundingClientRect();
    const share = (event.clientY - box.top) / Math.max(1, box.height);
    scroller.current?.scrollTo({ top: share * total - virtual.windowHeight / 2 });
  };
  return (
    <div
      class="ruler"
      aria-hidden="true"
      onPointerDown={(event) => {
        event.currentTarget.setPointerCapture(event.pointerId);
        scroll(event);
      }}
      onPointerMove={(event) => {
        if (event.buttons === 1) scroll(event);
      }}
    >
      {isLong && (
        <i
          class="thumb"
          style={{
            top: `${(virtual.offset / total) * 100}%`,
            height: `max(16px, ${(virtual.windowHeight / total) * 100}%)`,
          }}
        />
      )}
      {marks.map(({ place, kind }) => (
        <i
          key={place}
          class={`at-${kind}`}
          style={{ top: `${(place / Math.max(virtual.length, virtual.windowHeight / virtual.rowHeight)) * 100}%` }}
        />
      ))}
    </div>
  );
}
