import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { MIB_TCP_STATE, offloadStateName, parseState, STATE_NAMES, stateName } from "../../src/format/states.js";

/** A line for each state: its number, and its names in every vocabulary. */
const VOCABULARIES: Record<string, readonly (readonly [number: number, name: string])[]> = {
  "tcpmib.h": [
    [1, "MIB_TCP_STATE_CLOSED"],
    [2, "MIB_TCP_STATE_LISTEN"],
    [3, "MIB_TCP_STATE_SYN_SENT"],
    [4, "MIB_TCP_STATE_SYN_RCVD"],
    [5, "MIB_TCP_STATE_ESTAB"],
    [6, "MIB_TCP_STATE_FIN_WAIT1"],
    [7, "MIB_TCP_STATE_FIN_WAIT2"],
    [8, "MIB_TCP_STATE_CLOSE_WAIT"],
    [9, "MIB_TCP_STATE_CLOSING"],
    [10, "MIB_TCP_STATE_LAST_ACK"],
    [11, "MIB_TCP_STATE_TIME_WAIT"],
    [12, "MIB_TCP_STATE_DELETE_TCB"],
    [100, "MIB_TCP_STATE_RESERVED"],
  ],
  "RFC 9293": [
    [1, "CLOSED"],
    [2, "LISTEN"],
    [3, "SYN-SENT"],
    [4, "SYN-RECEIVED"],
    [5, "ESTABLISHED"],
    [6, "FIN-WAIT-1"],
    [7, "FIN-WAIT-2"],
    [8, "CLOSE-WAIT"],
    [9, "CLOSING"],
    [10, "LAST-ACK"],
    [11, "TIME-WAIT"],
    [12, "DELETE-TCB"],
  ],
  "ss takes": [
    [1, "unconnected"],
    [1, "closed"],
    [2, "listening"],
    [3, "syn-sent"],
    [4, "syn-recv"],
    [5, "established"],
    [6, "fin-wait-1"],
    [7, "fin-wait-2"],
    [8, "close-wait"],
    [9, "closing"],
    [10, "last-ack"],
    [11, "time-wait"],
  ],
  "ss prints": [
    [1, "UNCONN"],
    [2, "LISTEN"],
    [3, "SYN-SENT"],
    [4, "SYN-RECV"],
    [5, "ESTAB"],
    [6, "FIN-WAIT-1"],
    [7, "FIN-WAIT-2"],
    [8, "CLOSE-WAIT"],
    [9, "CLOSING"],
    [10, "LAST-ACK"],
    [11, "TIME-WAIT"],
  ],
  "netstat on Windows": [
    [1, "CLOSED"],
    [2, "LISTENING"],
    [3, "SYN_SENT"],
    [4, "SYN_RECEIVED"],
    [5, "ESTABLISHED"],
    [6, "FIN_WAIT_1"],
    [7, "FIN_WAIT_2"],
    [8, "CLOSE_WAIT"],
    [9, "CLOSING"],
    [10, "LAST_ACK"],
    [11, "TIME_WAIT"],
    [12, "DELETE_TCB"],
  ],
  "netstat on Linux": [
    [1, "CLOSE"],
    [2, "LISTEN"],
    [3, "SYN_SENT"],
    [4, "SYN_RECV"],
    [5, "ESTABLISHED"],
    [6, "FIN_WAIT1"],
    [7, "FIN_WAIT2"],
    [8, "CLOSE_WAIT"],
    [9, "CLOSING"],
    [10, "LAST_ACK"],
    [11, "TIME_WAIT"],
  ],
  PowerShell: [
    [1, "Closed"],
    [2, "Listen"],
    [3, "SynSent"],
    [4, "SynReceived"],
    [5, "Established"],
    [6, "FinWait1"],
    [7, "FinWait2"],
    [8, "CloseWait"],
    [9, "Closing"],
    [10, "LastAck"],
    [11, "TimeWait"],
    [12, "DeleteTCB"],
    [100, "Bound"],
  ],
  OpenTelemetry: [
    [1, "closed"],
    [2, "listen"],
    [3, "syn_sent"],
    [4, "syn_received"],
    [5, "established"],
    [6, "fin_wait_1"],
    [7, "fin_wait_2"],
    [8, "close_wait"],
    [9, "closing"],
    [10, "last_ack"],
    [11, "time_wait"],
  ],
};

describe.each(Object.entries(VOCABULARIES))("the state names of %s", (vocabulary, names) => {
  test.each(names)(`${vocabulary}: %i is %s`, (number, name) => {
    expect(parseState(name)).toBe(number);
    expect(parseState(name.toLowerCase())).toBe(number);
    expect(parseState(` ${name.toUpperCase()} `)).toBe(number);
  });
});

test("the constants are the numbers of tcpmib.h", () => {
  for (const [name, number] of Object.entries(MIB_TCP_STATE)) expect(parseState(`MIB_TCP_STATE_${name}`)).toBe(number);
  expect(Object.values(MIB_TCP_STATE)).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 100]);
});

test("text out is RFC 9293's, and UNKNOWN(n) for the numbers that it does not know", () => {
  for (const [number, name] of VOCABULARIES["RFC 9293"] ?? []) expect(stateName(number)).toBe(name);
  expect(STATE_NAMES).toHaveLength(13);
  expect([0, 13, 100, 254, 0xffffffff].map(stateName)).toEqual([
    "UNKNOWN(0)",
    "UNKNOWN(13)",
    "UNKNOWN(100)",
    "UNKNOWN(254)",
    "UNKNOWN(4294967295)",
  ]);
});

test("every state that a column tells apart is read back from its text", () => {
  for (let number = 0; number < 255; number++) expect(parseState(stateName(number))).toBe(number);
});

test.each([
  "",
  "-",
  "established1",
  "fin-wait",
  "fin-wait-3",
  "all",
  "connected",
  "MIB_TCP_STATE_",
  "UNKNOWN",
  "UNKNOWN()",
  "UNKNOWN(-1)",
  "UNKNOWN(255)",
  "UNKNOWN(4294967295)",
  "5",
  "constructor",
  "__proto__",
  "toString",
  "ABHÖREN",
])("%j is no state's name", (text) => {
  expect(parseState(text)).toBeUndefined();
});

test("case and separators make no difference", () => {
  const names = Object.values(VOCABULARIES).flat();
  const separator = fc.constantFrom("", "-", "_", " ");
  fc.assert(
    fc.property(fc.constantFrom(...names), separator, fc.boolean(), ([number, name], between, isUpper) => {
      const text = name.replace(/[-_]/g, between);
      expect(parseState(isUpper ? text.toUpperCase() : text.toLowerCase())).toBe(number);
    }),
  );
});

test("any text is a state or not, and nothing is thrown", () => {
  fc.assert(
    fc.property(fc.string({ unit: "binary" }), (text) => {
      const number = parseState(text);
      if (number !== undefined) expect(number).toBeLessThan(255);
    }),
  );
});

test("offload states have the names of tcpmib.h", () => {
  expect([0, 1, 2, 3, 4].map(offloadStateName)).toEqual([
    "InHost",
    "Offloading",
    "Offloaded",
    "Uploading",
    "UNKNOWN(4)",
  ]);
});
