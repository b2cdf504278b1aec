import { useEffect, useRef, useState } from "preact/hooks";
import type { ColumnName } from "../../decoder/index.js";
import { conditionOf } from "./cells.js";
import { usePage } from "./context.js";
import { Menu, type MenuItem } from "./menu.js";
import { Ruler } from "./ruler.js";
import { moveCursor, type Selection, useSelection } from "./selection.js";
import { TableRow } from "./table-row.js";
import { useVirtualRows } from "./virtual-rows.js";

const HEAD = 28;

interface Head {
  readonly text: string;
  readonly class: string;
  readonly column?: ColumnName;
}

const HEADS: readonly Head[] = [
  { text: "State", class: "", column: "state" },
  { text: "Local address", class: "a", column: "localAddress" },
  { text: ":port", class: "p", column: "localPort" },
  { text: "Remote address", class: "a", column: "remoteAddress" },
  { text: ":port", class: "p", column: "remotePort" },
  { text: "PID", class: "num k-pid", column: "owningPid" },
  { text: "Process", class: "k-process" },
  { text: "First seen", class: "num k-first", column: "createTimestamp" },
  { text: "Age", class: "num k-age" },
];

/** The table at the moment: only the rows on the screen are in the page. */
export function Table() {
  const { viewer, isNarrow } = usePage();
  const { state } = viewer;
  const scroller = useRef<HTMLDivElement>(null);
  const rowHeight = isNarrow.value ? 56 : 28;
  const head = isNarrow.value ? 0 : HEAD;
  const length = state.moment.value?.length ?? 0;
  const virtual = useVirtualRows(scroller, length, rowHeight, head);
  const held = state.rows.value;
  const selection = useSelection();
  const [menu, setMenu] = useState<{ readonly left: number; readonly top: number } | null>(null);
  useEffect(() => viewer.showRows(virtual.from, virtual.to), [viewer, virtual.from, virtual.to]);
  const rowAt = (place: number) => held?.rows[place - held.from];
  const choose = (place: number) => viewer.select(rowAt(place) ?? null);
  // Three columns share what the others leave; a letter is 7.25 pixels wide.
  const room = Math.max(15, Math.floor((virtual.windowWidth - 620) / 3 / 7.25));
  const places = Array.from({ length: virtual.to - virtual.from }, (_, at) => virtual.from + at);
  const selectedKey = state.selected.value?.key;
  const onKeyDown = (event: KeyboardEvent) => {
    if (moveCursor(event, selection, virtual)) {
      if (selectedKey !== undefined && !event.shiftKey) choose(selection.cursor.value);
      return;
    }
    if (event.key === "Enter") choose(selection.cursor.value);
    else if ((event.ctrlKey || event.metaKey) && event.key.toLowerCase() === "c" && !String(getSelection())) {
      void viewer.exports.copyRows(selection.places(), event.shiftKey ? "json" : "csv");
    } else if (event.key === "F10" && event.shiftKey) {
      const row = document.getElementById(`row-${selection.cursor.value}`)?.getBoundingClientRect();
      setMenu({ left: (row?.left ?? 0) + 40, top: row?.bottom ?? 0 });
    } else if (event.key.toLowerCase() === "f" && !event.ctrlKey && !event.metaKey && state.hasLetterKeys.value) {
      const row = rowAt(selection.cursor.value)?.row;
      if (row) viewer.narrow(event.shiftKey ? `not ${conditionOf(row)}` : conditionOf(row));
    } else return;
    event.preventDefault();
    event.stopPropagation();
  };
  const placeOf = (event: Event) => {
    const row = (event.target as HTMLElement).closest<HTMLElement>("[id^=row-]");
    return row ? Number(row.id.slice(4)) : -1;
  };
  return (
    <div class="table" data-region>
      <div
        class="scroll"
        ref={scroller}
        role="grid"
        id="grid"
        tabIndex={0}
        aria-label="Connections at this moment"
        aria-rowcount={length + 1}
        aria-multiselectable="true"
        aria-activedescendant={length > 0 ? `row-${selection.cursor.value}` : undefined}
        onKeyDown={onKeyDown}
        onClick={(event) => {
          const place = placeOf(event);
          if (place < 0) return;
          selection.put(place, event.shiftKey);
          if (!event.shiftKey) choose(place);
        }}
        onContextMenu={(event) => {
          const place = placeOf(event);
          if (place < 0) return;
          event.preventDefault();
          selection.put(place, false);
          setMenu({ left: event.clientX, top: event.clientY });
        }}
      >
        {!isNarrow.value && <HeadRow />}
        <div class="rows" role="rowgroup" style={{ height: `${virtual.height}px` }}>
          {places.map((place) => {
            const shown = rowAt(place);
            return (
              <TableRow
                shown={shown}
                place={place}
                top={virtual.top(place)}
                room={room}
                isSelected={(shown !== undefined && shown.key === selectedKey) || selection.has(place)}
                isCursor={place === selection.cursor.value}
                firstSeen={shown && state.firstSeen.value.get(shown.key)}
              />
            );
          })}
        </div>
      </div>
      {length === 0 && state.moment.value && <NoMatch />}
      {!isNarrow.value && (
        <Ruler
          scroller={scroller}
          virtual={virtual}
          marks={(held?.rows ?? []).flatMap(({ mark, key }, at) =>
            mark || key === selectedKey
              ? [{ place: (held?.from ?? 0) + at, kind: key === selectedKey ? "selected" : mark }]
              : [],
          )}
        />
      )}
      {menu && <Menu label="This connection" {...menu} close={() => setMenu(null)} items={rowItems(selection)} />}
    </div>
  );

  function rowItems({ cursor, places: chosen }: Selection): MenuItem[] {
    const shown = rowAt(cursor.value);
    if (!shown) return [];
    return [
      { label: "Its life", keys: "Enter", choose: () => choose(cursor.value) },
      {
        label: shown.row.state === "LISTEN" ? "Only this port" : "Only this remote",
        keys: "f",
        divided: true,
        choose: () => viewer.narrow(conditionOf(shown.row)),
      },
      { label: "All but this", keys: "⇧f", choose: () => viewer.narrow(`not ${conditionOf(shown.row)}`) },
      {
        label: "Copy as CSV",
        keys: "Ctrl+C",
        divided: true,
        choose: () => void viewer.exports.copyRows(chosen(), "csv"),
      },
      { label: "Copy as JSON", keys: "Ctrl+⇧C", choose: () => void viewer.exports.copyRows(chosen(), "json") },
      {
        label: "Export the selection as CSV",
        choose: () => void viewer.exports.save({ kind: "rows", places: chosen() }, "csv"),
      },
    ];
  }
}

function HeadRow() {
  const { viewer } = usePage();
  const { sort, info } = viewer.state;
  const columns = info.value?.columns;
  return (
    <div class="tr head" role="row" aria-rowindex={1}>
      <span class="mk" role="columnheader">
        <span class="sr">Mark</span>
      </span>
      {HEADS.map(({ text, class: classes, column }) => {
        const at = sort.value.findIndex((key) => key === column || key === `-${column}`);
        const isDown = sort.value[at]?.startsWith("-");
        const arrow = at < 0 ? "" : isDown ? " ↓" : " ↑";
        const canSort = column !== undefined && columns?.includes(column);
        return (
          <span
            key={text + column}
            role="columnheader"
            class={`${classes} ${at >= 0 ? "sorted" : ""}`}
            aria-sort={at < 0 ? (canSort ? "none" : undefined) : isDown ? "descending" : "ascending"}
          >
            {canSort ? (
              <button
                type="button"
                title="Sorts; with Shift, by this as well"
                onClick={(event) => {
                  event.stopPropagation();
                  viewer.sortBy(column, event.shiftKey);
                }}
              >
                {text}
                {arrow}
                {at >= 0 && sort.value.length > 1 && <sup>{at + 1}</sup>}
              </button>
            ) : (
              text
            )}
          </span>
        );
      })}
    </div>
  );
}

function NoMatch() {
  const { viewer } = usePage();
  const { where } = viewer.state;
  const hasFilter = where.value.trim() !== "";
  return (
    <div class="nothing">
      <p>{hasFilter ? "Nothing matches at this moment." : "No connections at this moment."}</p>
      {hasFilter && (
        <>
          <button type="button" class="btn line" onClick={() => viewer.type("")}>
            Clear the filter
          </button>
          <button type="button" class="btn line" onClick={() => viewer.setScope("recording")}>
            Find it in the whole recording
          </button>
        </>
      )}
    </div>
  );
}
