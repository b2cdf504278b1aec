import { STATE_ORDER } from "../../model/states.js";
import { isCalm, luminance, type Palette } from "./colours.js";
import { paintGaps, paintLanes } from "./paint-lanes.js";
import type { Picture, PictureColumns } from "./picture.js";
import { niceTop, type Tracks, tickStep, trackWidth, xOf } from "./tracks.js";

/** Everything that a painter needs. */
export interface Sheet {
  readonly context: CanvasRenderingContext2D;
  readonly width: number;
  readonly tracks: Tracks;
  readonly palette: Palette;
  readonly picture: Picture;
}

/** Columns overlap a little, so that no seams show where device pixels and CSS pixels differ. */
const COLUMN = 1.02;
/** A label's half pixel: lines of one pixel are sharp. */
export const sharp = (value: number) => Math.round(value) + 0.5;

export function font(palette: Palette, size: number, weight = 400): string {
  return `${weight} ${size}px ${palette.fonts}`;
}

/** Paints all that changes with zoom, size, theme and states. */
export function paintData(sheet: Sheet): void {
  const { context, width, tracks } = sheet;
  context.clearRect(0, 0, width, tracks.selected[1] + 8);
  context.textBaseline = "middle";
  paintOverview(sheet);
  paintAxis(sheet);
  paintStack(sheet);
  paintRates(sheet);
  paintLanes(sheet);
  paintGaps(sheet);
  paintPin(sheet);
}

/** Whether the stack shows a state. */
function isShown(picture: Picture, name: string): boolean {
  return !picture.only || picture.only.has(name);
}

/** The most rows of a column, of the states that are shown. */
function most(picture: Picture, columns: PictureColumns): number {
  let found = 0;
  for (let x = 0; x < columns.length; x++) {
    if (!columns.seen[x]) continue;
    let sum = 0;
    STATE_ORDER.forEach(({ name }, place) => {
      if (isShown(picture, name)) sum += columns.states[place]?.[x] ?? 0;
    });
    if (sum > found) found = sum;
  }
  return found;
}

function paintOverview({ context, width, tracks, palette, picture }: Sheet): void {
  const [top, bottom] = tracks.overview;
  const { token } = palette;
  const across = trackWidth(tracks, width);
  context.fillStyle = token.ground;
  context.fillRect(tracks.left, top, across, bottom - top);
  const columns = picture.overview;
  if (columns) {
    const scale = (bottom - top - 1) / (Math.max(1, most(picture, columns)) * 1.04);
    const heights = new Float32Array(columns.length);
    STATE_ORDER.forEach(({ name }, place) => {
      if (!isShown(picture, name)) return;
      context.fillStyle = palette.overview[name] ?? token.ink3;
      for (let x = 0; x < columns.length; x++) {
        const high = (columns.states[place]?.[x] ?? 0) * scale;
        if (!columns.seen[x] || high === 0) continue;
        const under = heights[x] as number;
        context.fillRect(tracks.left + x, bottom - under - high, COLUMN, high);
        heights[x] = under + high;
      }
    });
  }
  const hatched = [...picture.gaps, ...(picture.cut ? [{ from: picture.cut.at, to: picture.extent.to }] : [])];
  context.fillStyle = palette.hatch;
  for (const { from, to } of hatched) {
    const left = xOf(from, picture.extent, tracks, width);
    context.fillRect(left, top, xOf(to, picture.extent, tracks, width) - left, bottom - top);
  }
  const left = xOf(picture.window.from, picture.extent, tracks, width);
  const right = xOf(picture.window.to, picture.extent, tracks, width);
  if (right - left < across - 1) {
    context.fillStyle = token.panel;
    context.globalAlpha = 0.55;
    context.fillRect(tracks.left, top, left - tracks.left, bottom - top);
    context.fillRect(right, top, tracks.left + across - right, bottom - top);
    context.globalAlpha = 1;
    context.strokeStyle = token.ask;
    context.lineWidth = 1.5;
    context.strokeRect(left, top - 0.5, Math.max(2, right - left), bottom - top + 1);
    context.fillStyle = token.ask;
    for (const x of [left, right]) {
      context.beginPath();
      context.roundRect(x - 2.5, (top + bottom) / 2 - 6, 5, 12, 2.5);
      context.fill();
    }
  }
  if (tracks.narrow) return;
  context.font = font(palette, 10.5);
  context.fillStyle = token.ink3;
  context.textAlign = "left";
  context.fillText(picture.wholeLabel, tracks.left + across + 8, (top + bottom) / 2 + 0.5);
}

function paintAxis({ context, width, tracks, palette, picture }: Sheet): void {
  const { token } = palette;
  const [top, bottom] = tracks.axis;
  const across = trackWidth(tracks, width);
  const { window } = picture;
  context.strokeStyle = token.line;
  context.lineWidth = 1;
  context.beginPath();
  context.moveTo(tracks.left, sharp(bottom + 2));
  context.lineTo(width, sharp(bottom + 2));
  context.stroke();
  const step = tickStep(window, across, tracks.narrow ? 68 : 92);
  const first = Math.ceil((window.from + picture.offset) / step) * step - picture.offset;
  context.fillStyle = token.ink3;
  for (let time = first; time <= window.to; time += step) {
    const x = xOf(time, window, tracks, width);
    if (x < tracks.left + 2) continue;
    context.beginPath();
    context.moveTo(sharp(x), tracks.stack[0]);
    context.lineTo(sharp(x), tracks.rates[1]);
    context.moveTo(sharp(x), bottom - 2);
    context.lineTo(sharp(x), bottom + 2);
    context.stroke();
  }
  if (!tracks.narrow) {
    context.font = font(palette, 10.5);
    context.textAlign = "left";
    context.fillText(picture.zoneLabel, tracks.left + across + 8, (top + bottom) / 2);
  }
  const columns = picture.columns;
  if (!columns) return;
  context.fillStyle = token.warn;
  for (let x = 0; x < columns.length; x++) {
    if (columns.late[x]) context.fillRect(tracks.left + x, bottom - 1, 2, 3);
  }
}

function paintStack(sheet: Sheet): void {
  const { context, width, tracks, palette, picture } = sheet;
  const { token } = palette;
  const [top, bottom] = tracks.stack;
  const across = trackWidth(tracks, width);
  const columns = picture.columns;
  const ceiling = niceTop(columns ? most(picture, columns) : 0);
  const scale = (bottom - top) / ceiling;
  if (columns) {
    // Tops of the bands so far, in pixels above the floor.
    const tops = new Float32Array(columns.length);
    const edges: { name: string; under: Float32Array; over: Float32Array }[] = [];
    STATE_ORDER.forEach(({ name }, place) => {
      if (!isShown(picture, name)) return;
      const under = tops.slice();
      context.fillStyle = palette.band[name] ?? token.ink3;
      for (let x = 0; x < columns.length; x++) {
        const high = (columns.states[place]?.[x] ?? 0) * scale;
        if (!columns.seen[x] || high === 0) continue;
        const floor = tops[x] as number;
        context.fillRect(tracks.left + x, bottom - floor - high, COLUMN, high);
        tops[x] = floor + high;
      }
      edges.push({ name, under, over: tops.slice() });
    });
    paintEdges(sheet, columns, edges);
  }
  context.textAlign = "left";
  context.font = font(palette, 10.5);
  for (const rows of [0, ceiling / 2, ceiling]) {
    const y = sharp(bottom - rows * scale);
    context.strokeStyle = token.ink;
    context.lineWidth = 1;
    context.globalAlpha = rows ? 0.14 : 0.3;
    context.beginPath();
    context.moveTo(tracks.left, y);
    context.lineTo(tracks.left + across, y);
    context.stroke();
    context.globalAlpha = 1;
    context.fillStyle = token.ink3;
    const label = Math.round(rows).toLocaleString("en");
    if (!tracks.narrow) {
      context.fillText(label, tracks.left + across + 8, Math.min(bottom - 4, Math.max(top + 5, y)));
    } else if (rows === ceiling) {
      context.fillText(label, tracks.left + 12, y + 9);
    }
  }
  if (columns) paintNames(sheet, columns, scale);
}

/** A calm band's upper edge in full colour, and a hair of ground between bands, so that no border rests on hue alone. */
function paintEdges(
  { context, tracks, palette }: Sheet,
  columns: PictureColumns,
  edges: readonly { readonly name: string; readonly under: Float32Array; readonly over: Float32Array }[],
): void {
  const bottom = tracks.stack[1];
  for (const [place, { name, under, over }] of edges.entries()) {
    let last: number | null = null;
    for (let x = 0; x < columns.length; x++) {
      const high = (over[x] as number) - (under[x] as number);
      if (!columns.seen[x] || high < 3) {
        last = null;
        continue;
      }
      const y = bottom - (over[x] as number);
      if (place < edges.length - 1) {
        context.fillStyle = palette.token.panel;
        context.fillRect(tracks.left + x, y - 1, COLUMN, 1);
      }
      if (isCalm(name)) {
        const before = last ?? y;
        context.fillStyle = palette.solid[name] ?? palette.token.ink3;
        context.fillRect(tracks.left + x, Math.min(y, before), COLUMN, Math.max(1.4, Math.abs(y - before)));
      }
      last = y;
    }
  }
}

/** Names in the bands, where one is high enough for long enough: at the left if it can be, else where it is highest. */
function paintNames({ context, tracks, palette, picture }: Sheet, columns: PictureColumns, scale: number): void {
  context.font = font(palette, 11, 500);
  context.textAlign = "left";
  STATE_ORDER.forEach(({ name }, place) => {
    if (!isShown(picture, name)) return;
    const counts = columns.states[place];
    if (!counts) return;
    const needed = Math.ceil(context.measureText(name).width) + 12;
    const floorAt = (x: number) => {
      let under = 0;
      for (let below = 0; below < place; below++) {
        if (isShown(picture, (STATE_ORDER[below] as { name: string }).name)) under += columns.states[below]?.[x] ?? 0;
      }
      return under * scale;
    };
    // The part of the band that is there from the name's first letter to its last, in pixels above the floor.
    const shared = (from: number) => {
      let [low, high] = [0, Number.POSITIVE_INFINITY];
      for (let x = from; x < from + needed; x += 3) {
        if (columns.seen[x] !== 1) return { low: 0, high: 0 };
        const floor = floorAt(x);
        low = Math.max(low, floor);
        high = Math.min(high, floor + (counts[x] ?? 0) * scale);
      }
      return { low, high };
    };
    let start = 8;
    let room = shared(start);
    while (room.high - room.low < 16 && start + needed < columns.length) {
      start += 6;
      room = shared(start);
    }
    if (room.high - room.low < 16 || start + needed > columns.length) return;
    const y = tracks.stack[1] - (room.low + room.high) / 2;
    const onColour = luminance(palette.solid[name] ?? palette.token.ink3) > 0.18 ? "#0b0e12" : "#ffffff";
    context.fillStyle = isCalm(name) ? palette.token.ink : onColour;
    context.fillText(name, tracks.left + start + 4, y);
  });
}

/** Where the scale of rates ends: one burst must not press all others flat. What is beyond reaches the edge. */
function usualRate(columns: PictureColumns): number {
  const rates = new Float32Array(columns.length);
  for (let x = 0; x < columns.length; x++)
    rates[x] = Math.max(columns.opened[x] as number, columns.closed[x] as number);
  rates.sort();
  const [usual = 0, most = 0] = [rates[Math.floor(rates.length * 0.97)], rates.at(-1)];
  return Math.max(10, Math.min(most, usual * 4));
}

/** Opened up, closed down, on a scale of square roots: one a second shows beside seventy. */
function paintRates({ context, width, tracks, palette, picture }: Sheet): void {
  const { token } = palette;
  const [top, bottom] = tracks.rates;
  const middle = (top + bottom) / 2;
  const across = trackWidth(tracks, width);
  const columns = picture.columns;
  const highest = columns ? niceTop(usualRate(columns)) : 10;
  if (columns) {
    const height = (rate: number) => Math.min(1, Math.sqrt(rate / highest)) * (middle - top - 1);
    for (let x = 0; x < columns.length; x++) {
      if (!columns.seen[x]) continue;
      const [opened, closed] = [height(columns.opened[x] as number), height(columns.closed[x] as number)];
      context.fillStyle = token.opened;
      context.fillRect(tracks.left + x, middle - opened - 0.5, COLUMN, opened);
      context.fillStyle = token.closed;
      context.fillRect(tracks.left + x, middle + 0.5, COLUMN, closed);
    }
  }
  context.fillStyle = token.ink3;
  context.fillRect(tracks.left, middle - 0.5, across, 1);
  if (tracks.narrow) return;
  context.font = font(palette, 10.5);
  context.textAlign = "left";
  for (const y of [top + 5, bottom - 4]) context.fillText(`√ ${Math.round(highest)}/s`, tracks.left + across + 8, y);
}

/** The pinned moment, from which the marks count. */
function paintPin({ context, width, tracks, palette, picture }: Sheet): void {
  if (picture.pin === null) return;
  const x = xOf(picture.pin, picture.window, tracks, width);
  if (x < tracks.left || x > tracks.left + trackWidth(tracks, width)) return;
  const foot = tracks.axis[1];
  context.strokeStyle = palette.token.ink;
  context.setLineDash([4, 3]);
  context.lineWidth = 1.25;
  context.beginPath();
  context.moveTo(sharp(x), foot);
  context.lineTo(sharp(x), tracks.selected[1]);
  context.stroke();
  context.setLineDash([]);
  context.fillStyle = palette.token.ink;
  context.beginPath();
  context.moveTo(x, foot - 11);
  context.lineTo(x + 5.5, foot - 5.5);
  context.lineTo(x, foot);
  context.lineTo(x - 5.5, foot - 5.5);
  context.fill();
}
