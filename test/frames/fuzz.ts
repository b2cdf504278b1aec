// npm run fuzz:frames -- --count 10000000 --seed 1
import { parseArgs } from "node:util";
import { readMutations } from "./mutations.js";

const { values } = parseArgs({ options: { count: { type: "string" }, seed: { type: "string" } } });
const count = Number(values.count ?? 1_000_000);
const seed = Number(values.seed ?? 1);
if (!Number.isSafeInteger(count) || count < 1 || !Number.isSafeInteger(seed))
  throw new Error("--count and --seed are whole numbers.");

/** Frames from one line of figures to the next. Each share has frames, mutations and readers of its own. */
const SHARE = 250_000;
let refused = 0;
let read = 0;
let told = 0;
for (let done = 0; done < count; done += SHARE) {
  const tally = await readMutations(Math.min(SHARE, count - done), seed + done / SHARE);
  refused += tally.refused;
  read += tally.read;
  told += tally.told;
  console.log(
    `${done + tally.frames} frames: ${refused} refused, ${read} tables read, ${told} beside them, none wrong, ${process.memoryUsage().rss >> 20} MiB`,
  );
}
