import { bytesText } from "../quantities.js";
import { localEnd, remoteEnd } from "../table-text.js";
import { BOLD, type Canvas, cutEnd, DIM, RED, REVERSE } from "./canvas.js";
import { lifeBand } from "./life-band.js";
import type { Life } from "./lives.js";
import { ageText, clockText, intervalText, ownerText } from "./texts.js";
import type { WatchView } from "./view.js";

/** Earlier connections that are told. */
const MOST_BEFORE = 5;

/** One connection: its life as a band, its states, how it ended, and those before it between the same ends. */
export function drawLife(canvas: Canvas, { model, life, areas, width }: WatchView): void {
  const { picture, lives } = model;
  const first = areas.rows.from;
  if (!life || !picture) {
    canvas.put(first, 2, "This connection is no longer listed.", DIM);
    return;
  }
  const { row, end, states } = life;
  const until = end ? end.time : picture.time;
  const name = life.processName ?? (row.owningPid ? picture.nameOf(row.owningPid) : undefined);
  const owner = ownerText(row, name);
  const state = end ? "closed" : row.state;
  const title = `${localEnd(row)} → ${remoteEnd(row)}${owner ? `   ${owner}` : ""}`;
  canvas.put(first, 2, cutEnd(title, width - 6 - state.length));
  canvas.putRight(first, width - 2, state);
  canvas.setStyle(first, REVERSE);

  canvas.put(first + 2, 2, clockText(life.first));
  canvas.putRight(first + 2, width - 2, end ? clockText(end.time) : "now");
  canvas.put(first + 3, 2, lifeBand(life, life.first, Math.max(until, life.first + 1), width - 4));
  const last = states.at(-1)?.state ?? row.state;
  const lastWidth = Math.ceil(
    ((until - (states.at(-1)?.since ?? until)) / Math.max(1, until - life.first)) * (width - 4),
  );
  if (states.length > 1) canvas.add(first + 3, width - 2 - Math.max(1, lastWidth), width - 2, end ? 0 : BOLD);
  const before = states.slice(0, -1).map((one) => one.state);
  if (before.length > 0) canvas.put(first + 4, 2, cutEnd(before.join(", "), width - 8 - last.length), DIM);
  canvas.putRight(first + 4, width - 2, last, DIM);

  let line = first + 6;
  for (const [at, { state: name, since }] of states.entries()) {
    const to = states[at + 1]?.since ?? until;
    const isNow = at === states.length - 1 && !end;
    canvas.put(line, 2, name, isNow ? BOLD : 0);
    canvas.put(line, 18, clockText(since), DIM);
    const isOpen = at === 0 && life.isOlder ? ">" : "";
    canvas.putRight(line, 34, isOpen + ageText(to - since, picture.every), isNow ? BOLD : 0);
    if (isNow) canvas.put(line, 36, "so far", DIM);
    if (++line >= areas.rows.to) return;
  }
  if (end) {
    canvas.put(line, 2, "closed", RED);
    canvas.put(line++, 18, clockText(end.time), DIM);
  }
  line++;
  const samples = `${lives.samples - life.firstSample} of ${lives.ticks - life.firstTick} samples`;
  const age = `${life.isOlder ? "more than " : ""}${ageText(until - life.first, picture.every)}`;
  line = putFact(canvas, line, "Age", end ? age : `${age}, in ${samples}`);
  const other = otherEndText(life, name);
  if (other) line = putFact(canvas, line, "Other end", other);
  line = end
    ? putFact(canvas, line, "Bytes, RTT", figuresText(life) || "nobody told")
    : putFact(
        canvas,
        line,
        "Bytes, RTT",
        picture.blind ? "not told by this system" : "told by the kernel when it ends",
        DIM,
      );
  drawBefore(canvas, line, lives.before(life), areas.rows.to, width, lives.began);
}

function putFact(canvas: Canvas, line: number, label: string, text: string, style = 0): number {
  canvas.put(line, 2, label);
  canvas.put(line, 18, cutEnd(text, canvas.width - 19), style);
  return line + 1;
}

/** What a state says of the other end. */
function otherEndText({ row, end }: Life, processName: string | undefined): string | undefined {
  if (end) return undefined;
  const here = processName ?? "this end";
  switch (row.state) {
    case "CLOSE-WAIT":
      return `has closed; ${here} has not`;
    case "LAST-ACK":
      return `has closed, and so has ${here}`;
    case "FIN-WAIT-1":
    case "FIN-WAIT-2":
      return `has not closed; ${here} has`;
    case "CLOSING":
    case "TIME-WAIT":
      return "has closed, and so has this end";
    case "SYN-SENT":
      return "has not answered yet";
    case "ESTABLISHED":
      return "is connected";
    default:
      return undefined;
  }
}

function figuresText({ end }: Life): string {
  if (!end) return "";
  const { bytesSent, bytesReceived, rttMicroseconds, retransmits } = end;
  return [
    ...(bytesSent !== null ? [`sent ${bytesText(bytesSent)}`] : []),
    ...(bytesReceived !== null ? [`received ${bytesText(bytesReceived)}`] : []),
    ...(rttMicroseconds !== null ? [`rtt ${intervalText(rttMicroseconds / 1000)}`] : []),
    ...(retransmits !== null ? [`${retransmits} resent`] : []),
  ].join(", ");
}

/** Connections before this one between the same ends. */
function drawBefore(canvas: Canvas, from: number, before: readonly Life[], to: number, width: number, began = 0): void {
  let line = from;
  if (canvas.height < 28) {
    if (before.length === 0) return;
    const texts = before
      .slice(-3)
      .map(
        (life) =>
          `${clockText(life.first)} ${life.end?.sampled === false ? "only its end" : `for ${lastedText(life)}`}`,
      );
    putFact(canvas, line, "Before", `${before.length} more: ${texts.join(", ")}`);
    return;
  }
  line++;
  if (line >= to) return;
  if (before.length > 0) canvas.put(line++, 2, "Same pair before");
  for (const life of before.slice(-MOST_BEFORE)) {
    if (line >= to) return;
    const isUnsampled = life.end?.sampled === false;
    canvas.put(line, 2, clockText(life.first));
    canvas.put(line, 18, isUnsampled ? "<1s" : lastedText(life), isUnsampled ? DIM : 0);
    const figures = figuresText(life);
    const text = isUnsampled ? `seen only by its end${figures ? `; ${figures}` : ""}` : figures;
    canvas.put(line++, 24, cutEnd(text, width - 25), isUnsampled ? DIM : 0);
  }
  if (line < to) canvas.put(line, 2, `watch began ${clockText(began)}; what was before is not known`, DIM);
}

function lastedText({ first, end }: Life): string {
  return end ? ageText(end.time - first, 1000) : "?";
}
