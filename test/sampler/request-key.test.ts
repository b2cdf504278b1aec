import { expect, test } from "vitest";
import type { FrameGroup } from "../../src/sampler/frame-group.js";
import { createFrameSource } from "../../src/sampler/frame-source.js";
import { TableCollector } from "../support/table-collector.js";
import { ScriptedClock } from "./scripted-clock.js";
import { connection, ScriptedNames } from "./scripted-sampler.js";

test("a frame source that is asked for key frames has them in the next group, with all names, and once; a family with a gap has its one when it is read again", async () => {
  const clock = new ScriptedClock();
  const [ipv4, ipv6] = [new TableCollector("LINUX_TCPTABLE"), new TableCollector("LINUX_TCP6TABLE")];
  // Large enough for deltas to be smaller.
  ipv4.rows = Array.from({ length: 20 }, (_, at) => connection(1000 + at, { owningPid: 7 }));
  ipv6.rows = Array.from({ length: 20 }, (_, at) => ({
    ...connection(1000 + at, { owningPid: 7 }),
    localAddress: [0, 0, 0, 1] as const,
    remoteAddress: [0, 0, 0, 1] as const,
  }));
  const names = new ScriptedNames();
  names.processes.set(7, { name: "nginx", start: 1 });
  const kinds: number[][] = [];
  const source = await createFrameSource(
    { every: 100, where: undefined, engine: "plain", keyInterval: 1000 },
    {
      receive: ({ frames }: FrameGroup) => {
        kinds.push(frames.map((frame) => frame[6] as number));
        source.request();
      },
      fail: (error) => {
        throw error;
      },
    },
    {
      collectors: [
        { family: 4, collector: ipv4 },
        { family: 6, collector: ipv6 },
      ],
      names,
      clock,
    },
  );
  source.request();
  clock.advance(150);
  const rows = ipv6.rows;
  ipv6.rows = new Error("not now");
  source.requestKey();
  clock.advance(100);
  ipv6.rows = rows;
  clock.advance(200);
  await source.close();
  const [names5, key, delta, gap] = [5, 1, 2, 4];
  expect(kinds).toEqual([
    [names5, key, names5, key],
    [delta, delta],
    [names5, key, gap],
    [delta, names5, key],
    [delta, delta],
  ]);
});
