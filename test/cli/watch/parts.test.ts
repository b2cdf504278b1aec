import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { BOLD, Canvas, cutEnd, cutMiddle, GREEN, widthOf } from "../../../src/cli/watch/canvas.js";
import { CookieTimes } from "../../../src/cli/watch/cookie-times.js";
import { FilterEditor } from "../../../src/cli/watch/filter-editor.js";
import { withGroup } from "../../../src/cli/watch/groups.js";
import { History } from "../../../src/cli/watch/history.js";
import { RowFilter } from "../../../src/cli/watch/row-filter.js";
import { difference } from "../../../src/cli/watch/terminal-output.js";
import { ageText } from "../../../src/cli/watch/texts.js";
import { PlainDecoder } from "../../../src/decoder/plain/decoder.js";
import { compileFilter } from "../../../src/filter/filter.js";
import { expression, rawRow } from "../../support/arbitraries.js";
import { encodeTable } from "../../support/tables.js";

const ESCAPE = "\\u001b";
const CONTROL = new RegExp(`${ESCAPE}\\[([?\\d;]*[A-Za-z])|[^]`, "gu");

/** A terminal that knows what `difference` writes: it clears, moves, changes the style and puts characters. */
function apply(text: string, cells: string[], width: number): void {
  let at = 0;
  for (const [part, control] of text.matchAll(CONTROL)) {
    const move = /^(\d+);(\d+)H$/.exec(control ?? "");
    if (move) at = (Number(move[1]) - 1) * width + Number(move[2]) - 1;
    else if (control === "2J") cells.fill(" ");
    else if (control === undefined) {
      cells[at] = part;
      for (let more = 1; more < widthOf(part); more++) cells[at + more] = "";
      at += widthOf(part);
    }
  }
}

describe("what is sent to the terminal", () => {
  test("turns any screen into any other one, and is nothing where they are the same", () => {
    const line = fc.string({ unit: fc.constantFrom("a", "b", " ", " ", "→", "中"), maxLength: 12 });
    const screen = fc.array(line, { minLength: 3, maxLength: 3 });
    fc.assert(
      fc.property(screen, screen, (one, other) => {
        const [before, after] = [one, other].map((lines) => {
          const canvas = new Canvas(8, 3);
          for (const [at, text] of lines.entries()) canvas.put(at, 0, text);
          return canvas;
        }) as [Canvas, Canvas];
        const cells = new Array<string>(24).fill("?");
        const abilities = { colour: true, attributes: true };
        apply(difference(undefined, before, abilities), cells, 8);
        expect(cells).toEqual(before.cells);
        apply(difference(before, after, abilities), cells, 8);
        expect(cells).toEqual(after.cells);
        expect(difference(after, after, abilities)).toBe("");
      }),
      { numRuns: 300 },
    );
  });

  test("is a style for each change of it, between the marks of synchronized output, and plain at the end", () => {
    const canvas = new Canvas(6, 1);
    canvas.put(0, 0, "ab", BOLD | GREEN);
    canvas.put(0, 2, "c");
    const text = (abilities: { colour: boolean; attributes: boolean }) =>
      difference(new Canvas(6, 1), canvas, abilities);
    const all = "\u001b[?2026h\u001b[1;1H\u001b[0;1;32mab\u001b[0mc\u001b[?2026l";
    expect(text({ colour: true, attributes: true })).toBe(all);
    expect(text({ colour: false, attributes: true })).toBe(all.replace(";32", ""));
    expect(text({ colour: false, attributes: false })).toBe("\u001b[?2026h\u001b[1;1Habc\u001b[?2026l");
  });
});

describe("a row filter picks the same rows of closed connections as the engine picks of a table", () => {
  test.each(["LINUX_TCPTABLE", "LINUX_TCP6TABLE"] as const)("%s", (layout) => {
    fc.assert(
      fc.property(fc.array(rawRow(layout), { maxLength: 12 }), expression(layout), (rows, where) => {
        // A user is only told where a process holds the socket; the filter language reads the number as it is.
        const table = new PlainDecoder().decode(
          encodeTable(
            rows.map((row) => ({ ...row, inode: 7 })),
            layout,
          ),
          layout,
        );
        const filter = { text: "", expression: where };
        const known = [...table].map((row) => (row.state.startsWith("UNKNOWN") ? undefined : row));
        const expected = new Set(table.select({ where: filter }).indices);
        const matches = new RowFilter(filter);
        for (const [index, row] of known.entries()) if (row) expect(matches.matches(row)).toBe(expected.has(index));
      }),
      { numRuns: 300, interruptAfterTimeLimit: 5000 },
    );
  });
});

test("times by cookies are those of a Map, whatever cookies there are", () => {
  const cookie = fc.oneof(fc.bigInt({ min: 1n, max: 9n }), fc.bigInt({ min: 1n, max: (1n << 64n) - 1n }));
  fc.assert(
    fc.property(fc.array(fc.tuple(cookie, fc.nat()), { maxLength: 40 }), fc.array(cookie), (entries, others) => {
      const times = new CookieTimes();
      const map = new Map(entries);
      for (const [key, time] of entries) times.set(key, time);
      for (let filler = 0; filler < 3000; filler++) times.set((1n << 40n) + BigInt(filler), filler);
      for (const key of [...map.keys(), ...others]) {
        const isFiller = key >= 1n << 40n && key < (1n << 40n) + 3000n;
        if (!isFiller) expect(times.get(Number(key & 0xffffffffn), Number(key >> 32n))).toBe(map.get(key) ?? -1);
      }
    }),
    { numRuns: 30 },
  );
});

describe("a sparkline", () => {
  test("has a bar a part of the minute, from 0 to its own most, and a dot for 0", () => {
    const history = new History(1);
    for (let second = 1; second <= 60; second++) history.add(second * 1000, 1000, [second <= 30 ? 0 : second - 30]);
    expect(history.sparkline(0, 6)).toMatch(/^··[▂-▃][▅]▇▇$/);
  });

  test("is blank where nothing was sampled: before the first sample, and at ticks that were skipped", () => {
    const history = new History(1);
    for (const second of [50, 51, 52, 57, 58, 59]) history.add(second * 1000 + 900, 1000, [5]);
    expect(history.sparkline(0, 60)).toMatch(/^ {50}▇▇▇ {4}▇▇▇$/);
  });

  test("that was copied stays as it was", () => {
    const history = new History(1);
    history.add(1000, 1000, [1]);
    const copy = history.copy();
    history.add(2000, 1000, [0]);
    expect(copy.sparkline(0, 60)).toMatch(/▇$/);
    expect(history.sparkline(0, 60)).toMatch(/▇·$/);
  });
});

describe("a filter that is edited", () => {
  const editor = (text: string) =>
    new FilterEditor(text, text === "" ? undefined : compileFilter(text), ["dport = :1"]);

  test("holds as it was typed last with a meaning", () => {
    const edited = editor("state established");
    edited.insert(" dport");
    expect(edited.filter?.text).toBe("state established");
    expect(edited.mistake).toMatchObject({ from: 23, to: 24 });
    edited.insert(" = :443");
    expect(edited.filter?.text).toBe("state established dport = :443");
    expect(edited.mistake).toBeUndefined();
  });

  test("offers the words that can stand there, and Tab takes the marked one", () => {
    const edited = editor("");
    expect(edited.words.slice(0, 2)).toEqual(["state", "exclude"]);
    edited.insert("dp");
    expect(edited.words).toEqual(["dport"]);
    edited.acceptWord();
    expect(edited.text).toBe("dport ");
    expect(edited.words).toEqual([]);
    edited.insert("= :80 and state cl");
    expect(edited.words).toEqual(["closed", "close-wait", "closing"]);
    edited.markWord(1);
    edited.acceptWord();
    expect(edited.text).toBe("dport = :80 and state close-wait ");
  });

  test("moves and deletes by letters and words, and recalls filters before", () => {
    const edited = editor("src 1.2.3.4");
    edited.move("word left");
    edited.insert("= ");
    expect(edited.text).toBe("src = 1.2.3.4");
    edited.move("end");
    edited.removeWord();
    expect(edited.text).toBe("src = ");
    edited.removeToStart();
    expect(edited).toMatchObject({ text: "", caret: 0, filter: undefined });
    edited.recall(-1);
    expect(edited.text).toBe("dport = :1");
    edited.recall(1);
    expect(edited.text).toBe("");
    edited.insert("\u001b[2J\u0007");
    expect(edited.text).toBe("[2J");
  });
});

test.each([
  ["", "( state close-wait )", "state close-wait"],
  ["exclude listening", "dst 10.2.3.4", "exclude listening dst 10.2.3.4"],
  ["state established", "( state close-wait )", "state established ( state close-wait )"],
  ["sport = :1 or dport = :1", "pid = 7", "( sport = :1 or dport = :1 ) pid = 7"],
])("%j with the group %j is the filter %j, and one that parses", (filter, group, both) => {
  expect(withGroup(filter, group)).toBe(both);
  expect(() => compileFilter(both)).not.toThrow();
});

test.each([
  ["127.0.0.1:80", 21, "127.0.0.1:80"],
  ["[2001:db8:a1:14::7]:443", 21, "[2001:db8…:14::7]:443"],
  ["[2001:db8::1]:443", 8, "[2…]:443"],
])("%s in %i cells is %s: the middle goes, not the port", (end, width, text) => {
  expect(cutMiddle(end, width)).toBe(text);
  expect(widthOf(cutMiddle(end, width))).toBeLessThanOrEqual(width);
});

test.each([
  [0, "<1s"],
  [2500, "2s"],
  [71_000, "1m11s"],
  [7_380_000, "2h03m"],
  [100_800_000, "1d04h"],
])("an age of %i ms is %s", (age, text) => expect(ageText(age, 1000)).toBe(text));

test("an age at ten samples a second has tenths", () => expect(ageText(2350, 100)).toBe("2.3s"));

test("a text that is cut has its width at most, whatever signs are in it, and no half of a pair", () => {
  const unit = fc.constantFrom("a", " ", "●", "→", "中", "e\u0301", "😀", "−");
  fc.assert(
    fc.property(fc.string({ unit, maxLength: 30 }), fc.integer({ min: 0, max: 20 }), (text, width) => {
      const cut = cutEnd(text, width);
      expect(widthOf(cut)).toBeLessThanOrEqual(width);
      expect(cut).not.toMatch(/\p{Surrogate}/u);
      if (cut !== text && width > 0) expect(text.startsWith(cut.slice(0, -1))).toBe(true);
      // Nothing is left out that had room: two cells stay blank at most, before a wide sign.
      if (cut !== text && width > 1) expect(widthOf(cut)).toBeGreaterThanOrEqual(width - 1);
    }),
    { numRuns: 300, interruptAfterTimeLimit: 5000 },
  );
  expect(cutEnd(`● ${"x".repeat(20)}`, 10)).toBe("● xxxxxxx…");
});

test("an end of a connection keeps its port whole in the narrowest place there is", () => {
  const address = fc.oneof(
    fc.ipV4(),
    fc.ipV6().map((text) => `[${text}]`),
  );
  fc.assert(
    fc.property(address, fc.integer({ min: 0, max: 65535 }), fc.integer({ min: 8, max: 47 }), (text, port, width) => {
      const cut = cutMiddle(`${text}:${port}`, width);
      expect(cut.length).toBeLessThanOrEqual(width);
      expect(cut.endsWith(`${text.includes("]") ? "]" : ""}:${port}`)).toBe(true);
    }),
    { numRuns: 300, interruptAfterTimeLimit: 5000 },
  );
});
