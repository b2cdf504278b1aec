import { effect, useSignal } from "@preact/signals";
import { useLayoutEffect, useRef } from "preact/hooks";
import { count } from "../../model/texts.js";
import { usePage } from "../context.js";
import { Gutter } from "../gutter.js";
import { type Palette, readPalette } from "./colours.js";
import { listenToGestures } from "./gestures.js";
import { paintData } from "./paint-data.js";
import { paintPointers } from "./paint-pointers.js";
import type { Pointers } from "./picture.js";
import { Readout } from "./readout.js";
import { Splitter } from "./splitter.js";
import { timelineKey } from "./timeline-keys.js";
import { tracksFor, trackWidth, xOf } from "./tracks.js";
import { Twin } from "./twin.js";
import { usePicture } from "./use-picture.js";

const NARROW_HEIGHT = 232;

/** Time: overview, axis, stack, rates and lanes, beside the moment and the legend. */
export function Timeline() {
  const page = usePage();
  const { viewer, isNarrow, clock, digits } = page;
  const { state } = viewer;
  const chart = useRef<HTMLDivElement>(null);
  const data = useRef<HTMLCanvasElement>(null);
  const over = useRef<HTMLCanvasElement>(null);
  const picture = usePicture();
  const pointers = useSignal<Pick<Pointers, "hover" | "drag">>({ hover: null, drag: null });
  const width = useSignal(0);

  useLayoutEffect(() => {
    const [element, below, above] = [chart.current, data.current, over.current];
    const context = below?.getContext("2d");
    const pointing = above?.getContext("2d");
    if (!element || !below || !above || !context || !pointing) return;
    const ratio = Math.max(1, devicePixelRatio || 1);
    const dark = matchMedia("(prefers-color-scheme: dark)");
    const themeNumber = { value: 0 };
    let palette: Palette | null = null;
    const forgetPalette = () => {
      palette = null;
      repaint();
    };
    const resize = (canvas: HTMLCanvasElement, on: CanvasRenderingContext2D, height: number) => {
      const [wide, high] = [Math.round(width.value * ratio), Math.round(height * ratio)];
      // Setting a size clears the canvas: only when it is another one.
      if (canvas.width !== wide || canvas.height !== high) {
        canvas.width = wide;
        canvas.height = high;
      }
      on.setTransform(ratio, 0, 0, ratio, 0, 0);
    };
    const heightNow = () => (isNarrow.value ? NARROW_HEIGHT : state.timelineHeight.value);
    const tracksNow = () => tracksFor(isNarrow.value, heightNow());
    const paintBelow = () => {
      if (!picture.value || width.value === 0) return;
      palette ??= readPalette(ratio);
      resize(below, context, heightNow());
      paintData({ context, width: width.value, tracks: tracksNow(), palette, picture: picture.value });
    };
    const paintAbove = () => {
      if (!picture.value || width.value === 0) return;
      palette ??= readPalette(ratio);
      resize(above, pointing, heightNow());
      const at = state.moment.value?.time ?? state.at.value;
      paintPointers(pointing, width.value, tracksNow(), palette, picture.value, {
        at,
        flag: clock.value.clock(at, digits.value),
        ...pointers.value,
      });
    };
    // At most once a frame each, whatever changes in between.
    const frames = { below: 0, above: 0 };
    const request = (layer: "below" | "above", paint: () => void) => {
      frames[layer] ||= requestAnimationFrame(() => {
        frames[layer] = 0;
        paint();
      });
    };
    const repaint = () => {
      request("below", paintBelow);
      request("above", paintAbove);
    };
    const observer = new ResizeObserver(() => {
      width.value = element.clientWidth;
      state.columns.value = trackWidth(tracksNow(), element.clientWidth);
    });
    observer.observe(element);
    dark.addEventListener("change", forgetPalette);
    const ends = [
      effect(() => {
        void [picture.value, width.value, isNarrow.value, state.timelineHeight.value];
        request("below", paintBelow);
      }),
      effect(() => {
        void [picture.value, width.value, isNarrow.value, state.timelineHeight.value, pointers.value];
        void [state.moment.value, state.at.value, clock.value];
        request("above", paintAbove);
      }),
      effect(() => {
        void state.theme.value;
        themeNumber.value++;
        // The page sets the theme in an effect of its own: read colours after it.
        queueMicrotask(forgetPalette);
      }),
      listenToGestures({
        element,
        viewer,
        tracks: tracksNow,
        width: () => width.value,
        extent: () => picture.value?.extent ?? { from: 0, to: 1 },
        point: (changed) => {
          pointers.value = { ...pointers.value, ...changed };
        },
      }),
    ];
    return () => {
      observer.disconnect();
      dark.removeEventListener("change", forgetPalette);
      for (const end of ends) end();
      cancelAnimationFrame(frames.below);
      cancelAnimationFrame(frames.above);
    };
  }, [page, picture, pointers, width]);

  const info = state.info.value;
  const moment = state.moment.value;
  const time = moment?.time ?? state.at.value;
  const waits = moment?.states[8] ?? 0;
  const valueText = `${clock.value.clock(time, digits.value)}, ${count(moment?.rows ?? 0)} rows${waits ? `, ${count(waits)} CLOSE-WAIT` : ""}`;
  const height = isNarrow.value ? NARROW_HEIGHT : state.timelineHeight.value;
  const tracks = tracksFor(isNarrow.value, height);
  const hover = pointers.value.hover;
  return (
    <section class="timeline" aria-label="Timeline" data-region tabIndex={-1}>
      <Gutter height={height} />
      <div class="chart-place" style={{ height: `${height}px` }}>
        <div
          class="chart"
          ref={chart}
          role="slider"
          tabIndex={0}
          aria-label="Moment"
          aria-valuemin={0}
          aria-valuemax={Math.round((info?.end ?? 0) - (info?.start ?? 0))}
          aria-valuenow={Math.round(time - (info?.start ?? 0))}
          aria-valuetext={valueText}
          onKeyDown={(event) => timelineKey(event, viewer)}
        >
          <canvas ref={data} />
          <canvas ref={over} />
        </div>
        {hover !== null && picture.value?.columns && (
          <Readout
            time={hover}
            x={xOf(hover, picture.value.window, tracks, width.value)}
            columns={picture.value.columns}
            top={tracks.stack[0] + 6}
          />
        )}
        <OverviewHandles />
      </div>
      {!isNarrow.value && <Splitter />}
      <Twin />
    </section>
  );
}

/** The edges of the overview's window, for the keyboard: the pointer drags them on the canvas. */
function OverviewHandles() {
  const { viewer, clock } = usePage();
  const { state } = viewer;
  const info = state.info.value;
  const window = state.window.value;
  if (!info) return null;
  return (
    <>
      {(["from", "to"] as const).map((edge) => (
        <input
          key={edge}
          type="range"
          class="handle"
          aria-label={edge === "from" ? "Window starts" : "Window ends"}
          aria-valuetext={clock.value.clock(window[edge], 0)}
          min={0}
          max={1000}
          step={1}
          value={Math.round(((window[edge] - info.start) / Math.max(1, info.end - info.start)) * 1000)}
          onInput={(event) => {
            const time = info.start + (Number(event.currentTarget.value) / 1000) * (info.end - info.start);
            if (edge === "from") viewer.zoom(Math.min(time, window.to - 1), window.to);
            else viewer.zoom(window.from, Math.max(time, window.from + 1));
          }}
        />
      ))}
    </>
  );
}
