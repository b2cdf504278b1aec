import { useState } from "preact/hooks";
import type { Scope } from "../model/state.js";
import { count } from "../model/texts.js";
import type { GroupBy, Since } from "../protocol.js";
import { type Page, usePage } from "./context.js";
import { FilterBox } from "./filter-box.js";
import { Icon } from "./icons.js";
import { Menu } from "./menu.js";
import { Segments } from "./segments.js";

export const GROUPINGS: readonly { readonly value: GroupBy | null; readonly text: string }[] = [
  { value: null, text: "Nothing" },
  { value: "remoteAddress", text: "Remote" },
  { value: "localPort", text: "Port" },
  { value: "process", text: "Process" },
  { value: "state", text: "State" },
];

/** The question: filter, how much it finds, where it looks, grouping, and what the marks count from. */
export function FilterBar() {
  const { viewer } = usePage();
  const { state } = viewer;
  const isLives = state.scope.value === "recording";
  const isScanning = isLives && state.scan.value !== null && !state.scan.value.isDone;
  const whole = state.info.value?.isLive ? "Last minutes" : "Whole recording";
  return (
    <section class="filterbar" aria-label="Filter" data-region tabIndex={-1}>
      <FilterBox />
      <button
        type="button"
        class="btn icon only-narrow ask"
        aria-label="Find in the whole recording"
        onClick={() => viewer.setScope("recording")}
      >
        <Icon name="find" />
      </button>
      <Hits />
      {isScanning && (
        <button type="button" class="btn ask only-wide" onClick={() => viewer.scan.stop()}>
          Stop <kbd>Esc</kbd>
        </button>
      )}
      <Segments<Scope>
        label="Scope"
        chosen={state.scope.value}
        choose={(scope) => viewer.setScope(scope)}
        choices={[
          { value: "moment", text: "This moment" },
          {
            value: "recording",
            text: (
              <>
                <Icon name="find" />
                {whole}
              </>
            ),
          },
        ]}
      />
      <span class="label wide">Group by</span>
      <Segments
        label="Group by"
        chosen={state.groupBy.value}
        choose={(by) => viewer.setGroupBy(by)}
        choices={GROUPINGS}
      />
      {!isLives && <MarksSince />}
    </section>
  );
}

function Hits() {
  const { viewer } = usePage();
  const { moment, mistake, where, scope, scan } = viewer.state;
  if (scope.value === "recording") {
    const found = scan.value;
    return (
      <span class="hits">
        <b>{count(found?.count ?? 0)}</b> lives{found && !found.isDone && `, ${Math.floor(found.fraction * 100)} %`}
      </span>
    );
  }
  const now = moment.value;
  if (!now) return <span class="hits" />;
  const hasFilter = where.value.trim() !== "";
  return (
    <span class="hits">
      <b>{count(now.matches)}</b>
      {mistake.value ? " rows, as before" : hasFilter ? ` of ${count(now.rows)} rows` : " rows"}
    </span>
  );
}

const CHOICES: readonly { readonly label: string; readonly since: Since }[] = [
  { label: "sample before", since: { kind: "sample" } },
  { label: "1 s before", since: { kind: "milliseconds", milliseconds: 1000 } },
  { label: "10 s before", since: { kind: "milliseconds", milliseconds: 10_000 } },
  { label: "1 min before", since: { kind: "milliseconds", milliseconds: 60_000 } },
];

/** What the marks count from, in words. */
export function sinceText({ viewer, clock, digits }: Page): string {
  const since = viewer.state.since.value;
  if (since.kind === "pinned") return `pinned ${clock.value.clock(since.time, digits.value)}`;
  if (since.kind === "sample") return "sample before";
  const choice = CHOICES.find(
    (each) => each.since.kind === "milliseconds" && each.since.milliseconds === since.milliseconds,
  );
  return choice?.label ?? `${since.milliseconds / 1000} s before`;
}

function MarksSince() {
  const page = usePage();
  const { state } = page.viewer;
  const [at, setAt] = useState<{ left: number; top: number } | null>(null);
  const chosen = sinceText(page);
  return (
    <>
      <span class="label wide" id="marks-since">
        Marks since
      </span>
      <button
        type="button"
        class="select only-wide"
        aria-haspopup="menu"
        aria-label={`Marks since ${chosen}`}
        onClick={(event) => {
          const { left, bottom } = event.currentTarget.getBoundingClientRect();
          setAt({ left, top: bottom + 4 });
        }}
      >
        {chosen}
        <Icon name="down" />
      </button>
      {at && (
        <Menu
          label="Marks since"
          {...at}
          close={() => setAt(null)}
          items={[
            ...CHOICES.map(({ label, since }) => ({
              label,
              checked: label === chosen,
              choose: () => {
                state.since.value = since;
              },
            })),
            {
              label: "this moment, pinned",
              keys: "m",
              checked: state.since.value.kind === "pinned",
              choose: () => {
                state.since.value = { kind: "pinned", time: state.moment.value?.time ?? state.at.value };
              },
            },
          ]}
        />
      )}
    </>
  );
}
