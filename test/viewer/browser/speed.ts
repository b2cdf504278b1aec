/** How soon the page shows the one-hour recording: printed, not asserted. */
import { BlobFile } from "../../../src/viewer/worker/blob-file.js";
import { HOUR, writeHour } from "../hour-recording.js";
import { BROWSERS, ViewerBrowser } from "./pages.js";

const written = new BlobFile();
await writeHour(written, Number(process.argv[2] ?? HOUR.samples));
const bytes = new Uint8Array(await written.blob("").arrayBuffer());
for (const kind of BROWSERS) {
  if (!kind.requirement.present) continue;
  const browser = await ViewerBrowser.open(kind);
  const address = browser.serve("hour.mcap", bytes);
  for (let turn = 0; turn < 2; turn++) {
    const start = performance.now();
    const visit = await browser.visit(`file=${address}`);
    await visit.until(() => document.querySelector("canvas") !== null, "frame");
    const frame = performance.now() - start;
    await visit.rows(HOUR.rows).catch(() => undefined);
    const rows = performance.now() - start;
    console.log(
      `${kind.name}: frame ${frame.toFixed(0)} ms, rows and moment ${rows.toFixed(0)} ms (first picture: 1000)`,
    );
    const troubles = visit.troubles.join("; ");
    if (troubles) console.log(troubles);
    await visit.close();
  }
  await browser.close();
}
