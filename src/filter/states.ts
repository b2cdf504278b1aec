import { MIB_TCP_STATE, parseState } from "../format/states.js";

/** Each takes states away from all of them, or names the only ones. Numbers as in states.ts. */
const GROUPS: Readonly<Record<string, { readonly only?: readonly number[]; readonly without?: readonly number[] }>> = {
  all: { without: [] },
  connected: { without: [1, 2] },
  synchronized: { without: [1, 2, 3] },
  bucket: { only: [4, 11] },
  big: { without: [4, 11] },
};

/** The names that messages tell: ss's, RFC 9293's where it differs much, and the groups. */
export const STATE_WORDS = [
  "established",
  "syn-sent",
  "syn-recv",
  "syn-received",
  "fin-wait-1",
  "fin-wait-2",
  "time-wait",
  "closed",
  "close-wait",
  "last-ack",
  "listening",
  "closing",
  "delete-tcb",
  "all",
  "connected",
  "synchronized",
  "bucket",
  "big",
] as const;

/** The states that a state's or a group's name stands for: 256 entries, 1 for each. `undefined` where it is neither. */
export function statesNamed(name: string): Uint8Array | undefined {
  const state = parseState(name);
  const word = name.toLowerCase();
  const group = Object.hasOwn(GROUPS, word) ? GROUPS[word] : undefined;
  const only = state === undefined ? group?.only : [state];
  if (!only && !group) return undefined;
  const states = new Uint8Array(256).fill(only ? 0 : 1);
  for (const number of only ?? group?.without ?? []) states[number] = only ? 1 : 0;
  return states;
}

/** Whether a word is LISTEN's own name, in any vocabulary. Groups that hold LISTEN are not. */
export function isListening(name: string): boolean {
  return parseState(name) === MIB_TCP_STATE.LISTEN;
}
