// Tells which connections of a recording ever matched a filter, each with its life:
// node lives-in-recording.mjs night.mcap "state close-wait"
import { openFileReadable } from "tcptable";
import { openCapture } from "tcptable/capture";

const [path, filter = "state close-wait"] = process.argv.slice(2);
const file = await openFileReadable(path);
const capture = await openCapture(file);
const { count, lives } = await capture.scan(filter);
for (const { row, firstSeen, lastSeen, isOlder, isAlive } of lives) {
  const times = [firstSeen, lastSeen].map((time) => new Date(time).toISOString());
  console.log(
    `${row.localAddress}:${row.localPort} → ${row.remoteAddress}:${row.remotePort}`,
    `from ${isOlder ? "before " : ""}${times[0]} to ${isAlive ? "after " : ""}${times[1]}`,
  );
}
console.log(`${count} of them in ${capture.samples} samples`);
// Damaged, or still being written: what is intact was read.
if (!capture.intact.complete) console.error(`The recording is not whole: ${capture.intact.reason}.`);
await capture.close();
await file.close();
