import { stateName } from "../../format/states.js";
import { bytesText } from "../quantities.js";
import { printable } from "../unsafe-text.js";
import { BOLD, type Canvas, cutEnd, DIM, GREEN, RED, REVERSE, widthOf } from "./canvas.js";
import { CLOSED, OPENED, type Picture, ROWS, SHOWN_STATES } from "./model.js";
import { ageText, clockText, intervalText, rateText } from "./texts.js";
import type { WatchView } from "./view.js";

/** What the title tells beside the picture. */
export interface TitleInput {
  readonly host: string;
  /** A recording that goes on, or that failed. */
  readonly recording?: TitleRecording | undefined;
}

export interface TitleRecording {
  /** Wall clock when it began. */
  readonly since: number;
  readonly bytes: number;
  readonly name: string;
  readonly failure?: string;
}

/** @param gap blanks before it */
type TitlePart = readonly [text: string, style: number, gap: number];

/** The first line. What does not fit is left out from the right, the clock last. */
export function drawTitle(canvas: Canvas, { model, width }: WatchView, { host, recording }: TitleInput): void {
  const { picture, pause } = model;
  const clock = picture ? clockText(picture.time) : "";
  const parts: TitlePart[] = [[printable(host), BOLD, 0]];
  if (picture) parts.push([`${picture.length} ${picture.length === 1 ? "row" : "rows"}`, 0, 2]);
  if (picture && pause) parts.push([` PAUSED ${ageText(model.time - pause.since, 1000)} `, REVERSE, 2]);
  const lateness = picture && !pause ? latenessOf(picture, width >= 84) : undefined;
  const recorded = recording && recordedPart(recording, model.time, width >= 84);
  const end = width - clock.length - 1;
  // That something is recorded matters more.
  const isTight = recorded && lateness && widthOfParts([...parts, lateness, recorded]) > end;
  if (lateness && !isTight) parts.push(lateness);
  if (recorded) {
    const room = Math.max(0, end - widthOfParts(parts) - 2);
    parts.push([cutEnd(recorded[0], room), recorded[1], 2]);
  }
  if (picture && !(pause && recording)) {
    if (picture.gaps.length > 0) for (const gap of picture.gaps) parts.push([printable(gap), RED | BOLD, 2]);
    else if (width >= 84)
      parts.push([`${picture.families.map((family) => `IPv${family}`).join(" ")} complete`, DIM, 2]);
    const [source] = picture.sources;
    if (width >= 84 && source && !pause) parts.push([shortSource(source), DIM, 2]);
  }
  let column = 0;
  for (const [text, style, gap] of parts) {
    if (column + gap + widthOf(text) > end) break;
    column = canvas.put(0, column + gap, text, style);
  }
  canvas.putRight(0, width, clock, BOLD);
}

function widthOfParts(parts: readonly TitlePart[]): number {
  return parts.reduce((sum, [text, , gap]) => sum + gap + widthOf(text), 0);
}

function recordedPart({ since, bytes, name, failure }: TitleRecording, now: number, isLong: boolean): TitlePart {
  if (failure !== undefined) return [`● ${failure}`, RED | BOLD, 2];
  const seconds = Math.max(0, Math.floor((now - since) / 1000));
  const time = `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}`;
  return [`● REC ${time}${isLong ? ` ${bytesText(bytes)} ${name}` : ""}`, RED, 2];
}

function latenessOf({ every, late, skipped }: Picture, isLong: boolean): TitlePart {
  const interval = `${isLong ? "every " : ""}${intervalText(every)}`;
  if (skipped > 0) return [`${interval}, late ${intervalText(late + skipped * every)}`, RED, 2];
  return [`${interval}, ${intervalText(late)} late`, late < every / 10 ? DIM : BOLD, 2];
}

/** `netlink sock_diag` says enough where there is little room. */
function shortSource(source: string): string {
  return source.replace(/^NETLINK_SOCK_DIAG\b.*/, "netlink sock_diag");
}

/** Bars as the canvas shows them, dim. */
function putBars(canvas: Canvas, line: number, column: number, bars: string): number {
  return canvas.put(line, column, bars, DIM);
}

/** A line for each state, in columns, and the rates of opening and closing below them. */
export function drawAllStates(canvas: Canvas, { model, width, areas }: WatchView): void {
  const { picture } = model;
  if (!picture) return;
  const { stateColumns, states } = areas;
  const lines = 12 / stateColumns;
  const cellWidth = Math.floor((width - 4 * (stateColumns - 1)) / stateColumns);
  let next = 0;
  for (let cell = 0; cell < 12; cell++) {
    const line = states.from + (cell % lines);
    if (line >= states.to) continue;
    const column = Math.floor(cell / lines) * (cellWidth + 4);
    // At the bottom of the first column and of the last one.
    const isOpened = cell === lines - 1;
    const isRate = isOpened || cell === 11;
    const series = isRate ? (isOpened ? OPENED : CLOSED) : (SHOWN_STATES[next++] as number);
    if (isRate) {
      canvas.put(line, column, isOpened ? "+" : "−", isOpened ? GREEN : RED);
      canvas.put(line, column + 2, isOpened ? "opened" : "closed");
      canvas.putRight(line, column + 18, rateText(isOpened ? picture.openedRate : picture.closedRate), BOLD);
    } else {
      const count = picture.counts[series] as number;
      const difference = picture.differences[series] as number;
      canvas.put(line, column, stateName(series), count === 0 ? DIM : 0);
      canvas.putRight(line, column + 18, String(count), count === 0 ? DIM : BOLD);
      if (difference !== 0) canvas.putRight(line, column + 24, `${difference < 0 ? "−" : "+"}${Math.abs(difference)}`);
    }
    const cells = Math.min(60, cellWidth - 26);
    if (cells > 0) putBars(canvas, line, column + 26, model.history.sparkline(series, cells));
  }
}

/** The four states with most rows, and below them rows, opened and closed. */
export function drawFewStates(canvas: Canvas, { model, width, areas }: WatchView): void {
  const { picture } = model;
  if (!picture) return;
  const { states } = areas;
  const most = SHOWN_STATES.filter((state) => (picture.counts[state] as number) > 0).sort(
    (one, other) => (picture.counts[other] as number) - (picture.counts[one] as number),
  );
  let column = 0;
  let shown = 0;
  for (const state of most.slice(0, 4)) {
    const [name, count] = [stateName(state), String(picture.counts[state])];
    if (column + name.length + 1 + count.length > width - 8) break;
    column = canvas.put(states.from, column, `${name} `);
    column = canvas.put(states.from, column, count, BOLD) + 2;
    shown++;
  }
  if (most.length > shown) canvas.put(states.from, column, `${most.length - shown} more`, DIM);
  const line = states.from + 1;
  if (line >= states.to) return;
  const { history } = model;
  const { openedRate, closedRate } = picture;
  const [opened, closed] = [rateText(openedRate), rateText(closedRate)];
  const cells = Math.min(14, Math.floor((width - 15 - opened.length - closed.length) / 3));
  column = canvas.put(line, 0, "rows ");
  column = putBars(canvas, line, column, history.sparkline(ROWS, cells)) + 2;
  column = canvas.put(line, column, "+", GREEN) + 1;
  column = canvas.put(line, column, opened, BOLD) + 1;
  column = putBars(canvas, line, column, history.sparkline(OPENED, cells)) + 2;
  column = canvas.put(line, column, "−", RED) + 1;
  column = canvas.put(line, column, closed, BOLD) + 1;
  putBars(canvas, line, column, history.sparkline(CLOSED, cells));
}
