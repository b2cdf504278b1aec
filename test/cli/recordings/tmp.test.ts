import { test } from "vitest";
import { record } from "./recorded.js";

test("make", async () => {
  await record("/tmp/rec-replay.mcap");
});
