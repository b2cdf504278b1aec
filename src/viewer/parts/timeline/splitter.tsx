import { usePage } from "../context.js";

const LEAST = 180;
const MOST = 520;

/** Between timeline and table: dragged, or moved by arrows. */
export function Splitter() {
  const { timelineHeight } = usePage().viewer.state;
  const set = (height: number) => {
    timelineHeight.value = Math.round(Math.min(MOST, Math.max(LEAST, height)));
  };
  return (
    <hr
      class="grip"
      aria-orientation="horizontal"
      aria-label="Height of the timeline"
      aria-valuemin={LEAST}
      aria-valuemax={MOST}
      aria-valuenow={timelineHeight.value}
      tabIndex={0}
      onKeyDown={(event) => {
        const by = { ArrowUp: -16, ArrowDown: 16 }[event.key];
        if (!by) return;
        event.preventDefault();
        event.stopPropagation();
        set(timelineHeight.value + by);
      }}
      onPointerDown={(event) => {
        const handle = event.currentTarget;
        const [start, height] = [event.clientY, timelineHeight.value];
        handle.setPointerCapture(event.pointerId);
        handle.onpointermove = ({ clientY }) => set(height + clientY - start);
        handle.onpointerup = () => {
          handle.onpointermove = null;
        };
      }}
    />
  );
}
