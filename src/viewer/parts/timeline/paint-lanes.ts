import { spanText } from "../../model/texts.js";
import { font, type Sheet, sharp } from "./paint-data.js";
import { trackWidth, xOf } from "./tracks.js";

/** The lanes "Matches" and "Selected". */
export function paintLanes(sheet: Sheet): void {
  const { context, width, tracks, palette } = sheet;
  context.fillStyle = palette.token.ground;
  for (const [top, bottom] of [tracks.matches, tracks.selected]) {
    context.fillRect(tracks.left, top, trackWidth(tracks, width), bottom - top);
  }
  paintMatches(sheet);
  paintLife(sheet);
}

function hint({ context, tracks, palette }: Sheet, text: string, [top, bottom]: readonly [number, number]): void {
  context.font = font(palette, 11);
  context.textAlign = "left";
  context.fillStyle = palette.token.ink3;
  context.fillText(text, tracks.left + 10, (top + bottom) / 2 + 0.5);
}

/** Height: how many are alive; ticks above: where some appear. */
function paintMatches(sheet: Sheet): void {
  const { context, width, tracks, palette, picture } = sheet;
  const { matches } = picture;
  if (!matches) {
    hint(sheet, picture.matchHint, tracks.matches);
    return;
  }
  const [top, bottom] = tracks.matches;
  const { token } = palette;
  const most = matches.live.reduce((high, each) => Math.max(high, each), 1);
  const end = tracks.left + trackWidth(tracks, width);
  const read = Math.min(end, xOf(matches.upTo, picture.window, tracks, width));
  for (let x = 0; x < matches.live.length && tracks.left + x < read; x++) {
    const live = matches.live[x] as number;
    if (live > 0) {
      const high = Math.max(1.5, (live / most) * (bottom - top - 7));
      context.fillStyle = token.ask;
      context.globalAlpha = 0.85;
      context.fillRect(tracks.left + x, bottom - high, 1.02, high);
    }
    const appeared = matches.appeared[x] as number;
    if (appeared > 0) {
      context.fillStyle = token.ink;
      context.globalAlpha = Math.min(1, 0.45 + appeared * 0.08);
      context.fillRect(tracks.left + x, top + 1, 1.02, 4);
    }
    context.globalAlpha = 1;
  }
  if (read >= end) return;
  context.fillStyle = palette.unread;
  context.fillRect(Math.max(tracks.left, read), top, end - Math.max(tracks.left, read), bottom - top);
  if (read < tracks.left) return;
  context.fillStyle = token.ask;
  context.fillRect(Math.round(read) - 1, top - 2, 2, bottom - top + 4);
  context.font = font(palette, 11, 600);
  context.textAlign = read > end - 60 ? "right" : "left";
  context.fillText(matches.label, read + (read > end - 60 ? -7 : 7), (top + bottom) / 2 + 0.5);
}

/** The selected connection's states; a hollow mark is an end by which alone a connection was seen. */
function paintLife(sheet: Sheet): void {
  const { context, width, tracks, palette, picture } = sheet;
  const [top, bottom] = tracks.selected;
  if (!picture.life) {
    hint(sheet, picture.lifeHint, tracks.selected);
    return;
  }
  const end = tracks.left + trackWidth(tracks, width);
  for (const { state, from, to } of picture.life) {
    const left = Math.max(tracks.left, xOf(from, picture.window, tracks, width));
    const right = Math.min(end, xOf(to, picture.window, tracks, width));
    if (right < tracks.left || left > end) continue;
    context.fillStyle = palette.life[state] ?? palette.token.ink3;
    context.fillRect(left, top + 4, Math.max(1.5, right - left), bottom - top - 8);
  }
  context.fillStyle = palette.token.panel;
  context.strokeStyle = palette.token.ink2;
  context.lineWidth = 1.5;
  for (const time of picture.ends) {
    const x = xOf(time, picture.window, tracks, width);
    if (x < tracks.left || x > end) continue;
    context.beginPath();
    context.roundRect(x - 3.5, top + 3, 7, bottom - top - 6, 2.5);
    context.fill();
    context.stroke();
  }
}

/** Nothing is drawn where nothing was seen: hatched through every track, with its length. */
export function paintGaps(sheet: Sheet): void {
  const { picture } = sheet;
  for (const { from, to, label } of picture.gaps) paintHole(sheet, from, to, [label, spanText(to - from)]);
  if (picture.cut) paintHole(sheet, picture.cut.at, Math.max(picture.cut.at, picture.extent.to), picture.cut.label);
}

function paintHole(sheet: Sheet, from: number, to: number, lines: readonly [string, string]): void {
  const { context, width, tracks, palette, picture } = sheet;
  const end = tracks.left + trackWidth(tracks, width);
  const left = Math.max(tracks.left, xOf(from, picture.window, tracks, width));
  const right = Math.min(end, xOf(to, picture.window, tracks, width));
  if (right - left < 0.5) return;
  const [top, bottom] = [tracks.stack[0], tracks.selected[1]];
  context.fillStyle = palette.hatch;
  context.fillRect(left, top, right - left, bottom - top);
  context.strokeStyle = palette.token.edge;
  context.lineWidth = 1;
  context.setLineDash([3, 3]);
  for (const x of [left, right]) {
    if (x <= tracks.left + 1 || x >= end - 1) continue;
    context.beginPath();
    context.moveTo(sharp(x), tracks.axis[1] + 2);
    context.lineTo(sharp(x), bottom);
    context.stroke();
  }
  context.setLineDash([]);
  if (right - left <= 70) return;
  context.textAlign = "center";
  const centre = (left + right) / 2;
  for (const [line, text] of lines.entries()) {
    if (!text) continue;
    context.font = font(palette, 11, line ? 400 : 600);
    const wide = context.measureText(text).width;
    context.fillStyle = palette.token.panel;
    context.fillRect(centre - wide / 2 - 4, top + 56 + line * 16, wide + 8, 16);
    context.fillStyle = palette.token.ink2;
    context.fillText(text, centre, top + 64.5 + line * 16);
  }
  context.textAlign = "left";
}
