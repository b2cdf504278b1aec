import type { Viewer } from "../../model/viewer.js";

/** Keys of the timeline: samples or pixels, windows, ends, zoom. Where samples are denser than pixels, a step is a pixel. */
export function timelineKey(event: KeyboardEvent, viewer: Viewer): void {
  if (event.ctrlKey || event.metaKey || event.altKey) return;
  const { state } = viewer;
  const info = state.info.value;
  if (!info) return;
  const { from, to } = state.window.value;
  const pixel = (to - from) / Math.max(1, state.columns.value);
  const move = (direction: -1 | 1) => {
    const steps = (event.shiftKey ? 10 : 1) * direction;
    if (pixel > info.metadata.every) viewer.goTo(state.at.value + steps * pixel);
    else void viewer.step(steps);
  };
  const keys: Readonly<Record<string, () => void>> = {
    ArrowLeft: () => move(-1),
    ArrowRight: () => move(1),
    PageUp: () => viewer.pan(from - to),
    PageDown: () => viewer.pan(to - from),
    Home: () => viewer.goTo(info.start),
    End: () => viewer.goTo(info.end),
    "+": () => viewer.zoomBy(0.5),
    "=": () => viewer.zoomBy(0.5),
    "-": () => viewer.zoomBy(2),
    "0": () => viewer.showAll(),
  };
  const act = keys[event.key];
  if (!act) return;
  event.preventDefault();
  event.stopPropagation();
  act();
}
