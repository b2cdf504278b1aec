import { useEffect, useRef } from "preact/hooks";
import { extentOf } from "../model/extent.js";
import { spanText } from "../model/texts.js";
import type { FoundLife, GapRange, ShownRow } from "../protocol.js";
import { End, ProcessName } from "./cells.js";
import { usePage } from "./context.js";
import { StateSign } from "./icons.js";
import { moveCursor, useSelection } from "./selection.js";
import { pairText } from "./table-row.js";
import type { Span } from "./timeline/picture.js";
import { lifeParts } from "./timeline/use-picture.js";
import { useVirtualRows } from "./virtual-rows.js";

const TICKS = 5;

/** Lives that a scan has found, by first seen, each as a band over the whole recording. */
export function Lives() {
  const { viewer, isNarrow, clock } = usePage();
  const { state } = viewer;
  const scroller = useRef<HTMLDivElement>(null);
  const held = state.lives.value;
  const length = held?.length ?? 0;
  const rowHeight = isNarrow.value ? 56 : 28;
  const virtual = useVirtualRows(scroller, length, rowHeight, isNarrow.value ? 0 : 28);
  const selection = useSelection();
  useEffect(() => viewer.scan.showLives(virtual.from, virtual.to), [viewer, virtual.from, virtual.to]);
  const info = state.info.value;
  if (!info) return null;
  const extent = extentOf(info);
  const at = (place: number) => held?.lives[place - held.from];
  const choose = (place: number) => {
    const found = at(place);
    if (found) viewer.select(rowOf(found));
  };
  const places = Array.from({ length: virtual.to - virtual.from }, (_, place) => virtual.from + place);
  return (
    <div class="table" data-region>
      <div
        class="scroll"
        ref={scroller}
        role="grid"
        id="grid"
        tabIndex={0}
        aria-label="Lives of connections"
        aria-rowcount={length + 1}
        aria-activedescendant={length ? `row-${selection.cursor.value}` : undefined}
        onKeyDown={(event) => {
          if (moveCursor(event, selection, virtual)) return;
          if (event.key !== "Enter") return;
          event.preventDefault();
          choose(selection.cursor.value);
        }}
        onClick={(event) => {
          const row = (event.target as HTMLElement).closest<HTMLElement>("[id^=row-]");
          if (!row) return;
          selection.put(Number(row.id.slice(4)), false);
          choose(Number(row.id.slice(4)));
        }}
      >
        {!isNarrow.value && (
          <div class="tr head live" role="row" aria-rowindex={1}>
            <span role="columnheader">Last state</span>
            <span role="columnheader" class="a">
              Local address
            </span>
            <span role="columnheader" class="p">
              :port
            </span>
            <span role="columnheader" class="a">
              Remote
            </span>
            <span role="columnheader" class="p">
              :port
            </span>
            <span role="columnheader" class="k-process">
              Process
            </span>
            <span role="columnheader" class="num sorted" aria-sort="ascending">
              First seen ↑
            </span>
            <span role="columnheader" class="num">
              Last seen
            </span>
            <span role="columnheader" class="num">
              Lived
            </span>
            <span role="columnheader" class="ticks">
              {Array.from(
                { length: TICKS },
                (_, tick) => extent.from + ((extent.to - extent.from) * tick) / (TICKS - 1),
              ).map((time) => (
                <i key={time}>
                  {extent.to - extent.from < 600_000 ? clock.value.clock(time, 0) : clock.value.minutes(time)}
                </i>
              ))}
            </span>
          </div>
        )}
        <div class="rows" role="rowgroup" style={{ height: `${virtual.height}px` }}>
          {places.map((place) => (
            <LifeRow
              found={at(place)}
              place={place}
              top={virtual.top(place)}
              extent={extent}
              isSelected={at(place) !== undefined && at(place)?.key === state.selected.value?.key}
              isCursor={place === selection.cursor.value}
            />
          ))}
        </div>
      </div>
      {length === 0 && state.scan.value?.isDone && (
        <div class="nothing">
          <p>Nothing in the whole recording matches.</p>
        </div>
      )}
    </div>
  );
}

/** A life's connection, as the table would show it. */
function rowOf({ key, life }: FoundLife): ShownRow {
  return { key, family: life.family, row: life.row, processName: life.processName ?? "", mark: "" };
}

interface LifeRowProps {
  readonly found: FoundLife | undefined;
  readonly place: number;
  readonly top: number;
  readonly extent: Span;
  readonly isSelected: boolean;
  readonly isCursor: boolean;
}

function LifeRow({ found, place, top, extent, isSelected, isCursor }: LifeRowProps) {
  const { clock, digits, isNarrow, viewer } = usePage();
  const common = {
    role: "row",
    id: `row-${place}`,
    "aria-rowindex": place + 2,
    style: { transform: `translateY(${top}px)` },
  } as const;
  if (!found) return <div {...common} class="tr live" />;
  const { life } = found;
  const lived = `${life.isOlder || life.isAlive ? "> " : life.sampled ? "" : "< "}${spanText(Math.max(life.lastSeen - life.firstSeen, life.sampled ? 0 : 100))}`;
  const time = (at: number) => clock.value.clock(at, digits.value);
  const state = (
    <span class="st c-state" role="gridcell">
      {life.sampled ? (
        <>
          <StateSign state={life.row.state} />
          <span>{life.row.state}</span>
        </>
      ) : (
        <span class="dim">by its end only</span>
      )}
    </span>
  );
  const gaps = viewer.state.overview.value?.gapRanges ?? [];
  const now = viewer.state.moment.value?.time ?? viewer.state.at.value;
  const band = <Band found={found} extent={extent} gaps={gaps} now={now} />;
  const classes = `tr live ${isSelected ? "sel" : ""} ${isCursor ? "cur" : ""}`;
  if (isNarrow.value) {
    return (
      <div {...common} class={classes} aria-selected={isSelected}>
        <span class="mk" role="gridcell" />
        {state}
        <span class="c-proc dim" role="gridcell">
          {time(life.firstSeen)}
        </span>
        <span class="c-age" role="gridcell">
          {lived}
        </span>
        <span class="c-pair mono mid" role="gridcell">
          {pairText(life.row)}
        </span>
        {band}
      </div>
    );
  }
  return (
    <div {...common} class={classes} aria-selected={isSelected}>
      {state}
      <End address={life.row.localAddress} port={life.row.localPort} room={18} />
      <End
        address={life.row.remoteAddress}
        port={life.row.remotePort}
        room={18}
        isAbsent={life.row.state === "LISTEN"}
      />
      <span class="td k-process" role="gridcell">
        <ProcessName name={life.processName ?? ""} pid={life.row.owningPid} />
      </span>
      <span class="td num" role="gridcell">
        {life.isOlder ? "before" : time(life.firstSeen)}
      </span>
      <span class="td num" role="gridcell">
        {life.isAlive ? "…" : time(life.lastSeen)}
      </span>
      <span class="num" role="gridcell">
        {lived}
      </span>
      {band}
    </div>
  );
}

interface BandProps {
  readonly found: FoundLife;
  readonly extent: Span;
  readonly gaps: readonly GapRange[];
  readonly now: number;
}

/** The states of a life over the whole recording; gaps are holes in it. */
function Band({ found: { life }, extent, gaps, now }: BandProps) {
  const share = (time: number) => Math.min(100, Math.max(0, ((time - extent.from) / (extent.to - extent.from)) * 100));
  const place = (from: number, to: number) => ({
    left: `${share(from)}%`,
    width: `max(2px, ${share(to) - share(from)}%)`,
  });
  const label = life.sampled ? life.states.map(({ state }) => state).join(", then ") : "Seen only by its end";
  return (
    <span class="life c-life" role="gridcell" aria-label={label}>
      {life.sampled ? (
        lifeParts(life).map(({ state, from, to }) => (
          <u key={`${from}${state}`} class={`fill-${state}`} style={place(from, to)} />
        ))
      ) : (
        <i class="tick" style={{ left: `calc(${share(life.firstSeen)}% - 4px)` }} />
      )}
      {gaps
        .filter(({ from, to }) => life.firstSeen < from && life.lastSeen > to)
        .map(({ from, to }) => (
          <u key={from} class="hole" style={place(from, to)} />
        ))}
      <i class="now" style={{ left: `${share(now)}%` }} />
    </span>
  );
}
