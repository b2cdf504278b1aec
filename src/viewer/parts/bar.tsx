import { useState } from "preact/hooks";
import type { Zone } from "../model/state.js";
import { bytesText, count, visible } from "../model/texts.js";
import type { Viewer } from "../model/viewer.js";
import type { RecordingInfo } from "../protocol.js";
import { usePage } from "./context.js";
import { chooseFile } from "./drop.js";
import { Brand, Icon } from "./icons.js";
import { Menu, type MenuItem } from "./menu.js";
import { Segments } from "./segments.js";

/** The uppermost bar: the recording, zone, link, export, open, theme, help. */
export function Bar() {
  const { viewer, isNarrow } = usePage();
  const { state } = viewer;
  const info = state.info.value;
  const isOpen = state.phase.value === "open";
  const actions = useActions();
  const [menu, setMenu] = useState<{
    readonly items: readonly MenuItem[];
    readonly left: number;
    readonly top: number;
  } | null>(null);
  const openMenu = (event: Event, items: readonly MenuItem[]) => {
    const { left, bottom } = (event.currentTarget as HTMLElement).getBoundingClientRect();
    setMenu({ items, left, top: bottom + 4 });
  };
  return (
    <header class="bar" data-region tabIndex={-1}>
      <h1 class="brand">
        <Brand />
        <span class={isNarrow.value && isOpen ? "sr" : ""}>tcptable</span>
      </h1>
      {isOpen && <span class="sep only-wide" />}
      {info?.isLive && (
        <span class="livepill">
          <i />
          Live
        </span>
      )}
      <div class="file">
        {info && (
          <>
            <b>{visible(info.metadata.host || info.name)}</b>
            <FileFacts info={info} />
          </>
        )}
      </div>
      <span class="grow only-wide" />
      {info?.isLive && <LiveButtons />}
      <ZoneChoice />
      {isOpen && (
        <>
          <button type="button" class="btn only-wide" onClick={actions.copyLink}>
            <Icon name="link" />
            <span class="wide">Copy link</span>
            <span class="sr slim">Copy link</span>
          </button>
          <button
            type="button"
            class="btn only-wide"
            aria-haspopup="menu"
            onClick={(event) => openMenu(event, actions.exports())}
          >
            <Icon name="export" />
            <span class="wide">Export</span>
            <span class="sr slim">Export</span>
          </button>
          <button
            type="button"
            class="btn icon only-wide"
            aria-label="Open another recording"
            title="Open another recording"
            onClick={actions.open}
          >
            <Icon name="open" />
          </button>
        </>
      )}
      <button
        type="button"
        class="btn icon only-wide"
        aria-label="Light or dark"
        title="Light or dark"
        onClick={actions.switchTheme}
      >
        <Icon name="sun" />
      </button>
      <button
        type="button"
        class="btn icon only-wide"
        aria-label="Keys and signs"
        title="Keys and signs"
        onClick={actions.help}
      >
        <Icon name="help" />
      </button>
      {isNarrow.value && (
        <button
          type="button"
          class="btn icon only-narrow"
          aria-label="More"
          aria-haspopup="menu"
          onClick={(event) => openMenu(event, actions.all())}
        >
          <Icon name="more" />
        </button>
      )}
      {menu && <Menu label="Actions" {...menu} close={() => setMenu(null)} />}
    </header>
  );
}

function FileFacts({ info }: { readonly info: RecordingInfo }) {
  const { clock } = usePage();
  const { every } = info.metadata;
  if (info.isLive) return <span>this machine, every {every >= 1000 ? `${every / 1000} s` : `${every} ms`}</span>;
  const { complete, bytes } = info.intact;
  const times = complete
    ? `${clock.value.minutes(info.start)}–${clock.value.minutes(info.end)}`
    : `from ${clock.value.minutes(info.start)}`;
  const rate = every > 1000 ? `every ${every / 1000} s` : every > 0 ? `${+(1000 / every).toFixed(1)} Hz` : "";
  const size = complete ? bytesText(info.bytes) : `${bytesText(bytes)} of ${bytesText(info.bytes)} readable`;
  const { host } = info.metadata;
  const name = host && info.name.replace(/\.mcap$/, "") !== host ? visible(info.name) : "";
  const facts = [name, clock.value.date(info.start), times, rate, `${count(info.samples)} samples`, size];
  return <span title={visible(info.name)}>{facts.filter(Boolean).join(", ")}</span>;
}

function ZoneChoice() {
  const { viewer, clock } = usePage();
  const { zone, info, at } = viewer.state;
  const local = Intl.DateTimeFormat().resolvedOptions().timeZone;
  const recorder = info.value?.metadata.timeZone ?? "";
  const now = at.value || Date.now();
  const name = (timeZone: string) =>
    new Intl.DateTimeFormat("en-GB", { timeZone, timeZoneName: "short" })
      .formatToParts(now)
      .find(({ type }) => type === "timeZoneName")
      ?.value.replace("GMT", "UTC") ?? timeZone;
  const choices: { value: Zone; text: string; title?: string }[] = [];
  if (local !== "UTC") choices.push({ value: "local", text: name(local), title: `${local}, this browser's` });
  choices.push({ value: "utc", text: "UTC" });
  // Told, known to the browser, and another one.
  if (
    recorder &&
    recorder !== local &&
    recorder !== "UTC" &&
    (zone.value !== "recorder" || clock.value.timeZone === recorder)
  ) {
    try {
      choices.push({ value: "recorder", text: name(recorder), title: `${visible(recorder)}, the recorded machine's` });
    } catch {
      // A zone that the browser does not know.
    }
  }
  const chosen = zone.value === "local" && local === "UTC" ? "utc" : zone.value;
  return (
    <Segments
      label="Time zone"
      choices={choices}
      chosen={chosen}
      choose={(value) => {
        zone.value = value;
      }}
    />
  );
}

function LiveButtons() {
  const { viewer } = usePage();
  const { live, isFollowing } = viewer.state;
  const recording = live.value?.recordingTo;
  return (
    <>
      <button type="button" class="btn rec only-wide" onClick={() => void viewer.record(!recording)}>
        <span class="dot" />
        {recording ? "Stop recording" : "Record"}
        {recording && <span class="dim">{visible(recording)}</span>}
      </button>
      <button type="button" class="btn line only-wide" onClick={() => viewer.pauseOrFollow()}>
        {isFollowing.value && <Icon name="pause" />}
        {isFollowing.value ? "Pause" : "Follow"} <kbd>Space</kbd>
      </button>
      <span class="sep only-wide" />
    </>
  );
}

/** What the buttons do, for the bar and for the menu that stands in their place where the page is narrow. */
function useActions() {
  const { viewer } = usePage();
  const { state } = viewer;
  const copyLink = () => void viewer.exports.copy(location.href, "Link to this view copied.");
  const open = () => chooseFile((file) => void viewer.open({ kind: "file", file, name: file.name }));
  const switchTheme = () => {
    const isDark =
      getComputedStyle(document.documentElement).colorScheme.startsWith("dark") ||
      (state.theme.value === "system" && matchMedia("(prefers-color-scheme: dark)").matches);
    state.theme.value = isDark ? "light" : "dark";
  };
  const help = () => {
    state.isKeysSheetOpen.value = true;
  };
  const exports = (): MenuItem[] => exportItems(viewer);
  const all = (): MenuItem[] => [
    ...(state.phase.value === "open" ? [{ label: "Copy link", choose: copyLink }, ...exports()] : []),
    ...(state.info.value?.isLive
      ? [
          {
            label: state.isFollowing.value ? "Pause" : "Follow",
            divided: true,
            choose: () => viewer.pauseOrFollow(),
          },
          {
            label: state.live.value?.recordingTo ? "Stop recording" : "Record",
            choose: () => void viewer.record(!state.live.value?.recordingTo),
          },
        ]
      : []),
    { label: "Open another recording…", divided: true, choose: open },
    {
      label: state.zone.value === "utc" ? "Local time" : "UTC",
      choose: () => {
        state.zone.value = state.zone.value === "utc" ? "local" : "utc";
      },
    },
    { label: "Light or dark", choose: switchTheme },
    { label: "Keys and signs", choose: help },
  ];
  return { copyLink, open, switchTheme, help, exports, all };
}

/** What can be exported of what is shown. */
export function exportItems(viewer: Viewer): MenuItem[] {
  const { scope, window } = viewer.state;
  const isLives = scope.value === "recording";
  const what = isLives ? ({ kind: "lives" } as const) : ({ kind: "moment" } as const);
  const name = isLives ? "Lives" : "This moment";
  return [
    { label: `${name} as CSV`, choose: () => void viewer.exports.save(what, "csv") },
    { label: `${name} as JSON`, choose: () => void viewer.exports.save(what, "json") },
    { label: `${name} as NDJSON`, choose: () => void viewer.exports.save(what, "ndjson") },
    {
      label: "The window as a recording",
      divided: true,
      choose: () => void viewer.exports.save({ kind: "window", ...window.value }, "json"),
    },
  ];
}
