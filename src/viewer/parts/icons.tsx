/** What an icon draws, in a square of 16. */
const ICONS = {
  back: "M10 3.5 5.5 8l4.5 4.5",
  on: "M6 3.5 10.5 8 6 12.5",
  changeBefore: "M9 3.5 4.5 8 9 12.5M13 3.5 8.5 8l4.5 4.5",
  changeAfter: "M3 3.5 7.5 8 3 12.5M7 3.5 11.5 8 7 12.5",
  filter: "M2.5 4h11M4.5 8h7M6.5 12h3",
  close: "m4.5 4.5 7 7m0-7-7 7",
  link: "M6.8 9.2a2.6 2.6 0 0 0 3.7 0l2-2a2.6 2.6 0 0 0-3.7-3.7l-.7.7M9.2 6.8a2.6 2.6 0 0 0-3.7 0l-2 2a2.6 2.6 0 0 0 3.7 3.7l.7-.7",
  export: "M8 2.5v7M5 6.8 8 9.8l3-3M2.8 11.2v1.3c0 .6.4 1 1 1h8.4c.6 0 1-.4 1-1v-1.3",
  sun: "M10.8 8a2.8 2.8 0 1 1-5.6 0 2.8 2.8 0 0 1 5.6 0M8 1.8v1.4M8 12.8v1.4M1.8 8h1.4M12.8 8h1.4M3.6 3.6l1 1M11.4 11.4l1 1M3.6 12.4l1-1M11.4 4.6l1-1",
  help: "M14 8A6 6 0 1 1 2 8a6 6 0 0 1 12 0M6.3 6.3a1.8 1.8 0 1 1 2.5 1.9c-.5.3-.8.6-.8 1.2M8 11.4v.1",
  open: "M2.5 12V4.3c0-.5.3-.8.8-.8h2.9l1.6 1.7h4.9c.5 0 .8.3.8.8v6c0 .5-.3.8-.8.8H3.3c-.5 0-.8-.3-.8-.8z",
  down: "m4 6.2 4 4 4-4",
  right: "m6.2 4 4 4-4 4",
  warning: "M8 2.6 14 13H2zM8 6.8v3M8 11.4v.1",
  more: "M3.5 7.9v.2M8 7.9v.2M12.5 7.9v.2",
  rows: "M2.5 4h11M2.5 8h11M2.5 12h11",
  groups: "M2.5 4h5M4.5 8h9M4.5 12h9",
  lives: "M2.5 4h4M5.5 8h6M9.5 12h4",
  find: "M2.5 12.5h11M4 10V8M6.5 10V4.5M9 10V6.5M11.5 10V9",
  pause: "M5.5 3.5v9M10.5 3.5v9",
} as const;

export type IconName = keyof typeof ICONS;

/** A line drawing that says nothing to screen readers: the button around it has the name. */
export function Icon({ name }: { readonly name: IconName }) {
  return (
    <svg class="i" viewBox="0 0 16 16" aria-hidden="true" style={name === "more" ? { strokeWidth: 2.6 } : undefined}>
      <path d={ICONS[name]} />
    </svg>
  );
}

const LEFT = "M6 1.2a4.8 4.8 0 0 0 0 9.6z";
const RIGHT = "M6 1.2a4.8 4.8 0 0 1 0 9.6z";
const LEFT_LINE = "M6 1.9a4.1 4.1 0 0 0 0 8.2";
const RIGHT_LINE = "M6 1.9a4.1 4.1 0 0 1 0 8.2";
const DOT = "M7.6 6a1.6 1.6 0 1 1-3.2 0 1.6 1.6 0 0 1 3.2 0";

/** What is filled and what is outlined in a state's sign: the left half is this machine, the right half the other end. */
const SIGNS: Readonly<Record<string, { readonly filled?: string; readonly outlined?: string }>> = {
  LISTEN: {
    filled: DOT,
    outlined: "M3.9 1.9h4.2a2 2 0 0 1 2 2v4.2a2 2 0 0 1-2 2H3.9a2 2 0 0 1-2-2V3.9a2 2 0 0 1 2-2z",
  },
  ESTABLISHED: { filled: LEFT + RIGHT },
  "SYN-SENT": { filled: LEFT },
  "SYN-RECEIVED": { filled: RIGHT },
  "FIN-WAIT-1": { filled: RIGHT, outlined: LEFT_LINE },
  "FIN-WAIT-2": { filled: RIGHT, outlined: LEFT_LINE },
  "CLOSE-WAIT": { filled: LEFT, outlined: RIGHT_LINE },
  "LAST-ACK": { filled: DOT, outlined: LEFT_LINE + RIGHT_LINE },
  CLOSING: { filled: DOT, outlined: LEFT_LINE + RIGHT_LINE },
  "TIME-WAIT": { outlined: LEFT_LINE + RIGHT_LINE },
};

/** A state's sign. Filled may still send, outlined has closed, absent has not answered; a state without a sign is a line. */
export function StateSign({ state }: { readonly state: string }) {
  const { filled, outlined = filled ? "" : "M3 6h6" } = SIGNS[state] ?? {};
  return (
    <svg class={`g state-${state}`} viewBox="0 0 12 12" aria-hidden="true">
      {filled && <path d={filled} fill="currentColor" />}
      {outlined && <path d={outlined} fill="none" stroke="currentColor" stroke-width="1.4" />}
    </svg>
  );
}

export function Brand() {
  return (
    <svg viewBox="0 0 14 14" aria-hidden="true">
      <path d="M7 1a6 6 0 0 0 0 12z" fill="currentColor" />
      <path d="M7 1.8a5.2 5.2 0 0 1 0 10.4" fill="none" stroke="currentColor" stroke-width="1.6" />
    </svg>
  );
}
