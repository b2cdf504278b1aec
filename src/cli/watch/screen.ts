import { localEnd, remoteEnd } from "../table-text.js";
import { SMALLEST } from "./areas.js";
import { BOLD, Canvas, cutEnd, REVERSE } from "./canvas.js";
import { drawFilter } from "./draw-filter.js";
import { drawGroups } from "./draw-groups.js";
import { drawAllStates, drawFewStates, drawTitle, type TitleInput } from "./draw-heading.js";
import { drawHelp } from "./draw-help.js";
import { drawKeys } from "./draw-keys.js";
import { drawLife } from "./draw-life.js";
import { drawRows } from "./draw-rows.js";
import { ownerText } from "./texts.js";
import type { WatchView } from "./view.js";

/** What of the screen is not the view's. */
export interface ScreenInput extends TitleInput {
  readonly ascii: boolean;
  /** Whether the terminal has bold, dim and reverse. */
  readonly attributes: boolean;
  /** Whether there is a key to record with. */
  readonly canRecord: boolean;
}

/** Draws all that is to be seen. */
export function drawScreen(view: WatchView, input: ScreenInput): Canvas {
  const { width, height } = view;
  const canvas = new Canvas(width, height, input.ascii);
  if (width < SMALLEST.width || height < SMALLEST.height) {
    const text = `tcptable watch needs ${SMALLEST.width}x${SMALLEST.height}, this is ${width}x${height}`;
    canvas.put(0, 0, cutEnd(text, width));
    return canvas;
  }
  drawTitle(canvas, view, input);
  if (view.mode === "help") {
    drawHelp(canvas, input.canRecord);
  } else {
    const { areas } = view;
    if (areas.states.to > areas.states.from) {
      if (areas.allStates) drawAllStates(canvas, view);
      else drawFewStates(canvas, view);
    }
    drawFilter(canvas, view);
    if (view.mode === "rows") drawRows(canvas, view, input.attributes);
    else if (view.mode === "groups") drawGroups(canvas, view, input.attributes);
    else drawLife(canvas, view);
    drawQuestion(canvas, view);
  }
  drawKeys(canvas, view, input.canRecord ? (input.recording ? "on" : "off") : "none");
  return canvas;
}

function drawQuestion(canvas: Canvas, { question, areas, width }: WatchView): void {
  if (!question) return;
  const { row, processName } = question;
  const owner = ownerText(row, processName);
  const ends = row.state === "LISTEN" ? localEnd(row) : `${localEnd(row)} → ${remoteEnd(row)}`;
  const text = `Close ${ends}, ${row.state}${owner ? `, ${owner}` : ""}?`;
  const line = areas.question.from + 1;
  const end = canvas.put(line, 1, cutEnd(text, width - 2));
  canvas.setStyle(line, REVERSE);
  canvas.add(line, 0, end, BOLD);
  canvas.put(
    line + 1,
    1,
    width >= 92
      ? "Both ends see a reset at once. It is looked at again first; what has changed is left alone."
      : cutEnd("Both ends see a reset. What has changed meanwhile is left alone.", width - 1),
  );
  canvas.setStyle(line + 1, REVERSE);
}
