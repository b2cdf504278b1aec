import { formatIPv4, formatIPv6 } from "../decoder/address.js";
import type { Selection } from "../decoder/selection.js";
import { MIB_TCP_STATE, stateName } from "../decoder/states.js";
import { bold, colourState } from "./colours.js";

export interface Look {
  /** Whether a line with the columns' names comes first. */
  readonly header: boolean;
  readonly colour: boolean;
}

const STATE = "State";
const LOCAL_ADDRESS = "Local Address";
const REMOTE_ADDRESS = "Remote Address";
const PORT = "Port";

/**
 * The rows as ss and netstat print them: addresses end and ports begin at one colon. A listener's remote end is `*:*`.
 * Lines come without their ends, and without blanks at their ends.
 */
export function* tableLines(selection: Selection, { header, colour }: Look): Generator<string> {
  const { columns, table } = selection;
  const { state, localPort, remotePort } = columns;
  const names = stateNames(selection, state);
  const localAddress = addressTexts(columns.localAddress, table.family);
  const remoteAddress = addressTexts(columns.remoteAddress, table.family);
  for (let at = 0; at < state.length; at++) if (state[at] === MIB_TCP_STATE.LISTEN) remoteAddress[at] = "*";

  const label = (text: string) => (header ? text.length : 0);
  const stateWidth = widest(names, label(STATE));
  const localWidth = widest(localAddress, label(LOCAL_ADDRESS));
  const portWidth = widest([String(localPort.reduce((a, b) => Math.max(a, b), 0))], label(PORT));
  const remoteWidth = widest(remoteAddress, label(REMOTE_ADDRESS));

  const ends = (local: string, port: string, remote: string, remotePort: string) =>
    `  ${local.padStart(localWidth)}:${port.padEnd(portWidth)}  ${remote.padStart(remoteWidth)}:${remotePort}`;
  if (header) {
    const line = STATE.padEnd(stateWidth) + ends(LOCAL_ADDRESS, PORT, REMOTE_ADDRESS, PORT);
    yield colour ? bold(line) : line;
  }
  for (let at = 0; at < state.length; at++) {
    const number = state[at] as number;
    const name = names[at] as string;
    const padded = (colour ? colourState(name, number) : name) + " ".repeat(stateWidth - name.length);
    const remote = number === MIB_TCP_STATE.LISTEN ? "*" : String(remotePort[at]);
    yield padded + ends(localAddress[at] as string, String(localPort[at]), remoteAddress[at] as string, remote);
  }
}

/** The text of each row's state. The column ends at 255; the rows themselves have the numbers from there up. */
function stateNames({ table, indices }: Selection, states: Uint8Array): string[] {
  const names = Array.from({ length: 255 }, (_, number) => stateName(number));
  return Array.from(states, (state, at) => names[state] ?? table.row(indices[at] as number).state);
}

/** Each address as text; those of IPv6 in brackets, because a port follows. */
function addressTexts(addresses: Uint32Array, family: 4 | 6): string[] {
  if (family === 4) return Array.from(addresses, formatIPv4);
  return Array.from({ length: addresses.length / 4 }, (_, row) => {
    const [a = 0, b = 0, c = 0, d = 0] = addresses.subarray(row * 4, row * 4 + 4);
    return `[${formatIPv6(a, b, c, d)}]`;
  });
}

function widest(texts: readonly string[], atLeast: number): number {
  let width = atLeast;
  for (const { length } of texts) if (length > width) width = length;
  return width;
}
