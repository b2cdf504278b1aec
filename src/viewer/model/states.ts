import { parseState } from "../../decoder/index.js";

/** A state as the page shows it. */
export interface ShownState {
  /** RFC 9293's name. */
  readonly name: string;
  /** MIB state number. */
  readonly number: number;
  /** Its colour in style.css, without the dashes. */
  readonly token: string;
}

/** OTHER has none of the numbers of MIB_TCP_STATE. */
const NO_NUMBER = -1;

/**
 * The states from the bottom of the stack to its top: alive below, on their way out above. Whatever has no colour of its own
 * (CLOSED, DELETE-TCB, unknown numbers) stands on top as OTHER.
 */
export const STATE_ORDER: readonly ShownState[] = [
  ["LISTEN", "s-listen"],
  ["ESTABLISHED", "s-estab"],
  ["SYN-RECEIVED", "s-synrcv"],
  ["SYN-SENT", "s-synsent"],
  ["CLOSE-WAIT", "s-cwait"],
  ["LAST-ACK", "s-lastack"],
  ["FIN-WAIT-1", "s-fin1"],
  ["FIN-WAIT-2", "s-fin2"],
  ["CLOSING", "s-closing"],
  ["TIME-WAIT", "s-twait"],
  ["OTHER", "ink3"],
].map(([name = "", token = ""]) => ({ name, number: parseState(name) ?? NO_NUMBER, token }));
