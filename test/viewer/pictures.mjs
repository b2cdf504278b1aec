// Takes pictures of the viewer in all its states, beside the design: node test/viewer/pictures.mjs <folder> [state…]

import { mkdir, readFile, writeFile } from "node:fs/promises";
import { createServer } from "node:http";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import puppeteer from "puppeteer-core";
import send from "send";

const root = fileURLToPath(new URL("../../", import.meta.url));
const [folder = `${root}build/pictures`, ...wanted] = process.argv.slice(2);
await mkdir(folder, { recursive: true });
await build({
  entryPoints: [`${root}test/viewer/story-recording.ts`],
  bundle: true,
  platform: "node",
  format: "esm",
  logLevel: "warning",
  outfile: `${root}build/story-recording.mjs`,
});
const recording = `${folder}/web-14.mcap`;
const broken = `${folder}/broken.mcap`;
const { recordStory } = await import(`${root}build/story-recording.mjs`);
const whole = await readFile(recording).catch(async () => {
  const { bytes } = await recordStory();
  await writeFile(recording, bytes);
  return bytes;
});
await writeFile(broken, whole.subarray(0, Math.floor(whole.length * 0.69)));
const server = createServer((request, response) => {
  const { pathname } = new URL(request.url ?? "/", "http://127.0.0.1");
  const isRecording = pathname.endsWith(".mcap");
  send(request, pathname, { root: isRecording ? folder : `${root}dist/viewer` }).pipe(response);
});
await new Promise((listening) => server.listen(0, "127.0.0.1", listening));
const page = `http://127.0.0.1:${server.address().port}/index.html`;
const at = (clock) => `at=2026-11-23T${clock}Z`;
const zoom = "from=2026-11-23T02:04:00Z&to=2026-11-23T02:24:00Z";
const file = "file=/web-14.mcap&since=1000ms";
const STATES = {
  empty: "",
  main: `${file}&${at("02:12:07")}&${zoom}&where=dst+10.2.3.4:5432&sort=-localPort`,
  error: `${file}&${at("02:12:07")}&${zoom}&where=dst+10.2.3.4:5432`,
  broken: `file=/broken.mcap`,
  groups: `${file}&${at("02:14:30")}&${zoom}&where=exclude+listening&group=remoteAddress`,
  who: `${file}&${at("02:16:12")}&${zoom}&where=state+close-wait&group=process`,
  scan: `${file}&${at("02:12:07")}&where=dst+10.2.3.4:5432&scope=recording`,
  help: `${file}&${at("02:12:07")}&${zoom}&where=dst+10.2.3.4:5432`,
  failure: "file=/nothing.mcap",
};
const ACTIONS = {
  main: async (tab, narrow) => {
    await tab.waitForSelector("#row-4 .st");
    await tab.click(narrow ? "#row-2" : "#row-12");
  },
  error: async (tab) => {
    await tab.waitForSelector("#row-4 .st");
    await tab.focus("#filter");
    await tab.keyboard.press("End");
    await tab.keyboard.type(" and dprot");
  },
  groups: async (tab) => {
    await tab.waitForSelector("#row-0");
    await tab.click("#row-0");
    const chart = await (await tab.waitForSelector(".chart")).boundingBox();
    await tab.mouse.move(chart.x + chart.width / 5, chart.y + 100);
  },
  help: async (tab) => {
    await tab.waitForSelector("#row-4 .st");
    await tab.keyboard.press("?");
  },
};
const browser = await puppeteer.launch({
  executablePath: "/usr/bin/chromium",
  args: ["--no-sandbox", "--force-color-profile=srgb"],
});
for (const [state, link] of Object.entries(STATES)) {
  if (wanted.length > 0 && !wanted.includes(state)) continue;
  for (const [width, height, size] of [
    [1440, 900, "wide"],
    [390, 844, "narrow"],
  ]) {
    const tab = await browser.newPage();
    tab.on("pageerror", (error) => console.log(state, size, "page error:", error.message));
    tab.on(
      "console",
      (message) => ["error", "warn"].includes(message.type()) && console.log(state, size, message.text()),
    );
    await tab.emulateTimezone("Europe/Berlin");
    await tab.setViewport({
      width,
      height,
      deviceScaleFactor: size === "narrow" ? 2 : 1,
      isMobile: size === "narrow",
      hasTouch: size === "narrow",
    });
    for (const theme of ["light", "dark"]) {
      await tab.emulateMediaFeatures([{ name: "prefers-color-scheme", value: theme }]);
      if (theme === "light") {
        await tab.goto(link ? `${page}#${link}` : page);
        try {
          await ACTIONS[state]?.(tab, size === "narrow");
        } catch (error) {
          console.log(state, size, String(error));
        }
        await new Promise((rest) => setTimeout(rest, 1500));
      } else await new Promise((rest) => setTimeout(rest, 300));
      await tab.screenshot({ path: `${folder}/${state}-${size}-${theme}.png` });
    }
    await tab.close();
  }
}
await browser.close();
server.close();
