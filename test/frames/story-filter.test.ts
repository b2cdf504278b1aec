import { describe, expect, test } from "vitest";
import { CLOSE_WAIT, end, FIN_WAIT1, row, told } from "./story-told.js";

describe.each(["wasm", "plain"] as const)("a story with a filter, %s engine,", (engine) => {
  test("looks at states and owners before and after, where a filter speaks of them", async () => {
    const ticks = [
      { rows: [row(1), row(2, CLOSE_WAIT), row(3)] },
      { rows: [row(1, CLOSE_WAIT), row(2, 10), row(3, FIN_WAIT1), row(4), row(5, CLOSE_WAIT)] },
      { rows: [row(3, FIN_WAIT1), row(4)], ends: [end(1), end(2), end(5), end(6)] },
    ];
    expect(await told(engine, ticks, { where: "state close-wait" })).toEqual([
      [],
      ["changed 1 ESTABLISHED→CLOSE-WAIT", "changed 2 CLOSE-WAIT→LAST-ACK", "opened 5 CLOSE-WAIT"],
      ["closed 1 CLOSE-WAIT sent 10 at 0", "closed 5 CLOSE-WAIT sent 50 at 0"],
    ]);
    expect(await told(engine, ticks, { where: "pid = 104 or pid = 105" })).toEqual([
      [],
      ["opened 4 ESTABLISHED", "opened 5 CLOSE-WAIT"],
      ["closed 5 CLOSE-WAIT sent 50 at 0"],
    ]);
    expect(await told(engine, ticks, { where: "sport = :1006" })).toEqual([
      [],
      [],
      ["closed 6 CLOSED unsampled sent 60 at 0"],
    ]);
  });

  test("finds a shared socket by any of its owners, and what waits by the owner that it had", async () => {
    const ticks = [
      { rows: [row(1)] },
      { rows: [row(1), row(2), row(3)], sharedOwners: Uint32Array.of(0, 900, 1, 800, 1, 900) },
      { rows: [row(1), row(3)] },
      { rows: [row(1), row(3)] },
    ];
    expect(await told(engine, ticks, { where: "pid = 900" })).toEqual([
      [],
      ["opened 2 ESTABLISHED"],
      [],
      ["closed 2 ESTABLISHED at 3000"],
    ]);
  });
});
