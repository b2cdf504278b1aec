import { BOLD, type Canvas, cutEnd, DIM, RED, REVERSE } from "./canvas.js";
import type { FilterEditor } from "./filter-editor.js";
import type { WatchView } from "./view.js";

/** The filter, and what it found. */
export function drawFilter(canvas: Canvas, view: WatchView): void {
  const { areas, width, editor } = view;
  const line = areas.filter.from;
  const found = editor?.mistake
    ? width >= 84
      ? `${view.list.matched} rows, as before`
      : "as before"
    : foundText(view);
  canvas.put(line, 0, "/", BOLD);
  const room = width - 2 - found.length - 2;
  if (editor) {
    drawEditor(canvas, line, width, room, editor, view.problem);
  } else {
    canvas.put(line, 2, cutEnd(view.filterText, room));
    if (view.problem)
      canvas.put(
        line,
        Math.min(width - 1, 4 + view.filterText.length),
        cutEnd(view.problem, room - view.filterText.length - 2),
        RED,
      );
  }
  canvas.putRight(line, width, found, DIM);
}

function foundText(view: WatchView): string {
  const { model, list, mode, width, areas, groups, top, cursor } = view;
  const { picture, pause } = model;
  if (!picture) return "";
  const isLong = width >= 84;
  const all = picture.length;
  if (mode === "life") return `row ${cursor + 1} of ${list.length}`;
  if (mode === "groups") {
    const what = { remote: "remote addresses", port: "local ports", process: "processes", state: "states" }[
      view.grouping
    ];
    const rows = groups.reduce((sum, group) => sum + group.rows, 0);
    return isLong ? `${groups.length} ${what}, ${rows} of ${all} rows` : `${groups.length} groups, ${rows} rows`;
  }
  const since = pause ? `since: +${pause.opened} −${pause.closed} →${pause.changed}` : "";
  if (pause && !isLong) return since;
  const waiting = list.waiting > 0 ? `${list.waiting} new, ` : "";
  const marked = view.onlyMarked ? "marked, " : "";
  const of = `${list.matched} of ${all}`;
  if (!isLong) return `${waiting}${marked}${of}`;
  if (pause) return `${since}; ${of} rows`;
  const last = Math.min(list.length, top + areas.rows.to - areas.rows.from);
  return `${waiting}${marked}${of} rows, ${Math.min(top + 1, last)}-${last} shown`;
}

/** The filter with its caret; below it what is wrong with it, and words that can stand there. */
function drawEditor(
  canvas: Canvas,
  line: number,
  width: number,
  room: number,
  editor: FilterEditor,
  problem: string | undefined,
): void {
  const { text, caret, mistake, words, marked } = editor;
  // The part around the caret, where not all fits.
  const from = Math.max(0, caret - Math.max(1, room - 1));
  canvas.put(line, 2, text.slice(from, from + room));
  canvas.add(line, 2 + caret - from, 3 + caret - from, REVERSE);
  const { problem: what, hint } = partsOf(mistake?.problem ?? problem ?? "");
  if (mistake) {
    const start = Math.max(0, mistake.from - from);
    const length = Math.max(1, Math.min(mistake.to - from, room) - start);
    canvas.put(line + 1, 2 + Math.min(start, width - 3), "^".repeat(length), RED);
  }
  if (what) canvas.put(line + 2, 2, fitted(what, width - 2), RED);
  let column = 2;
  for (const [at, word] of words.entries()) {
    if (column + word.length + 2 > width - hint.length - 2) break;
    column = canvas.put(line + 3, column, ` ${word} `, at === marked ? REVERSE : 0);
  }
  if (hint) canvas.put(line + 3, column + 2, cutEnd(hint, width - column - 2), DIM);
}

/** "Did you mean" stands beside the words. */
function partsOf(problem: string): { problem: string; hint: string } {
  const [, before = problem, hint = ""] = /^(.*?)\s*(Did you mean .*)$/.exec(problem) ?? [];
  return { problem: before, hint };
}

/** Where not all fits, what was found comes first. */
function fitted(problem: string, width: number): string {
  if (problem.length <= width) return problem;
  const [, expected, found] = /^Expected (.*); (found .*)\.$/.exec(problem) ?? [];
  return cutEnd(found ? `F${found.slice(1)}, expected ${expected}.` : problem, width);
}
