import { useEffect, useRef } from "preact/hooks";
import { STATE_ORDER } from "../model/states.js";
import { usePage } from "./context.js";
import { Icon, StateSign } from "./icons.js";

type Keys = readonly (readonly [keys: string, what: string])[];

const ANYWHERE: Keys = [
  ["/", "edit the filter"],
  ["t", "type a moment: 03:12, +90s, end"],
  [", .", "one sample back, on"],
  ["[ ]", "change before, after"],
  ["s", "find it in the whole recording"],
  ["m", "pin this moment for the marks"],
  ["u", "local time or UTC"],
  ["y", "copy a link to this view"],
  ["e", "export what is shown"],
  ["F6", "next part of the page"],
  ["?", "this sheet"],
];
const TIMELINE: Keys = [
  ["← →", "one sample, or one pixel"],
  ["⇧← ⇧→", "ten of them"],
  ["+ −", "zoom around the moment"],
  ["0", "the whole recording"],
  ["PgUp PgDn", "one window earlier, later"],
  ["Home End", "first sample, last or now"],
];
const POINTER: Keys = [
  ["Click", "go to the moment"],
  ["Drag", "zoom into the stretch"],
  ["⇧ drag, wheel", "pan; with Ctrl, zoom"],
  ["Double click", "the whole recording"],
];
const TOUCH: Keys = [
  ["Tap", "go to the moment, open a life"],
  ["Drag", "move the timeline"],
  ["Pinch", "zoom"],
  ["Hold", "read a moment without going there"],
];
const TABLE: Keys = [
  ["↑ ↓", "the row before, after; with ⇧ select"],
  ["PgUp PgDn", "a page"],
  ["Enter", "its life"],
  ["← →", "fold, unfold a group"],
  ["g", "next grouping"],
  ["f", "only this remote, ⇧f all but"],
  ["⇧F10", "more for this row"],
  ["Ctrl+C", "copy rows as CSV, ⇧ as JSON"],
  ["Esc", "back: list, filter, life, scan"],
];
const LIVE: Keys = [
  ["Space", "pause, follow again"],
  ["r", "record from now on"],
];

/** Every key and sign. Letters alone can be switched off: some people talk to their machine. */
export function KeysSheet() {
  const { viewer, isNarrow } = usePage();
  const { isKeysSheetOpen, hasLetterKeys } = viewer.state;
  const dialog = useRef<HTMLDialogElement>(null);
  const isOpen = isKeysSheetOpen.value;
  useEffect(() => {
    if (isOpen) dialog.current?.showModal();
  }, [isOpen]);
  if (!isOpen) return null;
  const close = () => {
    isKeysSheetOpen.value = false;
  };
  return (
    // biome-ignore lint/a11y/useKeyWithClickEvents: Esc closes it as well
    <dialog
      class="sheet"
      ref={dialog}
      aria-labelledby="keys-title"
      onClose={close}
      onClick={(event) => {
        if (event.target === dialog.current) dialog.current?.close();
      }}
    >
      <header>
        <h2 id="keys-title">Keys and signs</h2>
        <span class="grow" />
        {!isNarrow.value && (
          <button
            type="button"
            class="switch"
            role="switch"
            aria-checked={hasLetterKeys.value}
            onClick={() => {
              hasLetterKeys.value = !hasLetterKeys.value;
            }}
          >
            Single-letter keys
            <i />
          </button>
        )}
        <button type="button" class="btn icon" aria-label="Close" onClick={() => dialog.current?.close()}>
          <Icon name="close" />
        </button>
      </header>
      <div class="keys">
        <section>
          <KeyList title="Anywhere" keys={ANYWHERE} />
        </section>
        <section>
          <KeyList title="Timeline" keys={TIMELINE} />
          <KeyList title="Pointer" keys={POINTER} isPlain />
        </section>
        <section>
          {isNarrow.value && <KeyList title="Touch" keys={TOUCH} isPlain />}
          <KeyList title="Table" keys={TABLE} />
          <KeyList title="Live" keys={LIVE} />
        </section>
      </div>
      <div class="signs">
        <div>
          <h3>Signs</h3>
          <p>
            Left half is this machine, right half the other end. Filled may still send, outlined has closed, absent has
            not answered.
          </p>
        </div>
        <Signs />
      </div>
    </dialog>
  );
}

function KeyList({
  title,
  keys,
  isPlain = false,
}: {
  readonly title: string;
  readonly keys: Keys;
  readonly isPlain?: boolean;
}) {
  return (
    <>
      <h3>{title}</h3>
      <dl>
        {keys.map(([names, what]) => (
          <>
            <dt>{isPlain ? names : names.split(" ").map((name) => <kbd key={name}>{name}</kbd>)}</dt>
            <dd>{what}</dd>
          </>
        ))}
      </dl>
    </>
  );
}

function Signs() {
  return (
    <div class="list">
      {STATE_ORDER.filter(({ number }) => number >= 0).map(({ name }) => (
        <span key={name}>
          <StateSign state={name} />
          {name}
        </span>
      ))}
      <span>
        <b class="mono opened">+</b>opened
      </span>
      <span>
        <b class="mono closed">−</b>closed
      </span>
      <span>
        <b class="mono">→</b>changed state
      </span>
      <span>
        <i class="sign-end" />
        only its end seen
      </span>
      <span>
        <i class="sign-gap" />
        no samples
      </span>
      <span>
        <i class="sign-late" />a late sample
      </span>
      <span>
        <i class="sign-alive" />
        matches alive
      </span>
      <span>
        <i class="sign-appear" />
        matches appear
      </span>
      <span>
        <i class="sign-pin" />
        pinned moment
      </span>
    </div>
  );
}
