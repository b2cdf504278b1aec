/**
 * TCP states: MIB_TCP_STATE numbers, and every vocabulary that people use for them.
 * Sources: `tcpmib.h` (numbers), RFC 9293 (text out), ss, netstat, PowerShell and OpenTelemetry (text in).
 */

/** MIB_TCP_STATE_* (`tcpmib.h`). Linux's own numbers differ entirely; its collector translates them. */
export const MIB_TCP_STATE = {
  CLOSED: 1,
  LISTEN: 2,
  SYN_SENT: 3,
  SYN_RCVD: 4,
  ESTAB: 5,
  FIN_WAIT1: 6,
  FIN_WAIT2: 7,
  CLOSE_WAIT: 8,
  CLOSING: 9,
  LAST_ACK: 10,
  TIME_WAIT: 11,
  DELETE_TCB: 12,
  RESERVED: 100,
} as const;

/** RFC 9293's names by state number, as GetTcpTable's document prints them. */
export const STATE_NAMES = [
  undefined,
  "CLOSED",
  "LISTEN",
  "SYN-SENT",
  "SYN-RECEIVED",
  "ESTABLISHED",
  "FIN-WAIT-1",
  "FIN-WAIT-2",
  "CLOSE-WAIT",
  "CLOSING",
  "LAST-ACK",
  "TIME-WAIT",
  "DELETE-TCB",
] as const;

/** A state as text: RFC 9293's name, or `UNKNOWN(n)` with the number that the table held. */
export type StateName = NonNullable<(typeof STATE_NAMES)[number]> | `UNKNOWN(${number})`;

/** The text of a state number: `ESTABLISHED` for 5, `UNKNOWN(n)` for a number that RFC 9293 does not know. */
export function stateName(number: number): StateName {
  // Looked up only where it can be there: a table of unknown numbers would take twenty times as long.
  const name = number < STATE_NAMES.length ? STATE_NAMES[number] : undefined;
  return name ?? `UNKNOWN(${number})`;
}

/** The spellings of all vocabularies, in lower case without `-`, `_` and blanks. */
const NUMBER_BY_WORD: Readonly<Record<string, number>> = {
  closed: 1,
  close: 1, // Linux
  unconnected: 1, // ss
  unconn: 1, // ss, as printed
  listen: 2,
  listening: 2, // ss, netstat
  synsent: 3,
  synreceived: 4,
  synrecv: 4, // ss
  synrcvd: 4, // tcpmib.h
  established: 5,
  estab: 5, // tcpmib.h; ss, as printed
  finwait1: 6,
  finwait2: 7,
  closewait: 8,
  closing: 9,
  lastack: 10,
  timewait: 11,
  deletetcb: 12,
  reserved: 100, // tcpmib.h
  bound: 100, // PowerShell
};

/**
 * The number of a state in any of the vocabularies: `FIN-WAIT-2`, `fin_wait_2`, `FinWait2`, `MIB_TCP_STATE_FIN_WAIT2`,
 * `UNKNOWN(42)`, … Case, `-`, `_` and blanks make no difference. `undefined` where no vocabulary has it.
 */
export function parseState(text: string): number | undefined {
  const unknown = /^unknown\((\d{1,3})\)$/i.exec(text.trim());
  if (unknown) return Number(unknown[1]) < 255 ? Number(unknown[1]) : undefined;
  const bare = text
    .toLowerCase()
    .replace(/[-_\s]/g, "")
    .replace(/^mibtcpstate/, "");
  return Object.hasOwn(NUMBER_BY_WORD, bare) ? NUMBER_BY_WORD[bare] : undefined;
}

/** TCP_CONNECTION_OFFLOAD_STATE (`tcpmib.h`) by number, without its prefix. */
const OFFLOAD_STATE_NAMES = ["InHost", "Offloading", "Offloaded", "Uploading"] as const;

/** Where the network adapter has taken a connection over, as text. */
export type OffloadStateName = (typeof OFFLOAD_STATE_NAMES)[number] | `UNKNOWN(${number})`;

/** The text of a TCP_CONNECTION_OFFLOAD_STATE: `InHost` for 0, `UNKNOWN(n)` for a number that `tcpmib.h` does not know. */
export function offloadStateName(number: number): OffloadStateName {
  return OFFLOAD_STATE_NAMES[number] ?? `UNKNOWN(${number})`;
}

/** Whether a connection in this state has a remote end: a listener has none, whatever a table's bytes say of it. */
export function hasRemoteEnd(state: number): boolean {
  return state !== MIB_TCP_STATE.LISTEN;
}
