import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import { timeOf } from "../../frames/story-frames.js";
import { row } from "../../support/busy-ticks.js";
import { describeWith, operatingSystem } from "../../support/needs.js";
import { BROWSERS, ViewerBrowser, type Visit } from "./pages.js";
import { hostileRecording, plainRecording, ROWS } from "./recordings.js";

const AXE = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
const CLOSE_WAIT = ROWS / 3;

describeWithEach((browserOf) => {
  let browser: ViewerBrowser;
  let plain: string;
  let hostile: string;
  let visit: Visit;
  let bytes: Uint8Array;
  beforeAll(async () => {
    browser = await browserOf();
    bytes = await plainRecording();
    plain = browser.serve("plain.mcap", bytes);
    hostile = browser.serve("hostile.mcap", await hostileRecording());
  });
  afterEach(async () => {
    await visit?.close();
  });
  afterAll(() => browser?.close());

  const open = async (fragment = "") => {
    visit = await browser.visit(fragment);
    return visit;
  };
  /** The page as a link to the recording opens it. */
  const openPlain = async (more = "") => {
    await open(`file=${plain}${more}`);
    await visit.rows(more.includes("where=") ? CLOSE_WAIT : ROWS);
  };
  const port = (shown: string | undefined) => Number(/:(4\d{4})\b/.exec(shown ?? "")?.[1]);

  test("a recording that is dropped is shown, and nothing is asked of any other server", async () => {
    await open();
    await visit.drop(plain, "mailed.mcap");
    const rows = await visit.rows(ROWS);
    expect(rows.join("\n")).toContain("nginx");
    expect(rows.join("\n")).toContain("10.0.0.1");
    expect(await visit.page.evaluate(() => document.querySelector("[title='mailed.mcap']") !== null)).toBe(true);
    expect(visit.requests.filter((url) => !url.startsWith(browser.address) && !/^(data|blob):/.test(url))).toEqual([]);
    expect(visit.troubles).toEqual([]);
  });

  test("a filter leaves the rows that match; a mistake is told, and the rows stay", async () => {
    await openPlain();
    await visit.type("state close-wait");
    expect((await visit.rows(CLOSE_WAIT)).every((shown) => shown.includes("CLOSE-WAIT"))).toBe(true);
    await visit.page.focus("input[role=combobox]");
    await visit.page.keyboard.press("End");
    await visit.page.keyboard.type(" and bogus");
    await visit.until(() => document.querySelector("[role=combobox][aria-invalid=true]") !== null, "mistake");
    const told = await visit.until(() => {
      const id = document.querySelector("[role=combobox]")?.getAttribute("aria-describedby");
      const text = id ? document.getElementById(id)?.innerText : undefined;
      // While letters are typed, it is about the word so far.
      return text?.includes("bogus") ? text : undefined;
    }, "description of the mistake");
    expect(told).toContain("bogus");
    await visit.rows(CLOSE_WAIT);
    await visit.type("");
    await visit.rows(ROWS);
    expect(visit.troubles).toEqual([]);
  });

  test("a click on a heading sorts by it, another one the other way round", async () => {
    await openPlain(`&at=${new Date(timeOf(30)).toISOString()}`);
    const remotePort = () => {
      const heads = [...document.querySelectorAll<HTMLElement>("[role=grid] [role=columnheader]")];
      const head = heads.filter((one) => one.innerText.includes("port")).at(-1);
      (head?.querySelector("button") ?? head)?.click();
      return head !== undefined;
    };
    await visit.until(remotePort, "heading of remote ports");
    await visit.until(() => location.hash.includes("sort="), "order in the link");
    const ports = async () => (await visit.rows(ROWS)).slice(0, 5).map(port);
    const wanted = [row(0), row(1), row(2), row(3), row(4)].map(({ remotePort }) => remotePort);
    await expect.poll(ports, { timeout: 20_000 }).toEqual(wanted);
    await visit.until(remotePort, "heading of remote ports");
    await expect.poll(async () => (await ports())[0], { timeout: 20_000 }).toBe(row(ROWS - 1).remotePort);
    expect(visit.troubles).toEqual([]);
  });

  test("arrow keys go from sample to sample, and + zooms", async () => {
    await openPlain(`&at=${new Date(timeOf(30)).toISOString()}`);
    await visit.page.focus("[role=slider][aria-label=Moment]");
    await visit.page.keyboard.press("Home");
    await expect.poll(async () => (await visit.link()).get("at"), { timeout: 20_000 }).toContain("2023-11-14T22:13:20");
    await visit.page.keyboard.press("+");
    const span = async () => {
      const link = await visit.link();
      return Date.parse(link.get("to") ?? "") - Date.parse(link.get("from") ?? "");
    };
    await expect.poll(span, { timeout: 20_000 }).toBeLessThan(119_000);
    expect(await span()).toBeGreaterThan(0);
    expect(visit.troubles).toEqual([]);
  });

  test("the timeline's table for screen readers has a number of rows for every step of a short recording", async () => {
    await openPlain();
    // The summaries may come in parts.
    const told = await visit.until(() => {
      const cells = [...document.querySelectorAll("table td:nth-of-type(1)")].map((cell) => cell.textContent ?? "");
      return cells.length > 50 && !cells.includes("no samples") ? cells : undefined;
    }, "table without holes");
    expect([...new Set(told)]).toEqual([String(ROWS)]);
    expect(told.length).toBeLessThanOrEqual(60);
    expect(visit.troubles).toEqual([]);
  });

  test("a search through the whole recording lists every connection, and a file of them can be saved", async () => {
    await openPlain();
    await visit.page.keyboard.press("s");
    await visit.until(
      () => document.querySelector("[role=grid][aria-label='Lives of connections']") !== null,
      "list of lives",
    );
    await visit.rows(ROWS + 1);
    await visit.page.keyboard.press("e");
    await visit.until(() => document.body.innerText.includes("Saved "), "word of the saved file");
    expect(visit.troubles).toEqual([]);
  });

  test("a link restores file, moment, filter, order and window", async () => {
    const at = new Date(timeOf(90)).toISOString();
    const words = new URLSearchParams({
      at,
      from: new Date(timeOf(80)).toISOString(),
      to: new Date(timeOf(100)).toISOString(),
      where: "state close-wait",
      sort: "-remotePort",
    });
    await openPlain(`&${words}`);
    const rows = await visit.rows(CLOSE_WAIT);
    // The one that came after a minute is there.
    expect(port(rows[0])).toBe(row(500).remotePort);
    expect(await visit.page.evaluate(() => document.querySelector<HTMLInputElement>("[role=combobox]")?.value)).toBe(
      "state close-wait",
    );
    await visit.until(() => location.hash.includes("where="), "filter in the link");
    const link = await visit.link();
    expect([link.get("where"), link.get("sort")]).toEqual(["state close-wait", "-remotePort"]);
    expect([Date.parse(link.get("from") ?? ""), Date.parse(link.get("to") ?? "")]).toEqual([timeOf(80), timeOf(100)]);
    expect(visit.troubles).toEqual([]);
  });

  test("a recording that was cut is shown as far as it is intact, and says so", async () => {
    const cut = browser.serve("cut.mcap", bytes.subarray(0, Math.floor(bytes.length * 0.6)));
    await open(`file=${cut}`);
    await visit.rows(ROWS);
    const notice = await visit.until(
      () =>
        [...document.querySelectorAll<HTMLElement>("[role=status]")].find((one) => one.innerText.includes("intact"))
          ?.innerText,
      "notice",
    );
    expect(notice).toContain("Save what is intact");
    expect(visit.troubles).toEqual([]);
  });

  test("what is no recording is told in one sentence", async () => {
    const other = browser.serve("other.mcap", new TextEncoder().encode("%PDF-1.7 and so on, page after page"));
    await open(`file=${other}`);
    const told = await visit.until(() => document.querySelector<HTMLElement>("[role=alert]")?.innerText, "alert");
    expect(told).toContain("no recording");
    expect(visit.troubles).toEqual([]);
  });

  test("markup in names and metadata is text, and characters that turn a line around are shown as numbers", async () => {
    await open(`file=${hostile}`);
    const rows = await visit.rows(3);
    expect(rows.join("\n")).toContain("\\u202e<img src=x");
    expect(
      await visit.page.evaluate(
        () => document.querySelectorAll("img, script:not([src]), svg[onload], [onerror]").length,
      ),
    ).toBe(0);
    const text = await visit.page.evaluate(() => document.body.innerText + document.title);
    expect([text.includes("\u202e"), text.includes("\u0007")]).toEqual([false, false]);
    expect(visit.troubles).toEqual([]);
  });

  test.each([
    ["the empty page", "", 0],
    ["a moment", "file", ROWS],
  ])("axe finds nothing serious: %s", async (_, what, count) => {
    await open(what && `file=${plain}`);
    if (count > 0) await visit.rows(count);
    else await visit.until(() => document.querySelector("main button") !== null, "empty page");
    await visit.page.evaluate(AXE);
    const found = await visit.page.evaluate(async () => {
      const { axe } = globalThis as unknown as { axe: typeof import("axe-core") };
      const { violations } = await axe.run();
      return violations
        .filter(({ impact }) => impact === "serious" || impact === "critical")
        .map(
          ({ id, nodes }) =>
            `${id}: ${nodes.map(({ html, failureSummary }) => `${html.slice(0, 150)} ${failureSummary}`).join("; ")}`,
        );
    });
    expect(found).toEqual([]);
  });
});

function describeWithEach(body: (open: () => Promise<ViewerBrowser>) => void): void {
  for (const kind of BROWSERS)
    describeWith([operatingSystem("linux"), kind.requirement], `the viewer in ${kind.name}`, () =>
      body(() => ViewerBrowser.open(kind)),
    );
}
