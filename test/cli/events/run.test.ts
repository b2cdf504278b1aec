import { PassThrough, Writable } from "node:stream";
import { describe, expect, test, vi } from "vitest";
import { introduction, type MomentSource, tellEvents } from "../../../src/cli/events.js";
import { type EventsOptions, interpretEvents } from "../../../src/cli/events-arguments.js";
import { closed, moment, NOON, opened, type ScriptedMoment } from "./moments.js";

const argumentsOf = (words = "", options: Partial<EventsOptions> = {}) =>
  interpretEvents(words.split(" "), { every: 1000, header: true, ...options });

/** Yields what a test gives it, when it gives it. */
class ScriptedSource implements MomentSource {
  /** How often the next moment was asked for. */
  asked = 0;
  isFinished = false;
  isReturned = false;
  readonly #ready: (ScriptedMoment | Error)[] = [];
  #wake = () => {};

  give(...moments: (ScriptedMoment | Error)[]): void {
    this.#ready.push(...moments);
    this.#wake();
  }

  /** As a sampler: one last moment. */
  finish(): void {
    this.isFinished = true;
    this.#wake();
  }

  async return() {
    this.isReturned = true;
    this.#wake();
    return { done: true as const, value: undefined };
  }

  async next(): Promise<IteratorResult<ScriptedMoment, undefined>> {
    this.asked++;
    const over = { done: true as const, value: undefined };
    while (this.#ready.length === 0) {
      if (this.isFinished || this.isReturned) return over;
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
    if (this.isReturned) return over;
    const next = this.#ready.shift() as ScriptedMoment | Error;
    if (next instanceof Error) throw next;
    return { done: false, value: next };
  }

  [Symbol.asyncIterator]() {
    return this;
  }
}

/** A reader that takes at once whatever comes. */
function reading(isTTY = false): { stream: Writable & { isTTY: boolean }; text: () => string } {
  const stream = Object.assign(new PassThrough(), { isTTY });
  let text = "";
  stream.setEncoding("utf8").on("data", (part: string) => {
    text += part;
  });
  return { stream, text: () => text };
}

/** Runs the command on a script that has ended. */
async function run(
  words: string,
  options: Partial<EventsOptions>,
  script: readonly (ScriptedMoment | Error)[],
  isTTY = false,
) {
  const source = new ScriptedSource();
  source.give(...script);
  source.finish();
  const [stdout, stderr] = [reading(), reading(isTTY)];
  const streams = { stdout: stdout.stream, stderr: stderr.stream };
  const code = await tellEvents(source, argumentsOf(words, options), streams).catch((error: Error) => error.message);
  return { code, stdout: stdout.text(), stderr: stderr.text() };
}

describe("what is printed of a run", () => {
  test("is each moment's events, and exit code 0", async () => {
    const { code, stdout, stderr } = await run("", { ndjson: true }, [
      moment([]),
      moment([opened()]),
      moment([]),
      moment([closed()]),
    ]);
    expect(stdout.split("\n").map((line) => line && JSON.parse(line).event)).toEqual(["opened", "closed", ""]);
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
  });

  test("is a whole JSON array, also where sampling fails in the middle", async () => {
    const { code, stdout } = await run("", { json: true }, [
      moment([]),
      moment([opened()]),
      new Error("no more tables"),
    ]);
    expect(JSON.parse(stdout)).toHaveLength(1);
    expect(code).toBe("no more tables");
  });

  test("is exit code 1 where a family could not be read at some time, although the other one was", async () => {
    const gap = { event: "gap", time: NOON, family: 6, reason: "no room" } as const;
    const { code, stdout } = await run("", { ndjson: true }, [moment([]), moment([gap]), moment([])]);
    expect(code).toBe(1);
    expect(JSON.parse(stdout)).toMatchObject({ event: "gap", reason: "no room" });
  });

  test("begins on a terminal with what is watched and what can't be seen, and only there", async () => {
    const blind = "This system does not tell of connections that live between two samples.";
    const script = [moment([], { blind }), moment([], { blind })];
    expect((await run("state close-wait", {}, script, true)).stderr).toBe(
      `tcptable: Watching TCP connections that match "state close-wait", a sample every 1 s, until Ctrl-C. ${blind}\n`,
    );
    expect((await run("state close-wait", {}, script)).stderr).toBe("");
  });

  test.each([
    ["", {}, "tcptable: Watching TCP connections, a sample every 1 s, until Ctrl-C."],
    [
      "",
      { every: 100, for: 90_000, ipv6: true },
      "tcptable: Watching TCP connections over IPv6, a sample every 100 ms, for 1m30s.",
    ],
  ] as const)("introduces %j with %j", (words, options, text) => {
    expect(introduction(argumentsOf(words, options))).toBe(text);
  });
});

test("--stats tells at the end how well it went", async () => {
  const { stderr } = await run("", { stats: true }, [
    moment([], { late: 0.5, sources: ["a table", "a table", "its ends"] }),
    moment([opened(), closed()], { monotonic: 1000, late: 0.2, skipped: 2, samples: 3, lost: 4, neverConnected: 5 }),
    moment([closed()], {
      monotonic: 4000,
      late: 12,
      blind: "Not all is seen.",
      sources: ["a table", "a table", "its ends"],
    }),
  ]);
  expect(stderr).toBe(
    `
source   a table
source   its ends
samples  5 in 4 s, 1.00 a second; one every 1 s was asked for
late     0.5 ms in the median, 12 ms at most
skipped  2 ticks, as this program was not called in time
merged   2 samples with the next one, as the reader was slow
events   1 opened, 2 closed, 0 changed
lost     4 ends, for which there was no room
unmade   5 sockets went without ever having been connected
unseen   Not all is seen.
`.trimStart(),
  );
});

test("--stats counts one of a kind in the singular", async () => {
  const { stderr } = await run("", { stats: true }, [
    moment([], { skipped: 1, samples: 2, lost: 1, neverConnected: 1, sources: ["a table"] }),
  ]);
  expect(stderr.split("\n").filter((line) => /^(skipped|merged|lost|unmade)/.test(line))).toEqual([
    "skipped  1 tick, as this program was not called in time",
    "merged   1 sample with the next one, as the reader was slow",
    "lost     1 end, for which there was no room",
    "unmade   1 socket went without ever having been connected",
  ]);
});

describe("how a run ends:", () => {
  test("--for asks for one last sample when its time is up, counted from the first", async () => {
    vi.useFakeTimers();
    try {
      const source = new ScriptedSource();
      const { stream } = reading();
      const ended = tellEvents(source, argumentsOf("", { for: 2500 }), { stdout: stream, stderr: reading().stream });
      await vi.advanceTimersByTimeAsync(5000);
      expect(source.isFinished).toBe(false);
      source.give(moment([]));
      await vi.advanceTimersByTimeAsync(2499);
      expect(source.isFinished).toBe(false);
      await vi.advanceTimersByTimeAsync(1);
      expect(source.isFinished).toBe(true);
      expect(await ended).toBe(0);
      expect(vi.getTimerCount()).toBe(0);
    } finally {
      vi.useRealTimers();
    }
  });

  test("a reader that goes ends the sampling at the next write, quietly", async () => {
    let writes = 0;
    const stdout = new Writable({
      write: (_chunk, _encoding, done) =>
        done(++writes > 1 ? Object.assign(new Error("write EPIPE"), { code: "EPIPE" }) : null),
    });
    const source = new ScriptedSource();
    source.give(moment([opened()]), moment([opened()]), moment([opened()]));
    const stderr = reading();
    expect(await tellEvents(source, argumentsOf("", { json: true }), { stdout, stderr: stderr.stream })).toBe(0);
    expect({ writes, isReturned: source.isReturned, stderr: stderr.text() }).toEqual({
      writes: 2,
      isReturned: true,
      stderr: "",
    });
  });

  test("and so does one that went while there was nothing to write", async () => {
    const source = new ScriptedSource();
    const { stream: stdout } = reading();
    const ended = tellEvents(source, argumentsOf("", { json: true }), { stdout, stderr: reading().stream });
    source.give(moment([]));
    await vi.waitFor(() => expect(source.asked).toBe(2));
    stdout.destroy();
    source.give(moment([opened()]));
    expect(await ended).toBe(0);
    expect(source.isReturned).toBe(true);
  });

  test("nothing listens to signals afterwards", async () => {
    const before = process.listenerCount("SIGINT");
    await run("", {}, [moment([])]);
    expect(process.listenerCount("SIGINT")).toBe(before);
  });
});

test("a slow reader is waited for: no moment is asked for before the one before is written", async () => {
  const source = new ScriptedSource();
  const stdout = new PassThrough({ highWaterMark: 16 });
  const ended = tellEvents(source, argumentsOf("", { ndjson: true }), { stdout, stderr: reading().stream });
  source.give(moment([opened()]), moment([opened()]), moment([opened()]));
  for (let turn = 0; turn < 50; turn++) await new Promise((resolve) => setImmediate(resolve));
  expect(source.asked).toBe(1);
  stdout.resume();
  source.finish();
  expect(await ended).toBe(0);
  expect(source.asked).toBe(4);
});
