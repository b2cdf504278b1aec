import { describe, expect, test } from "vitest";
import { FilterSyntaxError } from "../../src/filter/errors.js";
import { type SamplerOptions, settingsOf } from "../../src/sampler/options.js";
import { sampleTcpTables } from "../../src/sampler/sampler.js";
import { ScriptedEnds, ScriptedSampler } from "./scripted-sampler.js";

/** Everything that a sampler has open: collectors that are not closed, and timers. */
function opened(): { run: ScriptedSampler; left: () => number[]; controller: AbortController } {
  const ends = new ScriptedEnds();
  const controller = new AbortController();
  const run = new ScriptedSampler({ openEnds: () => ends, signal: controller.signal });
  return { run, controller, left: () => [run.ipv4.closed, run.ipv6.closed, ends.closed, run.clock.timers] };
}

const NOTHING = [1, 1, 1, 0];
const OVER = { done: true, value: undefined };

describe("a sampler leaves nothing open", () => {
  test("after break", async () => {
    const { run, left } = opened();
    const advance = setInterval(() => run.clock.advance(100), 1);
    for await (const { tick } of run.sampler) if (tick === 2) break;
    clearInterval(advance);
    expect(left()).toEqual(NOTHING);
    expect(await run.sampler.next()).toEqual(OVER);
  });

  test("after return() while a call of next waits, which is told that it is over", async () => {
    const { run, left } = opened();
    await run.next();
    const next = run.sampler.next();
    expect(await run.sampler.return()).toEqual(OVER);
    expect(await next).toEqual(OVER);
    expect(left()).toEqual(NOTHING);
  });

  test("after Symbol.asyncDispose, which may be called again", async () => {
    const { run, left } = opened();
    await run.next();
    await run.sampler[Symbol.asyncDispose]();
    await run.sampler[Symbol.asyncDispose]();
    expect(left()).toEqual(NOTHING);
  });

  test("after return() while it is still being opened", async () => {
    const { run, left } = opened();
    const next = run.sampler.next();
    await run.sampler.return();
    expect(await next).toEqual(OVER);
    expect(left()).toEqual(NOTHING);
  });

  test("after its signal while a call of next waits, which throws an AbortError with the signal's reason", async () => {
    const { run, left, controller } = opened();
    await run.next();
    const next = run.sampler.next();
    controller.abort(new Error("enough"));
    await expect(next).rejects.toMatchObject({ name: "AbortError", code: "ABORT_ERR", cause: new Error("enough") });
    expect(left()).toEqual(NOTHING);
    expect(await run.sampler.next()).toEqual(OVER);
  });

  test("after its signal while nobody waits: the next call throws, and then it is over", async () => {
    const { run, left, controller } = opened();
    await run.next();
    controller.abort();
    await expect(run.sampler.next()).rejects.toMatchObject({ name: "AbortError" });
    expect(left()).toEqual(NOTHING);
    expect(await run.sampler.next()).toEqual(OVER);
  });

  test("where its signal was given before: it is never opened", async () => {
    const run = new ScriptedSampler({ signal: AbortSignal.abort("before") });
    await expect(run.sampler.next()).rejects.toMatchObject({ name: "AbortError", cause: "before" });
    expect([run.ipv4.closed, run.clock.timers]).toEqual([0, 0]);
  });

  test("after return() although its signal had ended it before anybody heard of that: then it is over", async () => {
    const { run, controller } = opened();
    await run.next();
    controller.abort();
    expect(await run.sampler.return()).toEqual(OVER);
    expect(await run.sampler.next()).toEqual(OVER);
  });

  test("at its signal, which may live on for years: nobody listens to it any more", async () => {
    const { signal } = new AbortController();
    const listeners = new Set<unknown>();
    signal.addEventListener = (_: string, listener: unknown) => void listeners.add(listener);
    signal.removeEventListener = (_: string, listener: unknown) => void listeners.delete(listener);
    const run = new ScriptedSampler({ signal });
    await run.next();
    expect(listeners.size).toBe(1);
    await run.sampler.return();
    expect(listeners.size).toBe(0);
  });

  test("where nobody ever asked it for anything", async () => {
    const { run } = opened();
    expect(await run.sampler.return()).toEqual(OVER);
    expect(await run.sampler.next()).toEqual(OVER);
    expect(run.clock.timers).toBe(0);
  });
});

test("a sampler keeps the process alive while somebody waits for a moment, and not while nobody does", async () => {
  const { run } = opened();
  await run.next();
  expect(run.clock.referenced).toBe(0);
  run.clock.advance(300);
  expect(run.clock.referenced).toBe(0);
  const next = run.sampler.next();
  expect(run.clock.referenced).toBe(1);
  run.clock.advance(100);
  await next;
  expect(run.clock.referenced).toBe(0);
});

test("calls of next that do not wait for each other get consecutive moments, one each", async () => {
  const run = new ScriptedSampler();
  const all = [run.sampler.next(), run.sampler.next(), run.sampler.next()];
  await run.begun(Promise.all(all));
  const ticks = [];
  for (const next of all) {
    run.clock.advance(100);
    ticks.push((await next).value?.tick);
  }
  expect(ticks).toEqual([0, 1, 2]);
});

describe("the options of sampleTcpTables", () => {
  test.each<[object, string]>([
    [{ every: 0.5 }, "every is a number of milliseconds from 1 up, not 0.5."],
    [{ every: Number.NaN }, "every is a number of milliseconds from 1 up, not NaN."],
    [{ every: Number.POSITIVE_INFINITY }, "every is a number of milliseconds from 1 up, not Infinity."],
    [{ every: "1s" }, 'every is a number of milliseconds from 1 up, not "1s".'],
    [{ worker: 1 }, "worker is true or false, not 1."],
    [{ events: "yes" }, 'events is true or false, not "yes".'],
    [{ names: null }, "names is true or false, not null."],
    [{ signal: {} }, "signal is of type AbortSignal, not an object."],
    [{ keyInterval: 0 }, "keyInterval is a whole number from 1 up, not 0."],
    [{ families: [] }, "families is an array with at least one of 4, 6, each once, not []."],
  ])("%j: %s", (options, message) => {
    expect(() => sampleTcpTables(options as SamplerOptions)).toThrow(new TypeError(`sampleTcpTables: ${message}`));
  });

  test("are known ones: a mistyped name is told with those that exist", () => {
    expect(() => sampleTcpTables({ evry: 5 } as SamplerOptions)).toThrow(
      'sampleTcpTables has no option "evry". The options are: every, where, families,',
    );
  });

  test("have a filter in the grammar", () => {
    expect(() => sampleTcpTables({ where: "sport = = 1" })).toThrow(FilterSyntaxError);
  });

  test("are a second, 5 ms for owners, ends and no names, unless said otherwise", () => {
    expect(settingsOf({})).toMatchObject({ every: 1000, ownerBudget: 5, events: true, names: false, where: undefined });
  });
});
