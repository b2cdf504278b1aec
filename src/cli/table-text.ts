import { formatIPv4 } from "../decoder/address.js";
import { MIB_TCP_STATE, stateName } from "../decoder/states.js";
import type { Selection } from "../decoder/selection.js";
import { bold, colourState } from "./colours.js";

export interface Look {
  /** Whether a line with the columns' names comes first. */
  readonly header: boolean;
  readonly colour: boolean;
}

/** Widths in characters, over all rows that are printed. */
interface Widths {
  state: number;
  localAddress: number;
  localPort: number;
  remoteAddress: number;
}

const LABELS = { state: "State", localAddress: "Local Address", remoteAddress: "Remote Address", port: "Port" };

/**
 * The rows as ss and netstat print them: addresses end and ports begin at one colon. A listener's remote end is `*:*`.
 * Lines come without their ends, and without blanks at their ends.
 */
export function* tableLines(selection: Selection, { header, colour }: Look): Generator<string> {
  const { state, localAddress, localPort, remoteAddress, remotePort } = selection.columns;
  const nameOf = stateNames(selection, state);

  const widths: Widths = { state: 0, localAddress: 0, localPort: 0, remoteAddress: 1 };
  if (header) {
    widths.state = LABELS.state.length;
    widths.localAddress = LABELS.localAddress.length;
    widths.localPort = LABELS.port.length;
    widths.remoteAddress = LABELS.remoteAddress.length;
  }
  for (let at = 0; at < state.length; at++) {
    widths.state = Math.max(widths.state, nameOf(at).length);
    widths.localAddress = Math.max(widths.localAddress, addressWidth(localAddress[at] as number));
    widths.localPort = Math.max(widths.localPort, digits(localPort[at] as number));
    if (state[at] !== MIB_TCP_STATE.LISTEN)
      widths.remoteAddress = Math.max(widths.remoteAddress, addressWidth(remoteAddress[at] as number));
  }

  if (header) {
    const label = LABELS.state.padEnd(widths.state);
    const line = lineOf(label, LABELS.localAddress, LABELS.port, LABELS.remoteAddress, LABELS.port, widths);
    yield colour ? bold(line) : line;
  }
  for (let at = 0; at < state.length; at++) {
    const number = state[at] as number;
    const name = nameOf(at);
    const listening = number === MIB_TCP_STATE.LISTEN;
    yield lineOf(
      (colour ? colourState(name, number) : name) + " ".repeat(widths.state - name.length),
      formatIPv4(localAddress[at] as number),
      String(localPort[at]),
      listening ? "*" : formatIPv4(remoteAddress[at] as number),
      listening ? "*" : String(remotePort[at]),
      widths,
    );
  }
}

function lineOf(
  paddedState: string,
  localAddress: string,
  localPort: string,
  remoteAddress: string,
  remotePort: string,
  widths: Widths,
): string {
  const local = `${localAddress.padStart(widths.localAddress)}:${localPort.padEnd(widths.localPort)}`;
  return `${paddedState}  ${local}  ${remoteAddress.padStart(widths.remoteAddress)}:${remotePort}`;
}

/** The text of each row's state: a name for each number, and the rows' own where the column has no exact number. */
function stateNames(selection: Selection, states: Uint8Array): (at: number) => string {
  const names = Array.from({ length: 255 }, (_, number) => stateName(number));
  const { table, indices } = selection;
  return (at) => names[states[at] as number] ?? table.row(indices[at] as number).state;
}

function addressWidth(address: number): number {
  const octets = [address >>> 24, (address >>> 16) & 255, (address >>> 8) & 255, address & 255];
  return octets.reduce((width, octet) => width + digits(octet), 3);
}

/** Decimal digits of a number from 0 to 65535. */
function digits(number: number): number {
  return number < 10 ? 1 : number < 100 ? 2 : number < 1000 ? 3 : number < 10000 ? 4 : 5;
}
