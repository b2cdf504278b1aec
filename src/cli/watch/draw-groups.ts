import { printable } from "../unsafe-text.js";
import { BOLD, type Canvas, cutEnd, DIM, GREEN, RED, REVERSE, UNDERLINE } from "./canvas.js";
import { type GROUP_SORTS, type Group, type GroupSort, statesText } from "./groups.js";
import type { WatchView } from "./view.js";

const HEADS = { remote: "Remote address", port: "Local port", process: "PID/process", state: "State" } as const;

/** Cells of the bars. */
const BAR = 14;

/** Column heads and groups, each with its states and with what opened and closed in it lately. */
export function drawGroups(canvas: Canvas, view: WatchView, hasAttributes: boolean): void {
  const { areas, groups, top, cursor, width, grouping, groupSort } = view;
  const isWide = width >= 84;
  const page = areas.rows.to - areas.rows.from;
  const shown = groups.slice(top, top + page);
  const labelWidth = Math.max(
    16,
    Math.min(width >= 120 ? 40 : 18, ...[Math.max(0, ...shown.map(({ label }) => label.length))]),
  );
  const rowsEnd = 2 + labelWidth + 7;
  const barAt = rowsEnd + 2;
  const statesAt = isWide ? barAt + BAR + 2 : rowsEnd + 3;
  const [openedEnd, closedEnd] = isWide ? [width - 6, width - 1] : [width - 7, width - 2];
  const most = Math.max(1, ...groups.map(({ rows }) => rows));

  const line = areas.head;
  canvas.put(line, 2, HEADS[grouping] + signOf("label", groupSort));
  canvas.putRight(line, rowsEnd, `Rows${signOf("rows", groupSort)}`);
  canvas.put(line, statesAt, "States");
  canvas.putRight(line, openedEnd, `+${signOf("opened", groupSort)}`);
  canvas.putRight(line, closedEnd, `−${signOf("closed", groupSort)}`);
  canvas.add(line, 0, width, BOLD | UNDERLINE);
  for (const [at, group] of shown.entries()) {
    const row = areas.rows.from + at;
    canvas.put(row, 2, cutEnd(printable(group.label), labelWidth));
    canvas.putRight(row, rowsEnd, String(group.rows), BOLD);
    if (isWide && group.rows > 0)
      canvas.put(row, barAt, "▇".repeat(Math.max(1, Math.round((group.rows / most) * BAR))), DIM);
    canvas.put(row, statesAt, cutStates(group, openedEnd - 4 - statesAt));
    putCount(canvas, row, openedEnd, "+", group.opened, GREEN);
    putCount(canvas, row, closedEnd, "−", group.closed, RED);
    if (top + at !== cursor) continue;
    canvas.setStyle(row, REVERSE);
    if (!hasAttributes) canvas.put(row, 1, ">");
  }
}

function signOf(column: (typeof GROUP_SORTS)[number], sort: GroupSort): string {
  return column === sort.column ? (sort.descending ? "▼" : "▲") : "";
}

function putCount(canvas: Canvas, line: number, end: number, sign: string, count: number, style: number): void {
  canvas.putRight(line, end, count === 0 ? "·" : `${sign}${count}`, count === 0 ? DIM : style);
}

/** Whole states alone: what has no room is left out, and `…` says so. */
function cutStates(group: Group, width: number): string {
  const text = statesText(group);
  if (text.length <= width) return text;
  const parts = text.split(", ");
  while (parts.length > 1 && `${parts.join(", ")}, …`.length > width) parts.pop();
  return cutEnd(`${parts.join(", ")}, …`, width);
}
