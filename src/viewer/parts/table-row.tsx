import { spanText } from "../model/texts.js";
import type { FirstSeen, ShownRow } from "../protocol.js";
import { End, ProcessName } from "./cells.js";
import { type Page, usePage } from "./context.js";
import { StateSign } from "./icons.js";

const MARKS = {
  opened: { class: "o", sign: "+", word: "opened" },
  closed: { class: "x", sign: "−", word: "closed" },
  changed: { class: "c", sign: "→", word: "changed" },
  "": { class: "", sign: "", word: "" },
} as const;

interface TableRowProps {
  readonly shown: ShownRow | undefined;
  readonly place: number;
  readonly top: number;
  readonly isSelected: boolean;
  readonly isCursor: boolean;
  /** Letters of an address that have room. */
  readonly room: number;
  readonly firstSeen: FirstSeen | undefined;
}

/** A connection at the moment. What is not here yet is an empty row. */
export function TableRow({ shown, place, top, isSelected, isCursor, room, firstSeen }: TableRowProps) {
  const page = usePage();
  const id = `row-${place}`;
  const position = { transform: `translateY(${top}px)` };
  if (!shown) return <div class="tr" role="row" id={id} aria-rowindex={place + 2} style={position} />;
  const { row, mark, processName } = shown;
  const { class: marked, sign, word } = MARKS[mark];
  const classes = `tr ${marked} ${isSelected ? "sel" : ""} ${isCursor ? "cur" : ""}`;
  const age = ageOf(page, firstSeen);
  const was = shown.stateBefore ? `was ${shown.stateBefore}` : mark === "closed" ? "gone" : "";
  const isListener = row.state === "LISTEN";
  const first = (
    <span class="mk" role="gridcell">
      <span class="sr">{word}</span>
      <span aria-hidden="true">{sign}</span>
    </span>
  );
  const state = (
    <span class="st c-state" role="gridcell">
      <StateSign state={row.state} />
      <span>{row.state}</span>
      {was && <span class="was">{was}</span>}
    </span>
  );
  if (page.isNarrow.value) {
    return (
      <div class={classes} role="row" id={id} aria-rowindex={place + 2} aria-selected={isSelected} style={position}>
        {first}
        {state}
        <span class="c-proc dim" role="gridcell">
          <ProcessName name={processName} pid={row.owningPid} />
        </span>
        <span class="c-age" role="gridcell">
          {age}
        </span>
        <span class="c-pair mono mid" role="gridcell">
          {pairText(row)}
        </span>
      </div>
    );
  }
  return (
    <div class={classes} role="row" id={id} aria-rowindex={place + 2} aria-selected={isSelected} style={position}>
      {first}
      {state}
      <End address={row.localAddress} port={row.localPort} room={room} />
      <End address={row.remoteAddress} port={row.remotePort} room={room} isAbsent={isListener} />
      <span class="td num dim k-pid" role="gridcell">
        {row.owningPid || ""}
      </span>
      <span class="td k-process" role="gridcell">
        <ProcessName name={processName} />
      </span>
      <span class="td num mid k-first" role="gridcell">
        {firstSeenText(page, firstSeen)}
      </span>
      <span class="num k-age" role="gridcell">
        {age}
      </span>
    </div>
  );
}

function firstSeenText({ clock, digits }: Page, seen: FirstSeen | undefined) {
  if (!seen) return "…";
  return seen.isOlder ? "before" : clock.value.clock(seen.time, digits.value);
}

function ageOf({ viewer }: Page, seen: FirstSeen | undefined) {
  if (!seen) return "…";
  const age = Math.max(0, (viewer.state.moment.value?.time ?? seen.time) - seen.time);
  return `${seen.isOlder ? "> " : ""}${spanText(age)}`;
}

/** Both ends in a line. */
export function pairText(row: ShownRow["row"]): string {
  const end = (address: string, port: number) => `${address.includes(":") ? `[${address}]` : address}:${port || "*"}`;
  return `${end(row.localAddress, row.localPort)} → ${row.state === "LISTEN" ? "*" : end(row.remoteAddress, row.remotePort)}`;
}
