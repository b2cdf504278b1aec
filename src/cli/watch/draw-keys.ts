import { BOLD, type Canvas, cutEnd, DIM, RED } from "./canvas.js";
import type { WatchView } from "./view.js";

/** A key, what it does, and when it is left out: the lowest number goes first, 9 never does. */
type KeyHint = readonly [keys: string, what: string, stays: number];

const NEXT_GROUPING = { remote: "local port", port: "process", process: "state", state: "remote address" } as const;

/** The last line: a message, or the keys of the mode as far as there is room. */
export function drawKeys(canvas: Canvas, view: WatchView, recording: "off" | "on" | "none"): void {
  const { width } = canvas;
  const line = canvas.height - 1;
  if (view.message) {
    canvas.put(line, 0, cutEnd(view.message.text, width), view.message.isFailure ? RED | BOLD : BOLD);
    return;
  }
  let hints = hintsOf(view, recording);
  while (lengthOf(hints) > width) {
    const least = Math.min(...hints.map(([, , stays]) => stays));
    if (least === 9) break;
    const at = hints.findLastIndex(([, , stays]) => stays === least);
    hints = hints.filter((_, other) => other !== at);
  }
  let column = 0;
  for (const [keys, what] of hints) {
    column = canvas.put(line, column, keys, BOLD) + 1;
    column = canvas.put(line, column, what, DIM) + 2;
  }
}

function lengthOf(hints: readonly KeyHint[]): number {
  return hints.reduce((sum, [keys, what]) => sum + keys.length + what.length + 3, -2);
}

function hintsOf(view: WatchView, recording: "off" | "on" | "none"): readonly KeyHint[] {
  const isWide = view.width >= 84;
  const help: KeyHint = ["?", "help", 9];
  const quit: KeyHint = ["q", "quit", 9];
  if (view.question)
    return [
      ["y", "close it", 9],
      ["any other key", "leave it", 9],
    ];
  if (view.editor)
    return isWide
      ? [
          ["Tab", "takes the word", 5],
          ["↑ ↓", "filters before", 4],
          ["Enter", "keeps the filter", 9],
          ["Esc", "back to the filter before", 9],
        ]
      : [
          ["Tab", "takes", 5],
          ["↑ ↓", "before", 4],
          ["Enter", "keeps", 9],
          ["Esc", "as it was", 9],
        ];
  if (view.mode === "help") return [["Esc", "back", 9], quit];
  if (view.mode === "life")
    return [
      ["Esc", "back", 9],
      ["↑ ↓", "other row", 5],
      ["f", "only this remote", 4],
      ...(view.life?.row.owningPid ? [["F", "only this process", 1] as const] : []),
      ["k", "close", 6],
      ["?", "help", 2],
      quit,
    ];
  if (view.mode === "groups")
    return [
      ["Enter", isWide ? "only this group" : "only this", 7],
      ["g", `next: ${NEXT_GROUPING[view.grouping]}`, 6],
      ["G", isWide ? "back to rows" : "rows", 5],
      ["< >", "sort", 1],
      ["/", "filter", 4],
      help,
      quit,
    ];
  if (view.model.pause)
    return [
      ["Space", "go on", 8],
      ...(recording === "on" ? [["w", "end recording", 7] as const] : []),
      ["/", "filter", 6],
      ["Enter", "life", 3],
      ["g", "group", 2],
      ["k", "close", 1],
      help,
      quit,
    ];
  return [
    ["/", "filter", 8],
    ["Enter", "life", 7],
    ["g", "group", 6],
    ["s", "states", 1],
    ["< >", "sort", 2],
    ["Space", "pause", 5],
    ...(recording === "none" ? [] : [["w", recording === "on" ? "end recording" : "record", 3] as const]),
    ["k", "close", 4],
    help,
    quit,
  ];
}
