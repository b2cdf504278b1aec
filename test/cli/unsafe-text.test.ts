import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { type ConnectionRow, parseColumns } from "../../src/cli/column-names.js";
import { csvLines, jsonLines, ndjsonLines } from "../../src/cli/formats.js";
import { tableLines } from "../../src/cli/table-text.js";

/** What can steer a terminal or a reader's eye, by name and number. */
const UNSAFE: readonly (readonly [string, number])[] = [
  ["NUL", 0x00],
  ["BEL", 0x07],
  ["a line's end", 0x0a],
  ["a carriage return", 0x0d],
  ["ESC", 0x1b],
  ["DEL", 0x7f],
  ["NEL, a C1 control", 0x85],
  ["CSI, a C1 control", 0x9b],
  ["OSC, a C1 control", 0x9d],
  ["APC, the last C1 control", 0x9f],
  ["a soft hyphen", 0xad],
  ["the Arabic letter mark", 0x61c],
  ["a blank without width", 0x200b],
  ["the left-to-right mark", 0x200e],
  ["the right-to-left mark", 0x200f],
  ["a line separator", 0x2028],
  ["a paragraph separator", 0x2029],
  ["left-to-right embedding", 0x202a],
  ["right-to-left override", 0x202e],
  ["left-to-right isolate", 0x2066],
  ["pop directional isolate", 0x2069],
  ["a byte order mark", 0xfeff],
  ["half a character", 0xd83d],
  ["a language tag, beyond 16 bits", 0xe0001],
];

const ROW: ConnectionRow = {
  ...{ state: "LISTEN", localAddress: "0.0.0.0", localPort: 80, remoteAddress: "0.0.0.0", remotePort: 0, owningPid: 7 },
};
const named = (processName: string): ConnectionRow => ({ ...ROW, processName });
const tableOf = (name: string) =>
  [...tableLines([named(name)], parseColumns("lport,process"), { header: false, colour: false })].join("\n");
const csvOf = (name: string, onTerminal: boolean) =>
  [...csvLines([named(name)], parseColumns("lport,process"), { header: false, onTerminal })].join("\n");

describe.each(UNSAFE)("%s in a process's name", (_, codePoint) => {
  const character = String.fromCodePoint(codePoint);
  const name = `a${character}b`;

  test("is a question mark in the table", () => {
    expect(tableOf(name)).toBe("80  a?b");
  });

  test("is escaped in --json and --ndjson, and the same name when it is read", () => {
    for (const lines of [[...ndjsonLines([named(name)])], [...jsonLines([named(name)])].slice(1, -1)]) {
      expect(lines).toHaveLength(1);
      expect(lines[0]).toMatch(/^[ -~]+$/);
      expect(JSON.parse(lines[0] as string)).toEqual(named(name));
    }
  });

  test("is a question mark in --csv on a terminal, and itself for a program", () => {
    expect(csvOf(name, true)).toBe("80,a?b");
    expect(csvOf(name, false).replaceAll('"', "")).toBe(`80,${name}`);
  });
});

test("the escapes of JSON are those of its standard, by hand", () => {
  expect([...ndjsonLines([{ processName: "\u001b[2J\u009b1m\u202egnp\u{e0001}\ud83d" }])]).toEqual([
    '{"processName":"\\u001b[2J\\u009b1m\\u202egnp\\udb40\\udc01\\ud83d"}',
  ]);
});

test("names in any script stay as they are, in every format", () => {
  for (const name of ["nginx: worker", "Überwachung", "データベース", "سيرفر", "🦀 crab"]) {
    expect(tableOf(name)).toBe(`80  ${name}`);
    expect(csvOf(name, true)).toBe(`80,${name}`);
    expect([...ndjsonLines([{ processName: name }])]).toEqual([`{"processName":"${name}"}`]);
  }
});

test("JSON of any name has nothing in it that steers a terminal, and reads as that name", () => {
  fc.assert(
    fc.property(fc.string({ unit: "binary" }), (processName) => {
      const [line = ""] = ndjsonLines([named(processName)]);
      expect(line).not.toMatch(/[\p{C}\p{Zl}\p{Zp}]/u);
      expect(JSON.parse(line)).toEqual(named(processName));
    }),
    { numRuns: 300, interruptAfterTimeLimit: 10_000 },
  );
});

describe.each([true, false])("--csv that a spreadsheet reads, on a terminal: %s", (onTerminal) => {
  test.each(["=1+1", "=cmd|' /C calc'!A0", "+1", "-1+1", "-bash", "@SUM(A1)", "＝1+1"])(
    "has an apostrophe before %s, so that it is no formula",
    (name) => {
      expect(csvOf(name, onTerminal)).toBe(`80,'${name}`);
    },
  );

  test("leaves numbers, and signs inside a text, alone", () => {
    const rows = [{ localPort: -1, processName: "a=1+1" }];
    const lines = [...csvLines(rows, ["localPort", "processName"], { header: false, onTerminal })];
    expect(lines).toEqual(["-1,a=1+1"]);
  });
});

test.each(["\t=1+1", "\r=1+1", "\n=1+1"])(
  "--csv has an apostrophe before the blank that a spreadsheet cuts off: %j",
  (name) => {
    expect(csvOf(name, false).replaceAll('"', "")).toBe(`80,'${name}`);
    expect(csvOf(name, true)).toBe("80,'?=1+1");
  },
);
