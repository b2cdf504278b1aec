import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { COLUMN_NAMES, compileFilter } from "../../src/decoder/index.js";
import { completionsAt } from "../../src/viewer/model/complete.js";
import { addToHistory, filterHistory } from "../../src/viewer/model/history.js";
import { type LinkedView, linkOf, parseLink } from "../../src/viewer/model/link.js";
import { parseTime } from "../../src/viewer/model/times.js";

describe("the moment's box", () => {
  // Two hours around midnight of 2026-11-23 in a zone one hour ahead of UTC.
  const start = Date.UTC(2026, 10, 22, 22, 0);
  const end = Date.UTC(2026, 10, 23, 0, 0);
  const at = Date.UTC(2026, 10, 22, 23, 30);
  const context = { at, start, end, offset: () => 3_600_000 };
  test.each([
    ["start", start],
    [" END ", end],
    ["+90s", at + 90_000],
    ["-1.5min", at - 90_000],
    ["−2h", at - 7_200_000],
    ["+5", at + 5000],
    ["+250ms", at + 250],
    ["23:10", Date.UTC(2026, 10, 22, 22, 10)],
    ["00:10:07.4", Date.UTC(2026, 10, 22, 23, 10, 7, 400)],
    ["0:59:59.999", Date.UTC(2026, 10, 22, 23, 59, 59, 999)],
    ["2026-11-23 00:10", Date.UTC(2026, 10, 22, 23, 10)],
    ["2026-11-23T00:10:30Z", Date.UTC(2026, 10, 23, 0, 10, 30)],
    ["2026-11-23T00:10:30-05:00", Date.UTC(2026, 10, 23, 5, 10, 30)],
    ["2026-11-23", Date.UTC(2026, 10, 22, 23, 0)],
  ])("the moment's box takes %s", (text, time) => {
    expect(parseTime(text, context)).toBe(time);
  });

  test.each([
    "",
    "25:00",
    "03:60",
    "24:01",
    "2026-02-30",
    "2026-13-01",
    "+",
    "+5y",
    "+5constructor",
    "soon",
    "3",
    "1:2:3",
  ])("the moment's box refuses %j", (text) => {
    expect(parseTime(text, context)).toBeUndefined();
  });

  test("a time of day is that of the recording's day which has it, and of several the nearest to what is shown", () => {
    const days = {
      at: Date.UTC(2026, 0, 3, 12),
      start: Date.UTC(2026, 0, 1),
      end: Date.UTC(2026, 0, 8),
      offset: () => 0,
    };
    expect(parseTime("11:00", days)).toBe(Date.UTC(2026, 0, 3, 11));
    expect(parseTime("23:59", days)).toBe(Date.UTC(2026, 0, 3, 23, 59));
    expect(parseTime("00:01", { ...days, at: days.at + 3_600_000 })).toBe(Date.UTC(2026, 0, 4, 0, 1));
  });

  test("a recording whose clock went wild costs the box no time", () => {
    const wild = { at: 0, start: -8.64e15, end: 8.64e15, offset: () => 0 };
    expect(parseTime("00:10", wild)).toBe(600_000);
  });
});

describe("a link", () => {
  const view: LinkedView = {
    file: "https://files.example/a b.mcap?x=1&y=2#z",
    recording: { host: "web,14", start: Date.UTC(2026, 10, 23, 1, 30), bytes: 42_600_000 },
    at: Date.UTC(2026, 10, 23, 2, 12, 7, 400),
    from: Date.UTC(2026, 10, 23, 2),
    to: Date.UTC(2026, 10, 23, 3),
    where: "state close-wait and dport = :5432 & not dst [fd00::1]/64",
    scope: "recording",
    group: "process",
    sort: ["remotePort", "-state"],
    since: { kind: "milliseconds", milliseconds: 10_000 },
    row: "[fe80::1%2]:80,[fe80::2%2]:5000,1a",
    zone: "utc",
  };

  test("a link restores all that a view is", () => {
    expect(parseLink(linkOf(view))).toEqual(view);
    const pinned: LinkedView = { since: { kind: "pinned", time: Date.UTC(2026, 10, 23) } };
    expect(parseLink(linkOf(pinned))).toEqual(pinned);
    expect(linkOf({})).toBe("");
  });

  test("a link restores any filter and any row, whatever is in them", () => {
    const text = fc.string({ minLength: 1, maxLength: 60, unit: "grapheme" });
    fc.assert(
      fc.property(text, text, fc.subarray([...COLUMN_NAMES]), (where, row, sort) => {
        expect(parseLink(linkOf({ where, row, sort }))).toEqual({ where, row, ...(sort.length > 0 ? { sort } : {}) });
      }),
      { numRuns: 200, interruptAfterTimeLimit: 5000 },
    );
  });

  test("a link's time is rounded up, so that it finds the sample that it was taken of", () => {
    expect(parseLink(linkOf({ at: 1_700_000_000_000.25 })).at).toBe(1_700_000_000_001);
  });

  test.each([
    "file=javascript:alert(1)",
    "file=data:text/html,x",
    "at=yesterday",
    "at=2026-99-99T00:00:00Z",
    "from=2026-11-23T03:00:00Z&to=2026-11-23T02:00:00Z",
    "from=2026-11-23T03:00:00Z",
    "group=constructor",
    "sort=bogus,__proto__",
    "since=-5ms",
    "zone=mars",
    "rec=web,soon,12",
    "scope=everything",
    `where=${"a".repeat(10_001)}`,
    "%%%",
  ])("a link whose words are none restores nothing: %s", (fragment) => {
    expect(parseLink(`#${fragment}`)).toEqual({});
  });
});

describe("completion", () => {
  const at = (text: string) => {
    const caret = text.indexOf("|");
    return completionsAt(text.replace("|", ""), caret);
  };
  const texts = (text: string) => at(text).words.map((word) => word.text);

  test("completion offers what may follow", () => {
    expect(texts("|")).toContain("state");
    expect(texts("st|")).toEqual(["state"]);
    expect(texts("state cl|")).toEqual(["close-wait", "closing", "closed"]);
    expect(texts("state established,cl|")).toEqual(["close-wait", "closing", "closed"]);
    expect(texts("dport |")).toEqual(["=", "!=", "in {", ">=", "<=", ">", "<"]);
    expect(texts("dst |")).toEqual(["=", "!=", "in {"]);
    expect(texts("dport = |")).toEqual([]);
    expect(texts("dport in { 80, |")).toEqual([]);
    expect(texts("dport = :80 a|")).toEqual(["and"]);
    expect(texts("state established s|")).toEqual([
      "state",
      "src",
      "sport",
      "syn-sent",
      "syn-received",
      "synchronized",
    ]);
    expect(texts("(|")).toContain("dport");
  });

  test("a completion replaces the whole word that the caret is in", () => {
    expect(at("not dpo|rt = 5")).toMatchObject({ from: 4, to: 9 });
  });

  test("every word that completion offers is one of the grammar", () => {
    for (const { text } of completionsAt("state ", 6).words) compileFilter(`state ${text}`);
    for (const { text } of completionsAt("", 0).words) {
      const rest = ["state", "exclude"].includes(text) ? "established" : text === "not" ? "sport = 1" : "= 1";
      compileFilter(`${text} ${["src", "dst"].includes(text) ? "= 10.0.0.1" : rest}`);
    }
    for (const { text } of completionsAt("dport ", 6).words)
      compileFilter(`dport ${text} 1${text === "in {" ? " }" : ""}`);
  });
});

describe("the filter's history", () => {
  const storageWith = (text: string | null) => {
    let kept = text;
    const setItem = (_: string, value: string) => {
      kept = value;
    };
    return () => ({ getItem: () => kept, setItem });
  };

  test("the history has the newest filter first, and each one once", () => {
    const storage = storageWith(null);
    addToHistory("a", storage);
    addToHistory(" b ", storage);
    expect(addToHistory("a", storage)).toEqual(["a", "b"]);
    expect(filterHistory(storage)).toEqual(["a", "b"]);
    expect(addToHistory("  ", storage)).toEqual(["a", "b"]);
  });

  test.each(["{", "5", '{"a":1}', "[1,null]"])("a history that is none is empty: %s", (text) => {
    expect(filterHistory(storageWith(text))).toEqual([]);
  });

  test("a browser that keeps nothing has a history all the same", () => {
    const refusing = () => {
      throw new Error("The operation is insecure.");
    };
    expect(filterHistory(refusing)).toEqual([]);
    expect(addToHistory("a", refusing)).toEqual(["a"]);
  });
});
