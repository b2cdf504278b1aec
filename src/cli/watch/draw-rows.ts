import { COLUMNS } from "../../format/columns.js";
import { localEnd, remoteEnd } from "../table-text.js";
import { BOLD, type Canvas, cutEnd, cutMiddle, DIM, GREEN, RED, REVERSE, UNDERLINE } from "./canvas.js";
import { layoutRows, type Place, type RowLayout } from "./layout.js";
import { lifeBand } from "./life-band.js";
import type { Life } from "./lives.js";
import type { Mark } from "./marks.js";
import type { Picture } from "./model.js";
import type { ListedRow } from "./row-list.js";
import type { SortColumn } from "./sort.js";
import { ageText, clockText, ownerText } from "./texts.js";
import type { WatchView } from "./view.js";

/** The last minute of a life, in the widest screens. */
const MINUTE = 60_000;

/** A row that is on the screen, as it is shown. */
interface ShownRow {
  readonly life: Life;
  readonly mark: Mark | undefined;
  readonly isGone: boolean;
  readonly local: string;
  readonly remote: string;
}

/** Column heads and rows. Only those on the screen are made into texts. */
export function drawRows(canvas: Canvas, view: WatchView, hasAttributes: boolean): void {
  const { areas, model, list, top, width, owners, extended, cursor } = view;
  const { picture } = model;
  if (!picture) return;
  const shown: ShownRow[] = [];
  const page = areas.rows.to - areas.rows.from;
  for (let place = top; place < Math.min(list.length, top + page); place++) shown.push(shownRow(view, list.at(place)));
  const longest = Math.max(0, ...shown.map(({ local, remote }) => Math.max(local.length, remote.length)));
  const layout = layoutRows(width, longest, owners, extended);
  drawHeads(canvas, areas.head, layout, view);
  for (const [at, row] of shown.entries()) {
    const line = areas.rows.from + at;
    drawRow(canvas, line, layout, row, picture);
    if (top + at !== cursor) continue;
    const event = row.mark?.event.event;
    canvas.setStyle(line, REVERSE | (event === "opened" ? GREEN : event === "closed" ? RED : 0));
    if (!hasAttributes) canvas.put(line, 1, ">");
  }
}

function shownRow({ model }: WatchView, row: ListedRow): ShownRow {
  const { lives, marks } = model;
  if (row.gone) {
    const { event, key } = row.gone;
    const life = lives.get(key) ?? lifeOfGone(row.gone);
    return { life, mark: row.gone, isGone: true, local: localEnd(event.row), remote: remoteEnd(event.row) };
  }
  const life = lives.of(row.table, row.index);
  const now = row.table.row(row.index);
  return {
    life: { ...life, row: now },
    mark: marks.get(life.key),
    isGone: false,
    local: localEnd(now),
    remote: remoteEnd(now),
  };
}

/** Of a connection whose life was dropped, as there were too many. */
function lifeOfGone({ key, event }: Mark): Life {
  const { row, time, processName } = event;
  const states = [{ state: row.state, since: time }];
  return { key, row, processName, first: time, isOlder: true, firstSample: 0, firstTick: 0, states, end: event };
}

const HEADS: Record<SortColumn, string> = {
  state: "State",
  local: "Local address:port",
  remote: "Remote address:port",
  pid: "PID/process",
  age: "Age",
};

function drawHeads(canvas: Canvas, line: number, layout: RowLayout, { sort }: WatchView): void {
  const head = (column: SortColumn) => `${HEADS[column]}${sort.column === column ? (sort.descending ? "▼" : "▲") : ""}`;
  canvas.put(line, layout.state.at, head("state"));
  putEnd(canvas, line, layout.local, head("local"));
  // Where the age is not shown, what it sorts by can't be seen: no sign then.
  putEnd(canvas, line, layout.remote, head("remote"));
  if (layout.owner) canvas.put(line, layout.owner.at, head("pid"));
  if (layout.firstSeen) putEnd(canvas, line, layout.firstSeen, "First seen");
  if (layout.receiveQueue) putEnd(canvas, line, layout.receiveQueue, COLUMNS.receiveQueue.label);
  if (layout.sendQueue) putEnd(canvas, line, layout.sendQueue, COLUMNS.sendQueue.label);
  if (layout.age) putEnd(canvas, line, layout.age, head("age"));
  if (layout.life) {
    canvas.put(line, layout.life.at, `−${layout.life.width * 2}s`);
    putEnd(canvas, line, layout.life, "now");
  }
  canvas.add(line, 0, canvas.width, BOLD | UNDERLINE);
}

function putEnd(canvas: Canvas, line: number, { at, width }: Place, text: string, style = 0): void {
  canvas.putRight(line, at + width, text, style);
}

function drawRow(canvas: Canvas, line: number, layout: RowLayout, shown: ShownRow, picture: Picture): void {
  const { life, mark, isGone, local, remote } = shown;
  const { row } = life;
  const event = mark?.event.event;
  const style = event === "opened" ? GREEN : event === "closed" ? RED : 0;
  const isUnsampled = mark?.event.sampled === false;
  if (event === "opened") canvas.put(line, 0, "+");
  else if (event === "closed") canvas.put(line, 0, "−");
  else if (event === "changed") canvas.put(line, 0, "→", BOLD);
  if (!isUnsampled) {
    const before = layout.stateBefore && event === "changed" ? mark?.event.stateBefore : undefined;
    const text = before === undefined ? row.state : `${row.state}  was ${before}`;
    canvas.put(line, layout.state.at, cutEnd(text, layout.state.width));
  } else if (!layout.owner) canvas.put(line, layout.state.at, "only its end");
  putEnd(canvas, line, layout.local, cutMiddle(local, layout.local.width));
  putEnd(canvas, line, layout.remote, cutMiddle(remote, layout.remote.width));
  if (layout.owner) {
    const name = life.processName ?? (row.owningPid ? picture.nameOf(row.owningPid) : undefined);
    const owner = isUnsampled ? "only its end" : ownerText(row, name);
    canvas.put(line, layout.owner.at, cutEnd(owner, layout.owner.width), style === 0 ? DIM : 0);
  }
  const isSeen = !life.isOlder;
  if (layout.firstSeen && isSeen && !isUnsampled) putEnd(canvas, line, layout.firstSeen, clockText(life.first));
  // What waited in one that has closed is no news.
  if (layout.receiveQueue && !isGone) putEnd(canvas, line, layout.receiveQueue, String(row.receiveQueue ?? "-"));
  if (layout.sendQueue && !isGone) putEnd(canvas, line, layout.sendQueue, String(row.sendQueue ?? "-"));
  if (layout.age) {
    const text = isUnsampled
      ? "<1s"
      : isGone
        ? "gone"
        : `${isSeen ? "" : ">"}${ageText(picture.time - life.first, picture.every)}`;
    putEnd(canvas, line, layout.age, text);
  }
  if (layout.life) {
    const { at, width } = layout.life;
    const to = picture.time;
    canvas.put(line, at, lifeBand(life, to - (MINUTE * width) / 30, to, width));
  }
  if (style !== 0) canvas.add(line, 0, canvas.width, style);
}
