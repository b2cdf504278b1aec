import { useRef } from "preact/hooks";
import { leadingStates } from "../model/leading-states.js";
import { STATE_ORDER } from "../model/states.js";
import { count, hostText } from "../model/texts.js";
import { parseTime } from "../model/times.js";
import { usePage } from "./context.js";
import { Icon, type IconName, StateSign } from "./icons.js";
import { byPlace } from "./timeline/from-worker.js";

/** Left of the timeline: the moment and its steps, the legend in the stack's order, rates and the lanes' names. */
export function Gutter({ height }: { readonly height: number }) {
  const { isNarrow } = usePage();
  // The splitter gives to the stack: what stands below it moves along.
  const more = isNarrow.value ? 0 : height - 312;
  return (
    <div class="gutter" style={isNarrow.value ? undefined : { height: `${height}px` }}>
      <Moment />
      <Legend hidden={!isNarrow.value && more < -60} />
      <Rates top={222 + more} />
      <Lanes top={267 + more} />
    </div>
  );
}

function Moment() {
  const { viewer, clock, digits } = usePage();
  const { state } = viewer;
  const input = useRef<HTMLInputElement>(null);
  const moment = state.moment.value;
  const time = moment?.time ?? state.at.value;
  const text = clock.value.clock(time, digits.value === 0 ? 0 : 3);
  const go = () => {
    const info = state.info.value;
    const typed = input.current?.value ?? "";
    if (!info) return;
    const found = parseTime(typed, {
      at: time,
      start: info.start,
      end: info.end,
      offset: clock.value.offset,
    });
    if (found === undefined)
      state.message.value = "Write a moment as 03:12, 03:12:07.4, +90s, −5m, an ISO time, or end.";
    else viewer.goTo(found);
    if (input.current) input.current.value = clock.value.clock(found ?? time, digits.value === 0 ? 0 : 3);
  };
  const steps: readonly [string, IconName, () => void][] = [
    ["Change before", "changeBefore", () => void viewer.goToChange(-1)],
    ["Sample before", "back", () => void viewer.step(-1)],
    ["Sample after", "on", () => void viewer.step(1)],
    ["Change after", "changeAfter", () => void viewer.goToChange(1)],
  ];
  const where = state.isFollowing.value ? "Now, following. " : "";
  return (
    <div class="moment">
      <input
        ref={input}
        id="moment"
        aria-label="Moment"
        autocomplete="off"
        spellcheck={false}
        value={text}
        onFocus={(event) => event.currentTarget.select()}
        onBlur={(event) => {
          event.currentTarget.value = text;
        }}
        onKeyDown={(event) => {
          if (event.key === "Enter") go();
          else if (event.key === "Escape") event.currentTarget.blur();
          else return;
          event.preventDefault();
        }}
      />
      <p>
        {where}
        {clock.value.day(time)}, {clock.value.utcOffset(time)}
      </p>
      <div class="steps">
        {steps.map(([label, icon, act]) => (
          <button type="button" key={label} class="btn icon" aria-label={label} title={label} onClick={act}>
            <Icon name={icon} />
          </button>
        ))}
      </div>
    </div>
  );
}

function Legend({ hidden }: { readonly hidden: boolean }) {
  const { viewer, isNarrow } = usePage();
  const { state } = viewer;
  const moment = state.moment.value;
  if (hidden) return null;
  const all = byPlace(moment?.states ?? []);
  const matched = state.where.value.trim() ? byPlace(moment?.matchStates ?? []) : null;
  const { names } = leadingStates(state.where.value);
  const shown = STATE_ORDER.map(({ name }, place) => ({
    name,
    of: all[place] ?? 0,
    rows: (matched ?? all)[place] ?? 0,
  })).filter(({ name, of }) =>
    name === "OTHER" ? of > 0 && !isNarrow.value : !isNarrow.value || of > 0 || names?.has(name),
  );
  const ordered = isNarrow.value ? shown.sort((a, b) => b.rows - a.rows || b.of - a.of) : shown.reverse();
  return (
    <div class="legend" role="group" aria-label="States at this moment">
      {ordered.map(({ name, of, rows }) => (
        <button
          type="button"
          key={name}
          class={rows ? "" : "none"}
          aria-pressed={names?.has(name) ?? false}
          disabled={name === "OTHER"}
          onClick={() => viewer.toggleState(name)}
        >
          <StateSign state={name} />
          <span>{name}</span>
          <span class="n">{moment ? count(rows) : ""}</span>
          {moment && matched && <span class="of">of {count(of)}</span>}
        </button>
      ))}
    </div>
  );
}

/** Opened and closed a second around the moment: of one second at least, as one sample alone says little. */
function Rates({ top }: { readonly top: number }) {
  const { timeline, moment, at } = usePage().viewer.state;
  const time = moment.value?.time ?? at.value;
  const columns = timeline.value;
  let [opened, closed, seconds] = [0, 0, 0];
  if (columns && time >= columns.from && time <= columns.to) {
    const wide = (columns.to - columns.from) / columns.length;
    const last = Math.min(columns.length - 1, Math.floor((time - columns.from) / wide));
    for (let x = last; x >= 0 && seconds < 1; x--) {
      opened += columns.opened[x] ?? 0;
      closed += columns.closed[x] ?? 0;
      seconds += wide / 1000;
    }
  }
  const rate = (sum: number) => (seconds > 0 && moment.value ? count(Math.round(sum / seconds)) : "");
  return (
    <div class="rates" style={{ top: `${top}px` }}>
      <div>
        <span class="sign opened">+</span>Opened<span class="n">{rate(opened)}</span>
        <span class="u">per s</span>
      </div>
      <div>
        <span class="sign closed">−</span>Closed<span class="n">{rate(closed)}</span>
        <span class="u">per s</span>
      </div>
    </div>
  );
}

function Lanes({ top }: { readonly top: number }) {
  const { where, moment, scan, selected } = usePage().viewer.state;
  const now = moment.value;
  const isScanning = scan.value && !scan.value.isDone;
  const row = selected.value?.row;
  return (
    <div class="lanes" style={{ top: `${top}px` }}>
      <div>
        <span>Matches</span>
        {isScanning && <span class="n">{Math.floor((scan.value?.fraction ?? 0) * 100)} %</span>}
        {isScanning && <span class="u">read</span>}
        {!isScanning && now && where.value.trim() && <span class="n">{count(now.matches)}</span>}
        {!isScanning && now && where.value.trim() && <span class="u">of {count(now.rows)}</span>}
      </div>
      <div>
        {row ? (
          <span class="sel mono" title={`${hostText(row.localAddress)}:${row.localPort}`}>
            {hostText(row.localAddress)}:{row.localPort}
          </span>
        ) : (
          <span class="sel dim">Selected</span>
        )}
      </div>
    </div>
  );
}
