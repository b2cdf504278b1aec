import { useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { bytesText, count, visible } from "../model/texts.js";
import { usePage } from "./context.js";
import { sinceText } from "./filter-bar.js";
import { Icon } from "./icons.js";

/** The last line: counts and marks, the sample and its lateness, and the time in the other zone. Narrow: tabs. */
export function Status() {
  const { viewer, isNarrow } = usePage();
  const { phase } = viewer.state;
  if (phase.value !== "open") {
    return (
      <footer class="status">
        <span>{phase.value === "loading" ? "Opening…" : "No recording"}</span>
        <span class="grow" />
        <span class="only-wide">
          Keys and signs <kbd>?</kbd>
        </span>
      </footer>
    );
  }
  return (
    <footer class="status">
      {isNarrow.value ? <Tabs /> : viewer.state.scope.value === "recording" ? <ScanStatus /> : <MomentStatus />}
      <Spoken />
    </footer>
  );
}

function MomentStatus() {
  const page = usePage();
  const { viewer, otherClock } = page;
  const { moment, where, selected, info, groupBy, groups, since } = viewer.state;
  const now = moment.value;
  if (!now) return <span>Reading…</span>;
  const from = since.value.kind === "sample" ? `the ${sinceText(page)}` : sinceText(page);
  const api = info.value?.metadata.families[0]?.api;
  return (
    <>
      {groupBy.value && groups.value && (
        <span>
          <b>{count(groups.value.length)}</b> groups
        </span>
      )}
      <span>
        <b>{count(now.rows)}</b> rows
      </span>
      {where.value.trim() && (
        <span>
          <b>{count(now.matches)}</b> match
        </span>
      )}
      {selected.value && (
        <span>
          <b>1</b> selected
        </span>
      )}
      <span>
        since {from}: <span class="o">+{count(now.opened)}</span> opened <span class="x">−{count(now.closed)}</span>{" "}
        closed <b>→{count(now.changed)}</b> changed
      </span>
      {now.lost > 0 && <span class="lost">{count(now.lost)} ends lost</span>}
      <span class="grow" />
      {now.sample >= 0 && (
        <span>
          sample {count(now.sample + 1)} of {count(info.value?.samples ?? 0)}
        </span>
      )}
      {!Number.isNaN(now.late) && <span>{now.late.toFixed(1)} ms late</span>}
      <span>
        {now.complete
          ? `${(info.value?.metadata.families ?? []).map(({ family }) => `IPv${family}`).join(" and ")} complete`
          : now.gaps.map(({ family, reason }) => `IPv${family}: ${visible(reason)}`).join(", ") || "not complete"}
      </span>
      {info.value?.isLive && api && <span>{visible(api)}</span>}
      <span>
        {otherClock.value.clock(now.time, 3)} {otherClock.value.name(now.time)}
      </span>
    </>
  );
}

function ScanStatus() {
  const { viewer, clock, digits, otherClock } = usePage();
  const { scan, lives, info, moment, at } = viewer.state;
  const found = scan.value;
  const first = lives.value?.from === 0 ? lives.value.lives[0]?.life.firstSeen : undefined;
  const time = moment.value?.time ?? at.value;
  return (
    <>
      <span>
        <b>{count(found?.count ?? 0)}</b> connections{!found?.isDone && " so far"}
      </span>
      {first !== undefined && (
        <span>
          first seen <b>{clock.value.clock(first, digits.value)}</b>
        </span>
      )}
      {found && found.count > found.length && <span>{count(found.length)} of them kept</span>}
      <span class="grow" />
      <span>
        {Math.floor((found?.fraction ?? 0) * 100)} % of {bytesText(info.value?.bytes ?? 0)}
      </span>
      <span>
        {otherClock.value.clock(time, 3)} {otherClock.value.name(time)}
      </span>
    </>
  );
}

function Tabs() {
  const { viewer } = usePage();
  const { scope, groupBy } = viewer.state;
  const current = scope.value === "recording" ? "lives" : groupBy.value ? "groups" : "rows";
  const tabs = [
    { name: "rows", text: "Rows", show: () => viewer.setScope("moment") },
    { name: "groups", text: "Groups", show: () => viewer.setGroupBy("remoteAddress") },
    { name: "lives", text: "Lives", show: () => viewer.setScope("recording") },
  ] as const;
  return (
    <nav class="tabs" aria-label="Views">
      {tabs.map(({ name, text, show }) => (
        <button
          type="button"
          key={name}
          class="btn tab"
          aria-current={name === current ? "true" : undefined}
          onClick={show}
        >
          <Icon name={name} />
          {text}
        </button>
      ))}
    </nav>
  );
}

/** Milliseconds without a change after which screen readers are told. */
const TOLD_AFTER = 500;

/** What has changed, told once when it rests. */
function Spoken() {
  const { viewer, clock, digits } = usePage();
  const { moment, mistake, scope, scan } = viewer.state;
  const told = useSignal("");
  const now = moment.value;
  const text =
    scope.value === "recording"
      ? `${count(scan.value?.count ?? 0)} connections${scan.value?.isDone ? "" : " so far"}`
      : now && !mistake.value
        ? `${clock.value.clock(now.time, digits.value)}, ${count(now.matches)} of ${count(now.rows)} rows`
        : "";
  useEffect(() => {
    const timer = setTimeout(() => {
      told.value = text;
    }, TOLD_AFTER);
    return () => clearTimeout(timer);
  }, [text, told]);
  return (
    <span class="sr" role="status">
      {told.value}
    </span>
  );
}
