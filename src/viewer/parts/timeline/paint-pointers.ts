import type { Palette } from "./colours.js";
import { font, sharp } from "./paint-data.js";
import type { Picture, Pointers } from "./picture.js";
import { type Tracks, tickStep, trackWidth, xOf } from "./tracks.js";

/** Paints what moves with the pointer and the moment: cheap enough for every frame. */
export function paintPointers(
  context: CanvasRenderingContext2D,
  width: number,
  tracks: Tracks,
  palette: Palette,
  picture: Picture,
  pointers: Pointers,
): void {
  const { token } = palette;
  const foot = tracks.selected[1];
  const end = tracks.left + trackWidth(tracks, width);
  context.clearRect(0, 0, width, foot + 8);
  if (pointers.drag) {
    const left = xOf(pointers.drag.from, picture.window, tracks, width);
    const right = xOf(pointers.drag.to, picture.window, tracks, width);
    context.fillStyle = token.ask;
    context.globalAlpha = 0.16;
    context.fillRect(left, tracks.stack[0], right - left, foot - tracks.stack[0]);
    context.globalAlpha = 1;
    for (const x of [left, right]) context.fillRect(Math.round(x), tracks.stack[0], 1, foot - tracks.stack[0]);
  }
  if (pointers.hover !== null) {
    const x = sharp(xOf(pointers.hover, picture.window, tracks, width));
    context.strokeStyle = token.ink3;
    context.lineWidth = 1;
    context.setLineDash([2, 3]);
    context.beginPath();
    context.moveTo(x, tracks.stack[0]);
    context.lineTo(x, foot);
    context.stroke();
    context.setLineDash([]);
  }
  if (pointers.at === null) {
    paintTimes(context, width, tracks, palette, picture, 0, 0);
    return;
  }
  const [overviewTop, overviewBottom] = tracks.overview;
  context.fillStyle = token.ink;
  const whole = Math.round(xOf(pointers.at, picture.extent, tracks, width));
  context.fillRect(whole - 0.5, overviewTop, 1, overviewBottom - overviewTop);
  const x = xOf(pointers.at, picture.window, tracks, width);
  if (x < tracks.left - 1 || x > end + 1) {
    paintTimes(context, width, tracks, palette, picture, 0, 0);
    return;
  }
  const axisFoot = tracks.axis[1];
  context.fillStyle = token.panel;
  context.globalAlpha = 0.9;
  context.fillRect(Math.round(x) - 1.5, axisFoot, 4, foot - axisFoot);
  context.globalAlpha = 1;
  context.fillStyle = token.ink;
  context.fillRect(Math.round(x) - 0.5, axisFoot - 3, 2, foot - axisFoot + 3);
  context.font = font(palette, 12, 600);
  context.textBaseline = "middle";
  context.textAlign = "center";
  const wide = context.measureText(pointers.flag).width + 14;
  const left = Math.min(end + tracks.right - wide - 2, Math.max(tracks.left + 2, x - wide / 2));
  paintTimes(context, width, tracks, palette, picture, left, left + wide);
  context.font = font(palette, 12, 600);
  context.fillStyle = token.ink;
  context.beginPath();
  context.roundRect(left, tracks.axis[0] + 1, wide, 19, 4);
  context.fill();
  context.fillStyle = token.panel;
  context.fillText(pointers.flag, left + wide / 2, tracks.axis[0] + 11);
}

/** The axis's times: on this layer, as those make room that the moment's flag would cover. */
function paintTimes(
  context: CanvasRenderingContext2D,
  width: number,
  tracks: Tracks,
  palette: Palette,
  { window, offset, axisLabel }: Picture,
  flagLeft: number,
  flagRight: number,
): void {
  const across = trackWidth(tracks, width);
  const step = tickStep(window, across, tracks.narrow ? 68 : 92);
  const [top, bottom] = tracks.axis;
  context.font = font(palette, 11);
  context.textAlign = "center";
  context.textBaseline = "middle";
  context.fillStyle = palette.token.ink3;
  for (let time = Math.ceil((window.from + offset) / step) * step - offset; time <= window.to; time += step) {
    const x = xOf(time, window, tracks, width);
    const label = axisLabel(time, step < 60_000);
    const half = context.measureText(label).width / 2;
    if (x - half < tracks.left + 2 || x + half > tracks.left + across + 10) continue;
    if (flagRight > flagLeft && x + half > flagLeft - 4 && x - half < flagRight + 4) continue;
    context.fillText(label, x, (top + bottom) / 2);
  }
}
