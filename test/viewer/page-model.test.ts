import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { compileFilter } from "../../src/decoder/index.js";
import { both, leadingStates, toggleState } from "../../src/viewer/model/leading-states.js";
import { STATE_ORDER } from "../../src/viewer/model/states.js";
import { bytesText, createZoneClock, shortened, spanText, visible } from "../../src/viewer/model/texts.js";
import { byPlace, pictureColumns } from "../../src/viewer/parts/timeline/from-worker.js";
import { niceTop, tickStep, timeAt, tracksFor, xOf } from "../../src/viewer/parts/timeline/tracks.js";
import { twinSteps } from "../../src/viewer/parts/timeline/twin-steps.js";
import type { Timeline } from "../../src/viewer/protocol.js";

describe("the legend and the filter", () => {
  test("a filter that begins with states is about these, and what follows stays", () => {
    const { names, rest } = leadingStates("state close-wait,syn-recv dst 10.2.3.4");
    expect([[...(names ?? [])], rest]).toEqual([["CLOSE-WAIT", "SYN-RECEIVED"], "dst 10.2.3.4"]);
  });

  test.each(["dst 10.2.3.4", "state connected", "state close-wait or dst 10.2.3.4", "exclude listening", ""])(
    "the legend presses no state for %j",
    (where) => expect(leadingStates(where)).toEqual({ names: null, rest: where }),
  );

  test("a state that is pressed is added before the rest, and pressing it again takes it away", () => {
    const once = toggleState("dst 10.2.3.4", "CLOSE-WAIT");
    expect(once).toBe("state close-wait dst 10.2.3.4");
    const twice = toggleState(once, "LISTEN");
    expect(twice).toBe("state listening,close-wait dst 10.2.3.4");
    expect(toggleState(toggleState(twice, "LISTEN"), "CLOSE-WAIT")).toBe("dst 10.2.3.4");
  });

  test("a state before an `or` is bound to both of its sides", () => {
    expect(toggleState("dport = :80 or dport = :443", "ESTABLISHED")).toBe(
      "state established (dport = :80 or dport = :443)",
    );
  });

  test("whatever states are pressed on whatever filter, it stays a filter", () => {
    const names = STATE_ORDER.filter(({ number }) => number >= 0).map(({ name }) => name);
    const filters = [
      "",
      "dst 10.0.0.0/8",
      "state syn-sent dport = :80",
      "not sport = :22 or pid = 7",
      "exclude listening",
    ];
    fc.assert(
      fc.property(
        fc.constantFrom(...filters),
        fc.array(fc.constantFrom(...names), { maxLength: 4 }),
        (filter, pressed) => {
          const where = pressed.reduce(toggleState, filter);
          if (where) compileFilter(where);
          if (where) compileFilter(both(where, "dst [2001:db8::1]:443"));
        },
      ),
      { numRuns: 200 },
    );
  });
});

describe("texts of the page", () => {
  test("control and bidirectional characters of names are shown as their numbers", () => {
    expect(visible("a\u202eb\u0007c\u2066\ud800")).toBe("a\\u202eb\\u0007c\\u2066\\ud800");
    expect(visible("<b>nginx</b>")).toBe("<b>nginx</b>");
    expect(visible("x".repeat(100_000)).length).toBeLessThan(300);
  });

  test("sizes have three digits and durations two units", () => {
    expect([0, 999, 1840, 1_840_000, 96_200_000, 24_900_000_000n].map(bytesText)).toEqual([
      "0 B",
      "999 B",
      "1.84 kB",
      "1.84 MB",
      "96.2 MB",
      "24.9 GB",
    ]);
    expect([410, 9949, 44_100, 146_200, 11_520_000, 200_000_000].map(spanText)).toEqual([
      "0.4 s",
      "9.9 s",
      "44 s",
      "2 min 26 s",
      "3 h 12 min",
      "2 d 7 h",
    ]);
  });

  test("a zone's clock knows summer time, and one that nobody knows is UTC", () => {
    const berlin = createZoneClock("Europe/Berlin");
    expect(berlin.clock(Date.UTC(2026, 10, 23, 2, 12, 7, 400), 1)).toBe("03:12:07.4");
    expect(berlin.clock(Date.UTC(2026, 6, 1, 2, 12, 7), 0)).toBe("04:12:07");
    expect(berlin.utcOffset(Date.UTC(2026, 10, 23))).toBe("UTC+01:00");
    expect(createZoneClock("Mars/<img>").timeZone).toBe("UTC");
  });

  test("times that no calendar has are told as none", () => {
    const clock = createZoneClock("UTC");
    for (const time of [Number.NaN, Number.POSITIVE_INFINITY, 9e15]) {
      expect([clock.clock(time, 3), clock.day(time), clock.minutes(time)]).toEqual(["–", "–", "–"]);
      expect(clock.offset(time)).toBe(0);
    }
  });

  test("an address that is too long loses its middle", () => {
    expect(shortened("[2001:db8:1234:5678:9abc:def0:1234:5678]", 21)).toBe("[2001:db8:…1234:5678]");
    expect(shortened("10.2.1.14", 21)).toBe("10.2.1.14");
  });
});

describe("what the timeline paints", () => {
  const numbers = (...values: number[]) => Uint32Array.from(values);
  const timeline = (more: Partial<Timeline> = {}): Timeline => ({
    from: 0,
    to: 6000,
    length: 6,
    samples: numbers(1, 0, 1, 0, 0, 0),
    time: Float64Array.from([0, Number.NaN, 2000, Number.NaN, Number.NaN, Number.NaN]),
    rows: numbers(7, 0, 9, 0, 0, 0),
    fewestRows: numbers(7, 0, 9, 0, 0, 0),
    states: Array.from({ length: 14 }, (_, number) => numbers(number === 5 ? 6 : number === 13 ? 1 : 0, 0, 0, 0, 0, 0)),
    opened: numbers(4, 0, 2, 0, 0, 0),
    closed: numbers(0, 0, 1, 0, 0, 0),
    changed: numbers(0, 0, 0, 0, 0, 0),
    lost: numbers(0, 0, 0, 0, 0, 0),
    late: Float64Array.from([0.2, Number.NaN, 1900, Number.NaN, Number.NaN, Number.NaN]),
    gaps: new Uint8Array(6),
    mostRows: 9,
    gapRanges: [],
    loadedTo: 6000,
    ...more,
  });

  test("a sample stands until the next one is due, and nothing is drawn beyond", () => {
    const columns = pictureColumns(timeline(), 2000);
    expect([...columns.seen]).toEqual([1, 1, 1, 1, 1, 0]);
    expect([...columns.rows]).toEqual([7, 7, 9, 9, 9, 0]);
    expect([...(columns.states[1] ?? [])].slice(0, 2)).toEqual([6, 6]);
  });

  test("rates are of a second, however wide a column is", () => {
    expect([...pictureColumns(timeline(), 2000).opened].slice(0, 3)).toEqual([2, 2, 1]);
  });

  test("a sample is late from half of its interval on", () => {
    expect([...pictureColumns(timeline(), 2000).late]).toEqual([0, 0, 1, 0, 0, 0]);
  });

  test("states that have no colour of their own are counted together, and none is lost", () => {
    const states = Array.from({ length: 14 }, (_, number) => number + 1);
    const placed = byPlace(states);
    expect(placed.at(-1)).toBe(1 + 2 + 13 + 14);
    expect(placed.reduce((sum, each) => sum + each, 0)).toBe(states.reduce((sum, each) => sum + each, 0));
  });

  test("the table of the timeline tells every sample of a short recording, wherever its columns are", () => {
    const length = 1000;
    const at = [0, 117, 341, 558, 999];
    const one = (values: (place: number) => number) => {
      const column = new Uint32Array(length);
      at.forEach((place, sample) => {
        column[place] = values(sample);
      });
      return column;
    };
    const time = new Float64Array(length).fill(Number.NaN);
    for (const place of at) time[place] = place;
    const short = timeline({ to: length, length, samples: one(() => 1), rows: one((sample) => sample), time });
    expect(twinSteps(short, 500, 60).map(({ column }) => column)).toEqual(at);
  });

  test("a step of the timeline's table is told by its column with most rows, and the first of equal ones", () => {
    const columns = { samples: numbers(1, 2, 1, 0, 1, 1), rows: numbers(3, 8, 5, 0, 4, 4) };
    const time = Float64Array.from([0, 1100, 2000, Number.NaN, 4000, 5000]);
    expect(twinSteps(timeline({ ...columns, time }), 1000, 2)).toEqual([
      { time: 1100, column: 1 },
      { time: 4000, column: 4 },
    ]);
  });

  test("the table of the timeline says where samples are missing, and not where one stands", () => {
    expect(twinSteps(timeline(), 1000, 60)).toEqual([
      { time: 0, column: 0 },
      { time: 2000, column: 2 },
      { time: 4000, column: null },
      { time: 5000, column: null },
    ]);
  });

  test("a time's pixel gives the time back", () => {
    const tracks = tracksFor(false, 312);
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 3_600_000 }), fc.integer({ min: 200, max: 4000 }), (time, width) => {
        const span = { from: 0, to: 3_600_000 };
        expect(timeAt(xOf(time, span, tracks, width), span, tracks, width)).toBeCloseTo(time, 3);
      }),
      { numRuns: 100 },
    );
  });

  test("ticks have room for their labels, and the scale ends at a round number above the most", () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 4e9 }), fc.integer({ min: 10, max: 6e8 }), (most, long) => {
        expect(niceTop(most)).toBeGreaterThanOrEqual(most);
        expect(niceTop(most)).toBeLessThanOrEqual(Math.max(10, most * 2));
        expect((tickStep({ from: 0, to: long }, 1000, 92) / long) * 1000).toBeGreaterThan(92);
      }),
      { numRuns: 200 },
    );
  });
});
