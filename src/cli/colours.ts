import { MIB_TCP_STATE } from "../format/states.js";

/** What of a stream decides on colour. */
interface Screen {
  readonly isTTY?: boolean | undefined;
  hasColors?(environment: object): boolean;
}

/**
 * Whether to print colours: on a terminal that has some. NO_COLOR and FORCE_COLOR, when they are set and not empty,
 * decide before anything else; NO_COLOR has the last word. `FORCE_COLOR=0` means none.
 */
export function wantsColour(screen: Screen, environment: Readonly<Record<string, string | undefined>>): boolean {
  if (environment.NO_COLOR) return false;
  if (environment.FORCE_COLOR) return environment.FORCE_COLOR !== "0" && environment.FORCE_COLOR !== "false";
  return Boolean(screen.isTTY && screen.hasColors?.(environment));
}

export function bold(text: string): string {
  return `\u001b[1m${text}\u001b[0m`;
}

export function green(text: string): string {
  return `\u001b[32m${text}\u001b[0m`;
}

export function red(text: string): string {
  return `\u001b[31m${text}\u001b[0m`;
}

export function yellow(text: string): string {
  return `\u001b[33m${text}\u001b[0m`;
}

/** A state's name in the state's colour. */
export function colourState(text: string, state: number): string {
  return `\u001b[${colourOf(state)}m${text}\u001b[0m`;
}

/** Codes of ISO 6429, "select graphic rendition". The terminal's own sixteen colours: they fit any background. */
function colourOf(state: number): string {
  switch (state) {
    case MIB_TCP_STATE.LISTEN:
      return "36"; // cyan
    case MIB_TCP_STATE.ESTAB:
      return "32"; // green
    case MIB_TCP_STATE.SYN_SENT:
    case MIB_TCP_STATE.SYN_RCVD:
      return "33"; // yellow: on its way
    case MIB_TCP_STATE.CLOSE_WAIT:
      return "35"; // magenta: the program here has not closed its end, and many of these are a leak
    case MIB_TCP_STATE.CLOSED:
    case MIB_TCP_STATE.FIN_WAIT1:
    case MIB_TCP_STATE.FIN_WAIT2:
    case MIB_TCP_STATE.CLOSING:
    case MIB_TCP_STATE.LAST_ACK:
    case MIB_TCP_STATE.TIME_WAIT:
      return "2"; // faint: on its way out, by itself
    default:
      return "31"; // red: states that a table seldom has
  }
}
