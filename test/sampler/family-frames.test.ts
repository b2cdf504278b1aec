import { describe, expect, test } from "vitest";
import type { FrameWriter } from "../../src/frames/index.js";
import { FamilyFrames } from "../../src/sampler/family-frames.js";
import { SystemEnds } from "../../src/sampler/system-ends.js";
import type { Collection, OpenedCollector, RawBuffer } from "../../src/system/contract.js";
import { TableCollector } from "../support/table-collector.js";
import { connection, ScriptedEnds, ScriptedSampler } from "./scripted-sampler.js";

/** A table whose sockets several processes hold. */
class SharedCollector extends TableCollector {
  sharedOwners = new Uint32Array(0);

  override collect(into: RawBuffer): Collection {
    return { ...super.collect(into), sharedOwners: this.sharedOwners };
  }
}

describe("the frames of a family", () => {
  test("say how often the table was tried, and whether its ends are told", async () => {
    const ends = new ScriptedEnds();
    const [with_, without] = [new ScriptedSampler({ openEnds: () => ends }), new ScriptedSampler()];
    const told = (await with_.next()).changes.map(({ attempts, endsAreTold }) => [attempts, endsAreTold]);
    expect(told).toEqual([
      [2, true],
      [2, true],
    ]);
    expect((await with_.next()).changes[0]?.attempts).toBe(3);
    expect((await without.next()).changes.map(({ endsAreTold }) => endsAreTold)).toEqual([false, false]);
    ends.coming = new Error("no more");
    expect((await with_.next()).changes.map(({ endsAreTold }) => endsAreTold)).toEqual([false, false]);
  });

  test("tell all owners of a shared socket, so that a filter by any of them finds it", async () => {
    const collector = new SharedCollector("LINUX_TCPTABLE");
    const run = new ScriptedSampler({
      where: "pid = 900",
      collectors: [{ family: 4, collector: collector as OpenedCollector }],
    });
    await run.next();
    collector.rows = [connection(1, { owningPid: 5 }), connection(2, { owningPid: 5 })];
    collector.sharedOwners = Uint32Array.of(1, 5, 1, 900);
    const moment = await run.next();
    expect([...moment.events()]).toMatchObject([{ event: "opened", row: { localPort: 2, owningPids: [5, 900] } }]);
    collector.sharedOwners = new Uint32Array(0);
    collector.rows = [...(collector.rows as []), connection(3, { owningPid: 5 })];
    expect((await run.next()).changes[0]?.sharedOwners).toHaveLength(0);
  });

  test("tell what skipped samples have seen come and go, and the kernel's ends, in one tick", async () => {
    const ends = new ScriptedEnds();
    const run = new ScriptedSampler({ openEnds: () => ends });
    await run.next();
    run.ipv4.rows = [connection(2)];
    run.clock.advance(100);
    run.ipv4.rows = [];
    ends.coming = [connection(9, { state: 1 })];
    const first = [...(await run.next()).events()];
    expect(first).toMatchObject([
      { event: "closed", sampled: false, row: { localPort: 9 } },
      { event: "opened", sampled: true, row: { localPort: 2 } },
    ]);
    expect([...(await run.next()).events()]).toMatchObject([{ event: "closed", row: { localPort: 2 } }]);
  });

  test("tell ends that were lost where none was heard of", async () => {
    const ends = new ScriptedEnds();
    const run = new ScriptedSampler({ openEnds: () => ends });
    await run.next();
    ends.lost = 2;
    expect(await run.next()).toMatchObject({ lost: 2, closed: 0 });
  });

  test("tell connections that there was no room for among the skipped ones as lost, also where none is remembered", () => {
    const collector = new TableCollector("LINUX_TCPTABLE");
    const none = { layout: "LINUX_TCPTABLE", length: 0, rows: new Uint8Array(4), records: new Uint8Array(0) };
    const lost: number[] = [];
    const writer = {
      reserve: (length: number) => new Uint8Array(length),
      skip: () => none,
      skippedLost: 3,
      write: () => new Uint8Array(1),
      writeEnds: (input: { readonly lost: number }) => {
        lost.push(input.lost);
        return new Uint8Array(1);
      },
    };
    const frames = new FamilyFrames({ family: 4, collector }, writer as unknown as FrameWriter, undefined);
    const [at, ends] = [{ tick: 0, time: 0, monotonic: 0 }, new SystemEnds(undefined)];
    for (const isMerged of [true, true]) {
      frames.collect();
      frames.writeInto([], 0, at, ends, 0, isMerged);
    }
    // The first table of a stream has nothing that it could be compared with.
    expect(lost).toEqual([3]);
  });
});
