import { afterEach, describe, expect, test, vi } from "vitest";
import { connection } from "../../sampler/scripted-sampler.js";
import { ScriptedProgram } from "./scripted-program.js";

let watch: ScriptedProgram;
const begin = async (every = 1000) => {
  watch = new ScriptedProgram(() => Promise.reject(new Error("nothing is recorded here")), every);
  watch.rows = [connection(1000, { owningPid: 7 }), connection(1001)];
  await watch.sampler.tick();
  await shows(/2 rows/);
};
const shows = (what: RegExp) => vi.waitFor(() => expect(watch.terminal.text).toMatch(what));
afterEach(async () => {
  vi.useRealTimers();
  watch.press("q");
  await watch.ended;
});

describe("watch begins another sampler", () => {
  test.each([
    ["+", 500],
    ["-", 2000],
  ])("for %s, with an interval of %i ms, and the one before is over", async (key, every) => {
    await begin();
    watch.press(key);
    await vi.waitFor(() => expect(watch.samplers).toHaveLength(2));
    expect(watch.samplers[0]?.isOver).toBe(true);
    expect(watch.sampler).toMatchObject({ every, hasNames: false });
    await watch.sampler.tick();
    await shows(new RegExp(`^web-14 {2}2 rows {2}every ${every === 500 ? "500ms" : "2s"},`));
    watch.press(key);
    await vi.waitFor(() => expect(watch.samplers).toHaveLength(3));
    expect(watch.sampler.every).toBe(every === 500 ? 200 : 5000);
  });

  test.each([
    ["+", 100],
    ["-", 60_000],
  ])("for %s not beyond the last interval there is: %i ms", async (key, every) => {
    await begin(every);
    watch.press(key);
    await shows(/\nA sample every \S+\.$/);
    expect(watch.samplers).toHaveLength(1);
  });

  test("for p, with owners, and none when they are hidden again, for they cost nothing then", async () => {
    await begin();
    expect(watch.sampler.hasNames).toBe(false);
    watch.press("p");
    await vi.waitFor(() => expect(watch.samplers).toHaveLength(2));
    expect(watch.sampler.hasNames).toBe(true);
    await watch.sampler.tick();
    await shows(/ 7\/nginx /);
    watch.press("p");
    await vi.waitFor(() => expect(watch.terminal.text).not.toMatch(/nginx/));
    expect(watch.samplers).toHaveLength(2);
  });

  test("for a filter that asks for an owner", async () => {
    await begin();
    for (const key of ["/", ..."pid = 7"]) watch.press(key);
    await vi.waitFor(() => expect(watch.samplers).toHaveLength(2));
    await watch.sampler.tick();
    await shows(/1 of 2 rows/);
    watch.press("\r", "return");
  });

  test("and marks what has opened between the two, but not what was there before", async () => {
    await begin();
    watch.press("+");
    await vi.waitFor(() => expect(watch.samplers).toHaveLength(2));
    watch.rows = [...watch.rows, connection(1002)];
    await watch.sampler.tick();
    await shows(/\n\+ ESTABLISHED +127\.0\.0\.1:1002 /);
    await shows(/\n {2}ESTABLISHED +127\.0\.0\.1:1001 .*>/);
  });
});

test("a question without an answer is none after 20 s, and then y closes nothing", async () => {
  await begin();
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
  watch.press("k");
  await vi.advanceTimersByTimeAsync(19_900);
  expect(watch.terminal.text).toMatch(/\n Close 127\.0\.0\.1:100\d → 10\.0\.0\.1:443, ESTABLISHED/);
  await vi.advanceTimersByTimeAsync(200);
  expect(watch.terminal.text).not.toMatch(/\n Close /);
  watch.press("y");
  expect(watch.terminal.done).toContainEqual(expect.stringMatching(/^copy ESTABLISHED 127\.0\.0\.1:100\d/));
});

test("what comes in while the cursor has just been moved waits, is counted, and is there two seconds later", async () => {
  await begin();
  const moved = Date.now();
  vi.useFakeTimers({ toFake: ["Date"], now: moved });
  watch.press("", "down");
  const rows = watch.rows;
  watch.rows = [...rows, ...Array.from({ length: 12 }, (_, at) => connection(2000 + at))];
  await watch.sampler.tick();
  await shows(/12 new, 14 of 14 rows, 1-2 shown/);
  expect(watch.terminal.text).not.toMatch(/127\.0\.0\.1:2000/);
  vi.setSystemTime(moved + 1999);
  await watch.sampler.tick();
  expect(watch.terminal.text).toMatch(/12 new/);
  vi.setSystemTime(moved + 2000);
  await watch.sampler.tick();
  await vi.waitFor(() => expect(watch.terminal.text).toMatch(/ 14 of 14 rows, 1-14 shown/));
  expect(watch.terminal.text).not.toMatch(/new/);
});

test("a paused picture stands, counts what happens meanwhile, and then shows what there is now", async () => {
  await begin();
  watch.press(" ");
  watch.rows = [connection(1000, { state: 8 }), connection(1005), connection(1006)];
  await watch.sampler.tick();
  await shows(/ PAUSED .*\n[\s\S]*since: \+2 −1 →1; 2 of 2 rows/);
  expect(watch.terminal.text).toMatch(/127\.0\.0\.1:1001 /);
  expect(watch.terminal.text).not.toMatch(/127\.0\.0\.1:1005 |CLOSE-WAIT .*127/);
  expect(watch.terminal.text).toMatch(/Space go on/);
  watch.press(" ");
  await shows(/3 of 3 rows, 1-3 shown/);
  expect(watch.terminal.text).toMatch(/CLOSE-WAIT +127\.0\.0\.1:1000 /);
  expect(watch.terminal.text).toMatch(/127\.0\.0\.1:1005 /);
  expect(watch.terminal.text).not.toMatch(/PAUSED|127\.0\.0\.1:1001 /);
});

test("the connection under the cursor stays on its line of the screen when rows come in above it, and at the top what comes in is shown", async () => {
  await begin();
  const rows = Array.from({ length: 40 }, (_, at) => connection(1000 + at));
  watch.rows = rows;
  await watch.sampler.tick();
  await shows(/40 of 40 rows, 1-20 shown/);
  const moved = Date.now();
  vi.useFakeTimers({ toFake: ["Date"], now: moved });
  for (let count = 0; count < 5; count++) watch.press("", "down");
  await watch.sampler.tick();
  const before = watch.terminal.text.split("\n")[14];
  expect(before).toMatch(/127\.0\.0\.1:10\d\d /);
  vi.setSystemTime(moved + 2000);
  watch.rows = [...rows, connection(2000), connection(2001), connection(2002)];
  await watch.sampler.tick();
  await vi.waitFor(() => expect(watch.terminal.text).toMatch(/43 of 43 rows, 4-23 shown/));
  const endIn = (line = "") => /127\.0\.0\.1:\d+/.exec(line)?.[0];
  expect(endIn(watch.terminal.text.split("\n")[14])).toBe(endIn(before));
  watch.press("", "home");
  await vi.waitFor(() => expect(watch.terminal.text.split("\n")[9]).toMatch(/^\+ ESTABLISHED +127\.0\.0\.1:2000 /));
});
