import { describe, expect, test } from "vitest";
import type { FrameGroup } from "../../src/sampler/frame-group.js";
import { createFrameSource } from "../../src/sampler/frame-source.js";
import { StorySampler } from "../../src/sampler/sampler.js";
import { TableCollector } from "../support/table-collector.js";
import type { RawRow } from "../support/tables.js";
import { ScriptedClock } from "./scripted-clock.js";

const EVERY = 10_000;

function row(localPort: number): RawRow {
  return { state: 5, localAddress: 0x7f000001, localPort, remoteAddress: 0x7f000001, remotePort: 80 };
}

/** A sampler of scripted tables on a scripted clock. */
function sampled() {
  const clock = new ScriptedClock();
  const collector = new TableCollector("MIB_TCPTABLE");
  const settings = { every: EVERY, where: undefined, engine: "plain" as const, keyInterval: undefined };
  const sampler = new StorySampler(settings, undefined, (receiver) =>
    createFrameSource(settings, receiver, { collectors: [{ family: 4, collector }], clock }),
  );
  /** Lets what has been opened and asked for happen. */
  const settle = async () => {
    for (let turn = 0; turn < 20; turn++) await new Promise((resolve) => setImmediate(resolve));
  };
  const next = async () => {
    const answer = sampler.next();
    // What it is made of may have to be loaded first.
    while (clock.timers === 0) await new Promise((resolve) => setImmediate(resolve));
    clock.advance(1);
    return answer;
  };
  return { clock, collector, sampler, next, settle };
}

describe("a sampler that is to finish", () => {
  test("samples at once for who waits, long before the next tick, and then is over with nothing left open", async () => {
    const { clock, collector, sampler, next, settle } = sampled();
    expect((await next()).done).toBe(false);
    const last = sampler.next();
    clock.advance(1234);
    collector.rows = [row(1)];
    sampler.finish();
    clock.advance(1);
    const { done, value } = await last;
    expect({ done, opened: value?.opened, late: value?.late, tick: value?.tick }).toEqual({
      ...{ done: false, opened: 1, late: 0, tick: 1 },
    });
    expect(value?.monotonic).toBeLessThan(EVERY / 2);
    expect(await sampler.next()).toEqual({ done: true, value: undefined });
    await settle();
    expect({ closed: collector.closed, timers: clock.timers }).toEqual({ closed: 1, timers: 0 });
  });

  test("samples for who asks later, with what was sampled meanwhile merged in it", async () => {
    const { clock, collector, sampler, next } = sampled();
    await next();
    sampler.finish();
    collector.rows = [row(1)];
    clock.advance(EVERY);
    collector.rows = [row(1), row(2)];
    const last = sampler.next();
    clock.advance(1);
    const { value } = await last;
    expect({ opened: value?.opened, samples: value?.samples }).toEqual({ opened: 2, samples: 2 });
    expect((await sampler.next()).done).toBe(true);
  });

  test("gives the first moment as the last, where nobody has had one", async () => {
    const { sampler, next } = sampled();
    sampler.finish();
    const { done, value } = await next();
    expect({ done, isBaseline: value?.isBaseline }).toEqual({ done: false, isBaseline: true });
    expect((await sampler.next()).done).toBe(true);
  });

  test("stays over where it is over already", async () => {
    const { sampler, next } = sampled();
    await next();
    await sampler.return();
    sampler.finish();
    expect((await sampler.next()).done).toBe(true);
  });
});

test("only the last group of a source says that it is the last", async () => {
  const clock = new ScriptedClock();
  const groups: boolean[] = [];
  const receiver = { receive: ({ isLast }: FrameGroup) => void groups.push(isLast), fail: () => {} };
  const collector = new TableCollector("MIB_TCPTABLE");
  const settings = { every: EVERY, where: undefined, engine: "plain" as const, keyInterval: undefined };
  const source = await createFrameSource(settings, receiver, { collectors: [{ family: 4, collector }], clock });
  source.request();
  clock.advance(1);
  source.request();
  source.finish();
  clock.advance(1);
  await source.close();
  expect(groups).toEqual([false, true]);
});
