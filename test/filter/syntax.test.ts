import * as fc from "fast-check";
import { beforeAll, describe, expect, test } from "vitest";
import type { Decoder } from "../../src/decoder/contract.js";
import { createDecoder } from "../../src/decoder/decoder.js";
import { QueryError } from "../../src/decoder/errors.js";
import { FilterSyntaxError } from "../../src/filter/errors.js";
import { compileFilter } from "../../src/filter/filter.js";
import { parseIPv4, parseIPv6 } from "../../src/format/address.js";
import { DecoderError } from "../../src/format/errors.js";
import type { LayoutName } from "../../src/format/layouts.js";
import { rawRow } from "../support/arbitraries.js";
import { filterTree, meaningOf, textOf } from "../support/filter-texts.js";
import { matches } from "../support/oracle.js";
import { encodeTable, type RawRow } from "../support/tables.js";

let decoders: Decoder[];
beforeAll(async () => {
  decoders = [await createDecoder({ engine: "wasm" }), await createDecoder({ engine: "plain" })];
});

const ipv4 = (text: string) => parseIPv4(text) as number;

/** Every state with ends that the filters below tell apart; listeners have a remote end without meaning. */
const STATES = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 42, 100, 255];
const ENDS = ["127.0.0.1:80", "127.0.0.2:443", "10.0.0.1:0", "10.9.8.7:8000", "192.168.0.255:8001", "0.0.0.0:65535"];
const ROWS: RawRow[] = STATES.flatMap((state) =>
  ENDS.flatMap((local) =>
    ENDS.map((remote) => {
      const [localAddress = "", localPort] = local.split(":");
      const [remoteAddress = "", remotePort] = remote.split(":");
      return {
        state,
        localAddress: ipv4(localAddress),
        localPort: Number(localPort),
        remoteAddress: ipv4(remoteAddress),
        remotePort: Number(remotePort),
        owningPid: state * 1000 + Number(localPort === "80"),
      };
    }),
  ),
);

/** The numbers of the rows that both engines pick for a text. */
function picked(text: string, rows = ROWS, layout: LayoutName = "MIB_TCPTABLE"): number[] {
  const [wasm, plain] = decoders.map((decoder) => {
    const table = decoder.decode(encodeTable(rows, layout), layout);
    return Array.from(table.select({ where: text }).indices);
  });
  expect(wasm).toEqual(plain);
  return wasm ?? [];
}

type Meaning = (row: { s: number; l: number; lp: number; r: number; rp: number; pid: number; user: number }) => boolean;

/** A row as filters read it: a listener's remote end is 0.0.0.0:0. */
function numbersOf(rows: readonly RawRow[], meaning: Meaning): number[] {
  return rows.flatMap((row, index) => {
    const isListener = row.state === 2;
    const seen = {
      s: row.state,
      l: row.localAddress as number,
      lp: row.localPort,
      r: isListener ? 0 : (row.remoteAddress as number),
      rp: isListener ? 0 : row.remotePort,
      pid: row.owningPid ?? 0,
      user: row.user ?? 0,
    };
    return meaning(seen) ? [index] : [];
  });
}

const A = ipv4("127.0.0.1");
const in127 = (address: number) => address >>> 24 === 127;
const in10 = (address: number) => address >>> 24 === 10;

const MEANINGS: Record<string, readonly (readonly [text: string, meaning: Meaning])[]> = {
  states: [
    ["state established", ({ s }) => s === 5],
    ["state established time-wait", ({ s }) => s === 5 || s === 11],
    ["state established,time-wait , closed", ({ s }) => [1, 5, 11].includes(s)],
    ["state established state time-wait", ({ s }) => s === 5 || s === 11],
    ["state connected exclude established", ({ s }) => s !== 1 && s !== 2 && s !== 5],
    ["state all exclude all state listening", ({ s }) => s === 2],
    ["exclude listening", ({ s }) => s !== 2],
    ["excl listening closed", ({ s }) => s > 2],
    ["exclude bucket state time-wait", ({ s }) => s !== 4],
    ["state connected", ({ s }) => s > 2],
    ["state synchronized", ({ s }) => s > 3],
    ["state bucket", ({ s }) => s === 4 || s === 11],
    ["state big", ({ s }) => s !== 4 && s !== 11],
    ["state UNKNOWN(42)", ({ s }) => s === 42],
    ["STATE EsTaBlIsHeD", ({ s }) => s === 5],
    ["state MIB_TCP_STATE_FIN_WAIT2 FinWait1 close_wait", ({ s }) => s >= 6 && s <= 8],
    ["not state established time-wait", ({ s }) => s !== 5 && s !== 11],
    ["(state established) state time-wait or state bound", ({ s }) => s === 100],
    ["sport = :80 and state listening", ({ s, lp }) => s === 2 && lp === 80],
    ["state listening sport = :80", ({ s, lp }) => s === 2 && lp === 80],
    ["state listening closed (sport = :80)", ({ s, lp }) => s <= 2 && lp === 80],
  ],
  "states at the start hold for the whole filter": [
    ["state established sport = 80 or dport = 443", ({ s, lp, rp }) => s === 5 && (lp === 80 || rp === 443)],
    ["state established and sport = 80 or dport = 443", ({ s, lp, rp }) => s === 5 && (lp === 80 || rp === 443)],
    ["state established (sport = 80) or dport = 443", ({ s, lp, rp }) => s === 5 && (lp === 80 || rp === 443)],
    ["state established ! sport = 80 or dport = 443", ({ s, lp, rp }) => s === 5 && (lp !== 80 || rp === 443)],
    ["exclude listening closed sport = 80 or dport = 443", ({ s, lp, rp }) => s > 2 && (lp === 80 || rp === 443)],
    ["EXCL bucket sport = 80 | dport = 443", ({ s, lp, rp }) => s !== 4 && s !== 11 && (lp === 80 || rp === 443)],
    ["state all exclude listening dport = 0 or sport = 80", ({ s, lp, rp }) => s !== 2 && (lp === 80 || rp === 0)],
    [
      "state established and state all sport = 80 or dport = 443",
      ({ s, lp, rp }) => s === 5 && (lp === 80 || rp === 443),
    ],
  ],
  "states elsewhere are a condition like any other": [
    ["(state established) sport = 80 or dport = 443", ({ s, lp, rp }) => (s === 5 && lp === 80) || rp === 443],
    ["(state established sport = 80) or dport = 443", ({ s, lp, rp }) => (s === 5 && lp === 80) || rp === 443],
    ["(state established sport = 80 or dport = 443)", ({ s, lp, rp }) => (s === 5 && lp === 80) || rp === 443],
    ["(state established) or state time-wait", ({ s }) => s === 5 || s === 11],
    ["not state established sport = 80 or dport = 443", ({ s, lp, rp }) => (s !== 5 && lp === 80) || rp === 443],
    ["sport = 80 state established or dport = 443", ({ s, lp, rp }) => (s === 5 && lp === 80) || rp === 443],
    ["sport = 80 or state established dport = 443", ({ s, lp, rp }) => (s === 5 || lp === 80) && rp === 443],
    ["sport = 80 or (state established dport = 443)", ({ s, lp, rp }) => (s === 5 && rp === 443) || lp === 80],
    ["state bucket and state established time-wait sport = 80", ({ s, lp }) => s === 11 && lp === 80],
  ],
  ports: [
    ["sport = :80", ({ lp }) => lp === 80],
    ["sport 80", ({ lp }) => lp === 80],
    ["sport :80", ({ lp }) => lp === 80],
    ["sport eq 80", ({ lp }) => lp === 80],
    ["sport == 0080", ({ lp }) => lp === 80],
    ["dport != :80", ({ rp }) => rp !== 80],
    ["dport ne 80", ({ rp }) => rp !== 80],
    ["dport neq 80", ({ rp }) => rp !== 80],
    ["sport > :443", ({ lp }) => lp > 443],
    ["sport gt 443", ({ lp }) => lp > 443],
    ["sport < :443", ({ lp }) => lp < 443],
    ["sport lt 443", ({ lp }) => lp < 443],
    ["sport >= :443", ({ lp }) => lp >= 443],
    ["sport ge 443", ({ lp }) => lp >= 443],
    ["sport geq 443", ({ lp }) => lp >= 443],
    ["sport <= :443", ({ lp }) => lp <= 443],
    ["sport le 443", ({ lp }) => lp <= 443],
    ["sport leq 443", ({ lp }) => lp <= 443],
    ["sport >= 65535", ({ lp }) => lp === 65535],
    ["sport <= 0", ({ lp }) => lp === 0],
    ["sport > 0", ({ lp }) => lp > 0],
    ["sport < 65535", ({ lp }) => lp < 65535],
    ["dport = :0", ({ rp }) => rp === 0],
    ["sport = :8000-8001", ({ lp }) => lp === 8000 || lp === 8001],
    ["sport 8000-:8000", ({ lp }) => lp === 8000],
    ["sport != 80-8000", ({ lp }) => lp < 80 || lp > 8000],
    ["dport in {80 443}", ({ rp }) => rp === 80 || rp === 443],
    ["dport in { :80, 8000-8001 ,443 }", ({ rp }) => rp >= 80 && rp <= 8001],
    ["not dport in {80,443}", ({ rp }) => rp !== 80 && rp !== 443],
  ],
  listeners: [
    ["state listening dport = :0", ({ s }) => s === 2],
    ["state listening established dport = :80", ({ s, rp }) => s === 5 && rp === 80],
    ["state listening dst 0.0.0.0", ({ s }) => s === 2],
    ["state listening dst 0.0.0.0/1 dport = :0", ({ s }) => s === 2],
    ["state listening established dst != 0.0.0.0", ({ s, r }) => s === 5 && r !== 0],
    ["state established dport = :0", ({ s, rp }) => s === 5 && rp === 0],
    ["state established not dport = :0", ({ s, rp }) => s === 5 && rp !== 0],
    ["state established (dport = :80 or dst 0.0.0.0)", ({ s, r, rp }) => s === 5 && (rp === 80 || r === 0)],
    ["not (state established dport = :0)", ({ s, rp }) => !(s === 5 && rp === 0)],
    ["(state established) or dport = :0", ({ s, rp }) => s === 5 || rp === 0],
    ["(state established or sport = :80) dport = :0", ({ s, lp, rp }) => (s === 5 || lp === 80) && rp === 0],
    ["not state established dport = :0", ({ s, rp }) => s !== 5 && rp === 0],
    ["exclude listening dport = :0", ({ s, rp }) => s !== 2 && rp === 0],
    ["exclude established dport = :0", ({ s, rp }) => s !== 5 && rp === 0],
  ],
  addresses: [
    ["src 127.0.0.1", ({ l }) => l === A],
    ["src = 127.0.0.1", ({ l }) => l === A],
    ["src == 127.0.0.1/32", ({ l }) => l === A],
    ["dst eq 127.0.0.1", ({ r }) => r === A],
    ["dst != 127.0.0.1", ({ r }) => r !== A],
    ["dst ne 127.0.0.1", ({ r }) => r !== A],
    ["dst neq 127.0.0.1", ({ r }) => r !== A],
    ["src 10.0.0.0/8", ({ l }) => in10(l)],
    ["src 10.1.2.3/8", ({ l }) => in10(l)],
    ["src 10.0.0.0/9", ({ l }) => in10(l)],
    ["src 10.128.0.0/9 or src 10.8.0.0/15", ({ l }) => l === ipv4("10.9.8.7")],
    ["dst 128.0.0.0/1", ({ r }) => r >= 2 ** 31],
    ["dst 0.0.0.0", ({ r }) => r === 0],
    ["src :80", ({ lp }) => lp === 80],
    ["src *:80", ({ lp }) => lp === 80],
    ["dst = :8000-8001", ({ rp }) => rp === 8000 || rp === 8001],
    ["src 127.0.0.1:80", ({ l, lp }) => l === A && lp === 80],
    ["src 127.0.0.1:*", ({ l }) => l === A],
    ["src 127.0.0.0/8:80", ({ l, lp }) => in127(l) && lp === 80],
    ["dst != 127.0.0.0/8:443", ({ r, rp }) => !(in127(r) && rp === 443)],
    ["src in {127.0.0.0/8 10.0.0.1}", ({ l }) => in127(l) || l === ipv4("10.0.0.1")],
    ["dst in {:80, 10.0.0.0/8:8000}", ({ r, rp }) => rp === 80 || (in10(r) && rp === 8000)],
  ],
  "and, or, not": [
    ["sport = 80 and dport = 443", ({ lp, rp }) => lp === 80 && rp === 443],
    ["sport = 80 & dport = 443", ({ lp, rp }) => lp === 80 && rp === 443],
    ["sport = 80 && dport = 443", ({ lp, rp }) => lp === 80 && rp === 443],
    ["sport = 80 dport = 443", ({ lp, rp }) => lp === 80 && rp === 443],
    ["sport = 80 or dport = 443", ({ lp, rp }) => lp === 80 || rp === 443],
    ["sport = 80 | dport = 443", ({ lp, rp }) => lp === 80 || rp === 443],
    ["sport = 80 || dport = 443", ({ lp, rp }) => lp === 80 || rp === 443],
    ["not sport = 80", ({ lp }) => lp !== 80],
    ["! sport = 80", ({ lp }) => lp !== 80],
    ["!sport=80", ({ lp }) => lp !== 80],
    ["!!sport=80", ({ lp }) => lp === 80],
    ["not ! not sport = 80", ({ lp }) => lp !== 80],
    ["not sport = 80 and dport = 443", ({ lp, rp }) => lp !== 80 && rp === 443],
    ["not sport = 80 dport = 443", ({ lp, rp }) => lp !== 80 && rp === 443],
    ["not sport = 80 or dport = 443", ({ lp, rp }) => lp !== 80 || rp === 443],
    ["not (sport = 80 or dport = 443)", ({ lp, rp }) => lp !== 80 && rp !== 443],
    ["sport = 80 or sport = 443 and dport = 80", ({ lp, rp }) => (lp === 80 || lp === 443) && rp === 80],
    ["sport = 80 or sport = 443 dport = 80", ({ lp, rp }) => (lp === 80 || lp === 443) && rp === 80],
    ["sport = 80 || sport = 443 && dport = 80", ({ lp, rp }) => (lp === 80 || lp === 443) && rp === 80],
    ["sport = 80 or (sport = 443 dport = 80)", ({ lp, rp }) => lp === 80 || (lp === 443 && rp === 80)],
    ["dport = 80 sport = 443 or sport = 80", ({ lp, rp }) => lp === 80 || (lp === 443 && rp === 80)],
    ["dport = 80 and sport = 443 or sport = 80 dport = 443", ({ lp, rp }) => lp === 80 && rp === 443],
    ["sport = 80 or not sport = 443 dport = 80", ({ lp, rp }) => lp !== 443 && rp === 80],
    ["not sport = 80 or dport = 443 and dport = 80", ({ lp, rp }) => lp !== 80 && rp === 80],
    ["(sport = 80 or sport = 443) dport = 80", ({ lp, rp }) => (lp === 80 || lp === 443) && rp === 80],
    ["(((sport = 80)))", ({ lp }) => lp === 80],
    ["(sport=:80)", ({ lp }) => lp === 80],
    ["sport>=443&&dport!=:80", ({ lp, rp }) => lp >= 443 && rp !== 80],
    ["(sport=80|sport=443)(dport=80)", ({ lp, rp }) => (lp === 80 || lp === 443) && rp === 80],
    ["sport<443||sport>8000", ({ lp }) => lp < 443 || lp > 8000],
    ["\tsport\n=\r\n:80 ", ({ lp }) => lp === 80],
    ["SPORT EQ :80 AND NOT DPORT IN {443}", ({ lp, rp }) => lp === 80 && rp !== 443],
  ],
};

describe.each(Object.entries(MEANINGS))("%s", (_, meanings) => {
  test.each(meanings)("%s", (text, meaning) => {
    const expected = numbersOf(ROWS, meaning);
    expect(expected.length).toBeGreaterThan(0);
    expect(expected.length).toBeLessThan(ROWS.length);
    expect(picked(text)).toEqual(expected);
  });
});

test.each([
  "",
  " \t\n ",
  "state all",
  "exclude all state all",
  "src *",
  "dst *:*",
  "src :*",
  "sport = *",
  "dport = :*",
  "src 0.0.0.0/0",
  "sport >= 0",
  "sport <= 65535",
  "sport = 0-65535",
])("every row matches %j", (text) => expect(picked(text)).toEqual([...ROWS.keys()]));

test.each([
  "exclude all",
  "state all exclude all",
  "sport > 65535",
  "sport < 0",
  "dport gt 65535",
  "dport lt 0",
  "dst != *",
  "sport != :*",
  "not src 1.2.3.4/0",
  "sport = 80 sport = 443",
])("no row matches %j", (text) => expect(picked(text)).toEqual([]));

describe("pid", () => {
  const layout = "MIB_TCPTABLE_OWNER_PID";
  const rows = [...ROWS, { ...(ROWS[0] as RawRow), owningPid: 0xffffffff }];
  test.each<[string, Meaning]>([
    ["pid = 5000", ({ pid }) => pid === 5000],
    ["pid 5000", ({ pid }) => pid === 5000],
    ["pid != 5000", ({ pid }) => pid !== 5000],
    ["pid in {5000 6000-6001}", ({ pid }) => [5000, 6000, 6001].includes(pid)],
    ["pid >= 4294967295", ({ pid }) => pid === 0xffffffff],
    ["pid > 2147483648", ({ pid }) => pid === 0xffffffff],
    ["pid < 4294967295", ({ pid }) => pid < 0xffffffff],
    ["pid > 4294967295", () => false],
    ["pid < 0", () => false],
    ["pid = *", () => true],
  ])("%s", (text, meaning) => expect(picked(text, rows, layout)).toEqual(numbersOf(rows, meaning)));

  test("of a table that holds none is a QueryError", () => {
    expect(() => picked("pid = 5000")).toThrow(QueryError);
  });
});

describe("user", () => {
  const layout = "LINUX_TCPTABLE";
  const rows = [0, 1000, 1001, 65534, 0xffffffff].map((user) => ({ ...(ROWS[0] as RawRow), user, owningPid: 1000 }));
  test.each<[string, Meaning]>([
    ["user = 1000", ({ user }) => user === 1000],
    ["USER 0", ({ user }) => user === 0],
    ["user != 1000", ({ user }) => user !== 1000],
    ["user in {0, 1001-65534}", ({ user }) => [0, 1001, 65534].includes(user)],
    ["user > 65535", ({ user }) => user === 0xffffffff],
    ["user >= 65536 or user <= 1000 pid = 1000", ({ user }) => user > 65535 || user <= 1000],
    ["user < 4294967295", ({ user }) => user < 0xffffffff],
    ["user > 4294967295", () => false],
  ])("%s", (text, meaning) => expect(picked(text, rows, layout)).toEqual(numbersOf(rows, meaning)));

  test("of a table that holds none is a QueryError", () => {
    expect(() => picked("user = 1000")).toThrow(QueryError);
  });
});

describe("IPv6", () => {
  const layout = "MIB_TCP6TABLE";
  const addresses = ["::", "::1", "fe80::1", "2001:db8::7", "::ffff:10.0.0.7"].map(
    (text) => parseIPv6(text) ?? ([0, 0, 0, 0] as const),
  );
  const rows = addresses.map((localAddress, index) => ({
    state: 5,
    localAddress,
    localPort: index < 3 ? 443 : 80,
    remoteAddress: localAddress,
    remotePort: 1,
  }));
  test.each<[string, number[]]>([
    ["src ::1", [1]],
    ["src [::1]", [1]],
    ["src [::1]:443", [1]],
    ["src [::1]:80", []],
    ["src != ::1", [0, 2, 3, 4]],
    ["dst fe80::/10", [2]],
    ["dst [fe80::]/10:1", [2]],
    ["dst [fe80::/10]:1", [2]],
    ["dst FE80::FFFF/64", [2]],
    ["dst 2001:DB8::/32", [3]],
    ["dst ::/0", [0, 1, 2, 3, 4]],
    ["src :443", [0, 1, 2]],
    ["src [::]:443", [0]],
    ["src ::ffff:10.0.0.7", [4]],
    ["src 10.0.0.0/8", [4]],
    ["src in {::1 [fe80::1]:443, 10.0.0.7:80}", [1, 2, 4]],
  ])("%s", (text, expected) => expect(picked(text, rows, layout)).toEqual(expected));
});

test("parentheses that make no difference leave no trace, and a set of one is one", () => {
  expect(compileFilter("(sport = 1 and (sport = 2 sport = 3)) and ((sport = 4))").expression).toEqual({
    kind: "and",
    operands: [1, 2, 3, 4].map((port) => ({ kind: "range", column: "localPort", from: port, to: port })),
  });
  expect(compileFilter("(sport in {5 2-3 4-4}) or ((dport in {9}) | dport 8)").expression).toEqual({
    kind: "or",
    operands: [
      { kind: "range", column: "localPort", from: 2, to: 5 },
      { kind: "range", column: "remotePort", from: 9, to: 9 },
      { kind: "range", column: "remotePort", from: 8, to: 8 },
    ],
  });
});

test("parentheses within other conditions leave no trace either", () => {
  const port = (from: number) => ({ kind: "range", column: "localPort", from, to: from });
  expect(compileFilter("sport 1 or not (sport 2 or (sport 3 and (sport 4 and sport 5)))").expression).toEqual({
    kind: "or",
    operands: [
      port(1),
      {
        kind: "not",
        operand: { kind: "or", operands: [port(2), { kind: "and", operands: [port(3), port(4), port(5)] }] },
      },
    ],
  });
});

test("a wildcard asks for nothing", () => {
  expect(compileFilter("src *:*").expression).toEqual({ kind: "all" });
  expect(compileFilter("src 0.0.0.1:*").expression).toMatchObject({ kind: "ipv4", address: 1 });
});

test("a filter keeps its text", () => {
  expect(compileFilter(" sport = :80 ").text).toBe(" sport = :80 ");
});

describe("for any filter", () => {
  const style = fc.record({
    blanks: fc.constantFrom("one" as const, "few" as const, "many" as const),
    choices: fc.array(fc.nat(), { minLength: 1, maxLength: 40 }),
  });

  test("its text, however it is written, means what it means", () => {
    fc.assert(
      fc.property(
        filterTree,
        style,
        fc.array(fc.oneof(rawRow("LINUX_TCPTABLE"), rawRow("LINUX_TCP6TABLE")), { minLength: 20 }),
        (tree, { blanks, choices }, rows) => {
          let choice = 0;
          const choose = (below: number) => (choices[choice++ % choices.length] as number) % below;
          const text = textOf(tree, { blanks, choose });
          const { expression } = compileFilter(text);
          const meaning = meaningOf(tree);
          expect(
            rows.map((row) => matches(row, expression)),
            text,
          ).toEqual(rows.map((row) => matches(row, meaning)));
        },
      ),
      { numRuns: 1000, interruptAfterTimeLimit: 40_000 },
    );
  });

  test("and for any text, there is a filter or a FilterSyntaxError with a column in the text", () => {
    const pieces = fc.constantFrom(
      ..."state exclude src dst sport dport pid in and or not ( ) { } , = != > <= & || ! : * / % [ ] - . 80 :443".split(
        " ",
      ),
      ..."127.0.0.1/8 [::1]:1 fe80:: established time-wait UNKNOWN(7) unknown( all sprot dev \u202e ü 𝄞 \ud800".split(
        " ",
      ),
    );
    const text = fc.oneof(
      fc.string({ unit: "binary", maxLength: 60 }),
      fc.string({ maxLength: 60 }),
      fc.array(fc.tuple(pieces, fc.constantFrom("", " ", "\n")), { maxLength: 30 }).map((all) => all.flat().join("")),
    );
    let [right, wrong] = [0, 0];
    fc.assert(
      fc.property(text, (text) => {
        try {
          expect(compileFilter(text).text).toBe(text);
          right++;
        } catch (error) {
          if (!(error instanceof FilterSyntaxError)) throw error;
          wrong++;
          expect(error).toBeInstanceOf(DecoderError);
          expect(error.text).toBe(text);
          expect(error.column).toBeGreaterThanOrEqual(0);
          expect(error.column).toBeLessThanOrEqual(text.length);
          const lines = error.message.split("\n");
          expect(lines).toHaveLength(3);
          expect(lines[0]).toBe(error.problem);
          expect(lines[2]).toMatch(/^ {2,}\^$/);
        }
      }),
      { numRuns: 5000, interruptAfterTimeLimit: 40_000 },
    );
    expect(Math.min(right, wrong)).toBeGreaterThan(50);
  });
});
