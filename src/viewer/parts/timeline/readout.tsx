import { STATE_ORDER } from "../../model/states.js";
import { count } from "../../model/texts.js";
import { usePage } from "../context.js";
import type { PictureColumns } from "./picture.js";

interface ReadoutProps {
  readonly time: number;
  readonly x: number;
  readonly top: number;
  readonly columns: PictureColumns;
}

/** Reads a moment without going there. */
export function Readout({ time, x, top, columns }: ReadoutProps) {
  const { clock, digits } = usePage();
  const { span, length } = columns;
  const column = Math.min(length - 1, Math.max(0, Math.floor(((time - span.from) / (span.to - span.from)) * length)));
  const isSeen = columns.seen[column] === 1;
  const most = STATE_ORDER.map(({ name }, place) => ({ name, rows: columns.states[place]?.[column] ?? 0 }))
    .filter(({ rows }) => rows > 0)
    .sort((a, b) => b.rows - a.rows)
    .slice(0, 3);
  const style =
    x > length / 2 ? { right: `calc(100% - ${x - 12}px)`, top: `${top}px` } : { left: `${x + 12}px`, top: `${top}px` };
  return (
    <div class="readout" aria-hidden="true" style={style}>
      <b>{clock.value.clock(time, digits.value)}</b>&ensp;
      {isSeen ? `${count(columns.rows[column] ?? 0)} rows` : "no samples"}
      {isSeen && (
        <>
          <br />
          {most.map(({ name, rows }) => `${name} ${count(rows)}`).join(", ")}
          <br />
          <span class="opened">+{Math.round(columns.opened[column] ?? 0)}</span>{" "}
          <span class="closed">−{Math.round(columns.closed[column] ?? 0)}</span> per s
        </>
      )}
    </div>
  );
}
