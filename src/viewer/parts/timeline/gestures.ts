import type { Viewer } from "../../model/viewer.js";
import type { Pointers, Span } from "./picture.js";
import { type Tracks, timeAt, xOf } from "./tracks.js";

/** What gestures need to know of the chart, as it is now. */
export interface Chart {
  readonly element: HTMLElement;
  readonly viewer: Viewer;
  tracks(): Tracks;
  width(): number;
  extent(): Span;
  /** What is under the pointer, or being dragged over: painted with the next frame. */
  point(pointers: Partial<Pick<Pointers, "hover" | "drag">>): void;
}

/** CSS pixels that a pointer may move and still click. */
const CLICK = 4;
/** Pixels around a handle of the overview that hold it. */
const HANDLE = 8;
/** Milliseconds after which a finger that rests reads. */
const HOLD = 350;

type Drag =
  | { readonly kind: "zoom"; readonly from: number; readonly x: number }
  | { readonly kind: "pan"; readonly x: number; readonly window: Span; isMoved: boolean }
  | { readonly kind: "overview"; readonly grab: number }
  | { readonly kind: "edge"; readonly edge: "from" | "to" }
  | { readonly kind: "read" };

/**
 * Click goes, drag zooms, shift and drag or the wheel pan, the wheel with Ctrl and a pinch zoom, double click shows all; on touch a
 * tap goes, drag pans, pinch zooms, hold reads. The overview's window and its edges can be dragged. Returns what ends it.
 */
export function listenToGestures(chart: Chart): () => void {
  const { element, viewer } = chart;
  const fingers = new Map<number, number>();
  let drag: Drag | null = null;
  let pinch = 0;
  let hold: ReturnType<typeof setTimeout> | undefined;

  const place = (event: PointerEvent | WheelEvent | MouseEvent) => {
    const box = element.getBoundingClientRect();
    return { x: event.clientX - box.left, y: event.clientY - box.top };
  };
  const timeOf = (x: number) => timeAt(x, viewer.state.window.value, chart.tracks(), chart.width());
  const perPixel = () => {
    const { from, to } = viewer.state.window.value;
    return (to - from) / Math.max(1, chart.width());
  };
  const inOverview = (y: number) => y <= chart.tracks().overview[1] + 2;

  const begin = (event: PointerEvent): Drag => {
    const { x, y } = place(event);
    const window = viewer.state.window.value;
    if (inOverview(y)) {
      const tracks = chart.tracks();
      for (const edge of ["from", "to"] as const) {
        if (Math.abs(xOf(window[edge], chart.extent(), tracks, chart.width()) - x) <= HANDLE)
          return { kind: "edge", edge };
      }
      const time = timeAt(x, chart.extent(), tracks, chart.width());
      const inside = time > window.from && time < window.to;
      return { kind: "overview", grab: inside ? time - (window.from + window.to) / 2 : 0 };
    }
    if (event.shiftKey || event.pointerType === "touch") return { kind: "pan", x, window, isMoved: false };
    return { kind: "zoom", from: timeOf(x), x };
  };

  const down = (event: PointerEvent) => {
    if (event.button !== 0) return;
    element.focus({ preventScroll: true });
    element.setPointerCapture(event.pointerId);
    const { x } = place(event);
    fingers.set(event.pointerId, x);
    clearTimeout(hold);
    if (fingers.size === 2) {
      const [a = 0, b = 0] = fingers.values();
      pinch = Math.abs(a - b);
      drag = null;
      return;
    }
    drag = begin(event);
    if (event.pointerType === "touch" && drag.kind === "pan") {
      hold = setTimeout(() => {
        drag = { kind: "read" };
        chart.point({ hover: timeOf(x) });
      }, HOLD);
    }
    if (drag.kind === "overview") moveOverview(x, drag.grab);
  };

  const moveOverview = (x: number, grab: number) => {
    const { from, to } = viewer.state.window.value;
    const centre = timeAt(x, chart.extent(), chart.tracks(), chart.width()) - grab;
    viewer.zoom(centre - (to - from) / 2, centre + (to - from) / 2);
  };

  const move = (event: PointerEvent) => {
    const { x, y } = place(event);
    if (fingers.has(event.pointerId)) fingers.set(event.pointerId, x);
    if (fingers.size === 2) {
      const [a = 0, b = 0] = fingers.values();
      const apart = Math.max(8, Math.abs(a - b));
      if (pinch > 0) viewer.zoomBy(pinch / apart, timeOf((a + b) / 2));
      pinch = apart;
      return;
    }
    if (!drag) {
      chart.point({ hover: event.pointerType === "mouse" && !inOverview(y) ? timeOf(x) : null });
      return;
    }
    switch (drag.kind) {
      case "zoom": {
        const to = timeOf(x);
        const isClick = Math.abs(x - drag.x) < CLICK;
        chart.point({
          hover: null,
          drag: isClick ? null : { from: Math.min(drag.from, to), to: Math.max(drag.from, to) },
        });
        break;
      }
      case "pan": {
        if (!drag.isMoved && Math.abs(x - drag.x) < CLICK) break;
        clearTimeout(hold);
        drag.isMoved = true;
        const by = (drag.x - x) * perPixel();
        viewer.zoom(drag.window.from + by, drag.window.to + by);
        break;
      }
      case "overview":
        moveOverview(x, drag.grab);
        break;
      case "edge": {
        const time = timeAt(x, chart.extent(), chart.tracks(), chart.width());
        const { from, to } = viewer.state.window.value;
        if (drag.edge === "from") viewer.zoom(Math.min(time, to - 1), to);
        else viewer.zoom(from, Math.max(time, from + 1));
        break;
      }
      case "read":
        chart.point({ hover: timeOf(x) });
    }
  };

  const up = (event: PointerEvent) => {
    fingers.delete(event.pointerId);
    clearTimeout(hold);
    const { x } = place(event);
    const ended = drag;
    drag = null;
    pinch = 0;
    chart.point({ drag: null, ...(event.pointerType === "touch" ? { hover: null } : {}) });
    if (!ended || event.type === "pointercancel") return;
    if (ended.kind === "zoom") {
      if (Math.abs(x - ended.x) < CLICK) viewer.goTo(timeOf(x));
      else viewer.zoom(Math.min(ended.from, timeOf(x)), Math.max(ended.from, timeOf(x)));
    } else if (ended.kind === "pan" && !ended.isMoved && event.pointerType === "touch") {
      viewer.goTo(timeOf(x));
    }
  };

  const wheel = (event: WheelEvent) => {
    event.preventDefault();
    const { x } = place(event);
    if (event.ctrlKey || event.metaKey) viewer.zoomBy(1.0015 ** event.deltaY, timeOf(x));
    else viewer.pan((event.deltaX || event.deltaY) * perPixel());
  };
  const leave = () => {
    if (!drag) chart.point({ hover: null });
  };
  const all = () => viewer.showAll();

  const listeners = {
    pointerdown: down,
    pointermove: move,
    pointerup: up,
    pointercancel: up,
    pointerleave: leave,
    dblclick: all,
  };
  for (const [type, listener] of Object.entries(listeners)) element.addEventListener(type, listener as EventListener);
  element.addEventListener("wheel", wheel, { passive: false });
  return () => {
    clearTimeout(hold);
    for (const [type, listener] of Object.entries(listeners))
      element.removeEventListener(type, listener as EventListener);
    element.removeEventListener("wheel", wheel);
  };
}
