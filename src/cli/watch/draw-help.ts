import { BOLD, type Canvas, cutEnd, DIM, GREEN, RED } from "./canvas.js";

type Entry = readonly [keys: string, what: string];

const LEFT: readonly Entry[] = [
  ["/", "edit the filter"],
  ["Esc", "back; clears the filter"],
  ["↑ ↓ PgUp PgDn", "move"],
  ["Home End", "first, last row"],
  ["Enter", "one connection's life"],
  ["< >", "sort by the column left, right"],
  ["S L R P A", "state, local, remote, PID, age"],
  ["r", "turn the order round"],
  ["g G", "next grouping; rows again"],
  ["s", "states: one line, or all"],
];

const right = (recording: boolean): readonly Entry[] => [
  ["p", "owners on, off"],
  ["m", "marks stay 3s, 10s, 60s, until m"],
  ["c", "only what is marked"],
  ["Space", "pause, go on"],
  ["+ -", "sample more, less often"],
  ...(recording ? [["w", "record from now on; again ends it"] as const] : []),
  ["k", "close the connection; asks"],
  ["y", "copy the row (OSC 52)"],
  ["?", "this"],
  ["q Ctrl-C", "quit"],
];

const NARROW = (recording: boolean): readonly Entry[] => [
  ["/", "edit the filter"],
  ["↑ ↓ PgUp PgDn", "move"],
  ["Enter", "one connection's life"],
  ["< >  S L R P A", "sort column; by state, local, remote, …"],
  ["g  G  s  p", "group; rows; states; owners"],
  ["m  c", "how long marks stay; only what is marked"],
  ["Space", "pause, go on"],
  ...(recording ? [["w", "record from now on; again ends it"] as const] : []),
  ["k", "close the connection; asks"],
  ["q  Ctrl-C", "quit"],
];

/** Keys and signs. @param recording whether there is a key to record with */
export function drawHelp(canvas: Canvas, recording: boolean): void {
  const { width, height } = canvas;
  canvas.put(2, 2, "Keys", BOLD);
  const isWide = width >= 92 && height >= 24;
  const left = isWide ? LEFT : NARROW(recording);
  let line = 3;
  for (const [at, [keys, what]] of left.entries()) {
    canvas.put(line, 2, keys, BOLD);
    canvas.put(line, 18, cutEnd(what, width - 19));
    const [otherKeys, other] = (isWide && right(recording)[at]) || [];
    if (otherKeys && other) {
      canvas.put(line, 54, otherKeys, BOLD);
      canvas.put(line, 64, cutEnd(other, width - 65));
    }
    line++;
  }
  line++;
  if (!isWide) {
    canvas.put(line, 2, "+ opened    − closed, gone    → changed state");
    canvas.add(line, 2, 3, GREEN);
    canvas.add(line, 14, 15, RED);
    canvas.add(line, 32, 33, BOLD);
    canvas.put(line + 1, 2, "Each sign is there without colour (NO_COLOR, --ascii).", DIM);
    return;
  }
  canvas.put(line++, 2, "Signs", BOLD);
  const signs: readonly (readonly [string, string, number])[] = [
    ["+", "opened since the sample before; green, for 3s", GREEN],
    ["−", "closed; red, Age says gone, stays 3s", RED],
    ["→", "changed state; from 120 columns on with the state before", BOLD],
    ["▁▄▇", "the last minute, oldest left, from 0 to its own most; blank: no sample taken", DIM],
    ["·", "none; an age with > was there before the first sample", DIM],
  ];
  for (const [sign, what, style] of signs) {
    canvas.put(line, 2, sign, style);
    canvas.put(line++, 18, cutEnd(what, width - 19));
  }
  line++;
  canvas.put(line++, 2, "Colours follow NO_COLOR and the terminal’s 16; every sign is there without them.", DIM);
  canvas.put(line, 2, "--ascii, or a locale without UTF-8: > for →, - for −, digits 0-9 for the bars.", DIM);
}
