import { describe, expect, test, vi } from "vitest";
import { createFrameSource } from "../../src/sampler/frame-source.js";
import { UnsupportedSystemError } from "../../src/system/errors.js";
import { TableCollector } from "../support/table-collector.js";
import { ScriptedClock } from "./scripted-clock.js";
import { connection, ScriptedEnds } from "./scripted-sampler.js";

async function open() {
  const clock = new ScriptedClock();
  const [ipv4, ends] = [new TableCollector("LINUX_TCPTABLE"), new ScriptedEnds()];
  const receiver = { receive: vi.fn(), fail: vi.fn() };
  const settings = { every: 100, where: undefined, engine: "plain", keyInterval: undefined } as const;
  const collectors = [{ family: 4, collector: ipv4 } as const];
  const source = await createFrameSource(settings, receiver, { collectors, clock, openEnds: () => ends });
  return { clock, ipv4, ends, receiver, source };
}

describe("a source of frames", () => {
  test("tells how long collecting took, and not how long it waited", async () => {
    const { clock, ipv4, receiver, source } = await open();
    ipv4.rows = () => {
      clock.block(7);
      return [connection(1)];
    };
    source.request();
    clock.advance(1);
    expect(receiver.receive.mock.lastCall?.[0]).toMatchObject({ duration: 7, late: 0 });
  });

  test("that fails for good has given everything back when it says so, whatever its receiver does", async () => {
    const { clock, ipv4, ends, receiver, source } = await open();
    const error = new UnsupportedSystemError("not here");
    ipv4.rows = error;
    receiver.fail.mockImplementation(() => expect([ipv4.closed, ends.closed, clock.timers]).toEqual([1, 1, 0]));
    source.request();
    clock.advance(1);
    expect(receiver.fail.mock.calls).toEqual([[error]]);
    expect([ipv4.closed, ends.closed, clock.timers]).toEqual([1, 1, 0]);
  });

  test("makes nothing once it is closed, whatever is asked for, and is closed once", async () => {
    const { clock, ipv4, ends, receiver, source } = await open();
    source.request();
    await source.close();
    await source.close();
    source.request();
    source.finish();
    clock.advance(1000);
    expect(receiver.receive).not.toHaveBeenCalled();
    expect([ipv4.closed, ends.closed, clock.timers]).toEqual([1, 1, 0]);
  });
});
