import { expect, test } from "vitest";
import { built } from "../support/child.js";
import { COLLECTOR_OF, measureGarbage, SAMPLES, textsOf } from "../support/garbage.js";
import { encodeTable, type RawRow } from "../support/tables.js";

const row = (family: 4 | 6, n: number): RawRow => ({
  ...{ state: 5, localPort: 443, remotePort: 1000 + n, localScopeId: 0, remoteScopeId: 0, socketCookie: BigInt(n + 1) },
  ...(family === 4
    ? { localAddress: 0x0a000001, remoteAddress: 0x0a000100 + n }
    : { localAddress: [0, 0, 1, 1], remoteAddress: [0, 0, 2, n] }),
});
/** Fifty connections of a family, which stay as they are. */
const tablesOf = (family: 4 | 6) =>
  textsOf([
    encodeTable(
      Array.from({ length: 50 }, (_, n) => row(family, n)),
      family === 4 ? "LINUX_TCPTABLE" : "LINUX_TCP6TABLE",
    ),
  ]);

/** All that a sampler is made of, but for a clock that steps from tick to tick, and an operating system. */
const setUp = `
  import { createStory } from ${built("frames/index.js")};
  import { createFrameSource } from ${built("sampler/frame-source.js")};
  import { StorySampler } from ${built("sampler/sampler.js")};
  ${COLLECTOR_OF}
  const timer = { ref() {}, unref() {} };
  const clock = {
    now: 0.25, wait: 0, callback: undefined,
    monotonic: () => clock.now,
    wall: () => 1_700_000_000_000,
    after(milliseconds, callback) { clock.wait = milliseconds; clock.callback = callback; return timer; },
    repeat: () => timer,
    cancel() { clock.callback = undefined; },
    step() { clock.now += clock.wait; clock.callback(); },
  };
  const settings = { every: 100, where: undefined, engine: "wasm", keyInterval: undefined };
  const parts = () => ({
    clock,
    collectors: [
      { family: 4, collector: collectorOf("LINUX_TCPTABLE", ${tablesOf(4)}) },
      { family: 6, collector: collectorOf("LINUX_TCP6TABLE", ${tablesOf(6)}) },
    ],
  });`;

/** Bytes of the object that the engine makes of a fraction, such as a time, where it does not inline who returns it. */
const NUMBER = 16;

/** Bytes of a usual sample. The young generation is so large that all of them have room: no collection hides any. */
async function bytesOfSample(setUp: string, loop: string): Promise<number> {
  const { collections, allocated } = await measureGarbage({ setUp, loop, semiSpace: 64 });
  expect(collections).toBe(0);
  return allocated / (SAMPLES / 10);
}

test("a sample of tables in which nothing happens, told as a story, makes the object of one number at the most", async () => {
  const bytes = await bytesOfSample(
    `${setUp}
      const story = await createStory({ engine: "wasm" });
      let moment;
      const receiver = { receive(group) { moment = story.read(group.frames); }, fail(error) { throw error; } };
      const source = await createFrameSource(settings, receiver, parts());`,
    "source.request(); clock.step(); sum += moment.length + moment.opened + moment.closed + moment.changed;",
  );
  // One more byte for what asking for the sizes makes.
  expect(bytes).toBeLessThan(NUMBER + 1);
});

/** Bytes of the Promise that `next` returns, of what resolves it, and of what awaiting it takes: some 450 with Node 20. */
const PROMISE = 512;

test("a moment of the sampler's iteration makes what a Promise takes, and nothing else", async () => {
  const bytes = await bytesOfSample(
    `${setUp}
      const sampler = new StorySampler(settings, undefined, (receiver) => createFrameSource(settings, receiver, parts()));
      const first = sampler.next();
      while (!clock.callback) await new Promise((resolve) => setImmediate(resolve));
      clock.step();
      await first;`,
    "const next = sampler.next(); clock.step(); sum += (await next).value.length;",
  );
  expect(bytes).toBeLessThan(PROMISE);
  // Less would be none: then this measures nothing.
  expect(bytes).toBeGreaterThan(50);
});
