import { useRef } from "preact/hooks";
import { STATE_ORDER } from "../model/states.js";
import { count, visible } from "../model/texts.js";
import type { Group, GroupBy, ShownRow } from "../protocol.js";
import { usePage } from "./context.js";
import { Icon, StateSign } from "./icons.js";
import { moveCursor, useSelection } from "./selection.js";
import { pairText } from "./table-row.js";
import { byPlace } from "./timeline/from-worker.js";
import { useVirtualRows } from "./virtual-rows.js";

const HEADINGS: Readonly<Record<GroupBy, string>> = {
  remoteAddress: "Remote address",
  localPort: "Local port",
  process: "Process",
  state: "State",
};

type Line =
  | { readonly kind: "group"; readonly group: Group }
  | { readonly kind: "row"; readonly row: ShownRow }
  | { readonly kind: "more"; readonly text: string };

/** Connections by what they have in common, largest group first; one group at a time shows its rows. */
export function GroupTable() {
  const { viewer, isNarrow } = usePage();
  const { state } = viewer;
  const scroller = useRef<HTMLDivElement>(null);
  const groups = state.groups.value;
  const open = state.openGroup.value;
  const lines: Line[] = [];
  for (const group of groups?.groups ?? []) {
    lines.push({ kind: "group", group });
    if (open?.label !== group.label) continue;
    for (const row of open.rows?.rows ?? []) lines.push({ kind: "row", row });
    const more = (open.rows?.length ?? 0) - (open.rows?.rows.length ?? 0);
    if (more > 0) lines.push({ kind: "more", text: `${count(more)} more rows of ${nameOf(group)}` });
    else if (!open.rows) lines.push({ kind: "more", text: "…" });
  }
  const unseen = (groups?.length ?? 0) - (groups?.groups.length ?? 0);
  if (unseen > 0) lines.push({ kind: "more", text: `${count(unseen)} smaller groups` });
  const rowHeight = isNarrow.value ? 56 : 28;
  const virtual = useVirtualRows(scroller, lines.length, rowHeight, isNarrow.value ? 0 : 28);
  const selection = useSelection();
  const most = groups?.groups[0]?.rows ?? 1;
  const by = state.groupBy.value ?? "remoteAddress";
  const act = (line: Line | undefined) => {
    if (line?.kind === "group") viewer.toggleGroup(line.group.label);
    else if (line?.kind === "row") viewer.select(line.row);
  };
  const onKeyDown = (event: KeyboardEvent) => {
    if (moveCursor(event, selection, virtual)) return;
    const line = lines[selection.cursor.value];
    const isOpen = line?.kind === "group" && line.group.label === open?.label;
    if (event.key === "Enter") act(line);
    else if (event.key === "ArrowRight" && line?.kind === "group" && !isOpen) act(line);
    else if (event.key === "ArrowLeft" && isOpen) act(line);
    else return;
    event.preventDefault();
    event.stopPropagation();
  };
  return (
    <div class="table" data-region>
      <div
        class="scroll"
        ref={scroller}
        role="treegrid"
        id="grid"
        tabIndex={0}
        aria-label={`Connections by ${HEADINGS[by].toLowerCase()}`}
        aria-rowcount={lines.length + 1}
        aria-activedescendant={lines.length ? `row-${selection.cursor.value}` : undefined}
        onKeyDown={onKeyDown}
        onClick={(event) => {
          const row = (event.target as HTMLElement).closest<HTMLElement>("[id^=row-]");
          if (!row) return;
          const place = Number(row.id.slice(4));
          selection.put(place, false);
          act(lines[place]);
        }}
      >
        {!isNarrow.value && (
          <div class="tr head grp" role="row" aria-rowindex={1}>
            {[HEADINGS[by], "Connections ↓", "States", "Opened, closed"].map((text, at) => (
              <span
                key={text}
                role="columnheader"
                class={at === 1 ? "sorted" : at === 3 ? "num" : ""}
                aria-sort={at === 1 ? "descending" : undefined}
              >
                {text}
              </span>
            ))}
          </div>
        )}
        <div class="rows" role="rowgroup" style={{ height: `${virtual.height}px` }}>
          {lines.slice(virtual.from, virtual.to).map((line, at) => {
            const place = virtual.from + at;
            const common = {
              role: "row",
              id: `row-${place}`,
              "aria-rowindex": place + 2,
              style: { transform: `translateY(${virtual.top(place)}px)` },
            } as const;
            const cursor = place === selection.cursor.value ? "cur" : "";
            if (line.kind === "group") {
              const isOpen = line.group.label === open?.label;
              return (
                <div
                  {...common}
                  class={`tr grp ${isOpen ? "sel" : ""} ${cursor}`}
                  aria-level={1}
                  aria-expanded={isOpen}
                >
                  <GroupCells group={line.group} most={most} isOpen={isOpen} />
                </div>
              );
            }
            if (line.kind === "row") {
              const isSelected = line.row.key === state.selected.value?.key;
              return (
                <div
                  {...common}
                  class={`tr child ${isSelected ? "sel" : ""} ${cursor}`}
                  aria-level={2}
                  aria-selected={isSelected}
                >
                  <ChildCells shown={line.row} />
                </div>
              );
            }
            return (
              <div {...common} class="tr more" aria-level={2}>
                <span class="dim" role="gridcell">
                  {visible(line.text)}
                </span>
              </div>
            );
          })}
        </div>
      </div>
      {groups?.length === 0 && (
        <div class="nothing">
          <p>Nothing matches at this moment.</p>
        </div>
      )}
    </div>
  );
}

function nameOf(group: Group): string {
  return visible([group.label, group.processName].filter(Boolean).join(" "));
}

function GroupCells({
  group,
  most,
  isOpen,
}: {
  readonly group: Group;
  readonly most: number;
  readonly isOpen: boolean;
}) {
  const { isNarrow } = usePage();
  const counts = byPlace(group.states)
    .map((rows, place) => ({ name: STATE_ORDER[place]?.name ?? "", rows }))
    .filter(({ rows }) => rows > 0);
  const largest = [...counts].sort((a, b) => b.rows - a.rows);
  const bar = (
    <span class="stackbar" style={{ width: `max(3px, ${(group.rows / most) * (isNarrow.value ? 100 : 78)}%)` }}>
      {counts.map(({ name, rows }) => (
        <i key={name} class={`fill-${name}`} style={{ flexGrow: rows }} />
      ))}
    </span>
  );
  const sums = (
    <span class="sum" role="gridcell">
      {largest.slice(0, isNarrow.value ? 2 : 3).map(({ name, rows }) => (
        <span key={name}>
          <StateSign state={name} />
          <b>{count(rows)}</b>
          {isNarrow.value ? <span class="sr">{name}</span> : name}
        </span>
      ))}
    </span>
  );
  const name = (
    <span class="twist" role="gridcell">
      <Icon name={isOpen ? "down" : "right"} />
      <span class="name">{nameOf(group)}</span>
    </span>
  );
  if (isNarrow.value) {
    return (
      <>
        {name}
        {sums}
        <span class="num all" role="gridcell">
          {count(group.rows)}
        </span>
        {bar}
      </>
    );
  }
  return (
    <>
      {name}
      <span class="bars" role="gridcell">
        <span class="n">{count(group.rows)}</span>
        {bar}
      </span>
      {sums}
      <span class="delta" role="gridcell">
        {group.opened ? <span class="o">+{count(group.opened)}</span> : <span class="z">none</span>}
        {group.closed ? <span class="x">−{count(group.closed)}</span> : <span class="z">none</span>}
      </span>
    </>
  );
}

function ChildCells({ shown }: { readonly shown: ShownRow }) {
  const { clock, digits, viewer } = usePage();
  const seen = viewer.state.firstSeen.value.get(shown.key);
  const sign = { opened: "+", closed: "−", changed: "→", "": "" }[shown.mark];
  return (
    <>
      <span class={`mk mark-${shown.mark}`} role="gridcell">
        <span class="sr">{shown.mark}</span>
        <span aria-hidden="true">{sign}</span>
      </span>
      <span class="st c-state" role="gridcell">
        <StateSign state={shown.row.state} />
        <span>{shown.row.state}</span>
        {shown.stateBefore && <span class="was">was {shown.stateBefore}</span>}
      </span>
      <span class="td c-pair" role="gridcell">
        {pairText(shown.row)}
      </span>
      <span class="mid only-wide" role="gridcell">
        {seen && !seen.isOlder && `first seen ${clock.value.clock(seen.time, digits.value)}`}
        {seen?.isOlder && "there before"}
      </span>
      <span class="td c-proc" role="gridcell">
        <span class="dim">{shown.row.owningPid || ""}</span> {visible(shown.processName)}
      </span>
    </>
  );
}
