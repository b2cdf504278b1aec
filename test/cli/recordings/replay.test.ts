import { spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync, writeFileSync } from "node:fs";
import { Writable } from "node:stream";
import { setImmediate } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { tellEvents } from "../../../src/cli/events.js";
import { interpretEvents } from "../../../src/cli/events-arguments.js";
import { withRecording } from "../../../src/cli/recording.js";
import { parseRecordingsLine } from "../../../src/cli/recordings-line.js";
import { replayEvents, wantedEvents } from "../../../src/cli/replay-events.js";
import type { TcpRow } from "../../../src/decoder/table/row.js";
import type { ConnectionEvent } from "../../../src/frames/index.js";
import { ScriptedClock } from "../../sampler/scripted-clock.js";
import { COMMAND, tcptable } from "../command.js";
import { changed, closed, opened } from "../events/moments.js";
import { Folder, liveSource, record, START } from "./recorded.js";

const folder = new Folder();
const FILE = folder.file("machine.mcap");
const WITHOUT_OWNERS = folder.file("without-owners.mcap");

beforeAll(async () => {
  await record(FILE);
  await record(WITHOUT_OWNERS, { owner: "" });
});
afterAll(() => folder[Symbol.dispose]());

const rowsOf = (...words: string[]) => JSON.parse(tcptable(["replay", FILE, "--json", ...words]).stdout) as TcpRow[];
const portsOf = (...words: string[]) => rowsOf(...words).map(({ localPort }) => localPort);

describe("tcptable replay shows the connections", () => {
  test("at the end, unless a time is named", () => {
    expect(portsOf()).toEqual([443, 40002, 40003, 22]);
    expect(portsOf("--at", "end")).toEqual([443, 40002, 40003, 22]);
  });

  test.each([
    ["start", [443, 40001, 22]],
    ["+1s", [443, 40001, 40002, 22]],
    ["23:13:21.001", [443, 40001, 40002, 22]],
    // The last sample that is not later.
    ["23:13:22", [443, 40001, 40002, 22]],
    ["2023-11-14T22:13:20.5Z", [443, 40001, 22]],
    ["23:13", "not in the recording"],
    ["23:20", "not in the recording"],
  ])("at %s", (time, ports) => {
    if (typeof ports !== "string") return expect(portsOf("--at", time)).toEqual(ports);
    const { code, stdout, stderr } = tcptable(["replay", FILE, "--at", time]);
    expect({ code, stdout }).toEqual({ code: 2, stdout: "" });
    expect(stderr).toBe(
      `tcptable: --at ${time} is not in the recording. It goes from 2023-11-14T23:13:20.001+01:00 to 2023-11-14T23:13:34.001+01:00 (Europe/Berlin).\n`,
    );
  });

  test("as the live command prints a table, with owners and names", () => {
    expect(tcptable(["replay", FILE, "--at", "+3s", "-p"])).toEqual({
      code: 0,
      stdout: `\
State        Local Address:Port   Remote Address:Port  PID/Program
LISTEN             0.0.0.0:443                 *:*      10/nginx
CLOSE-WAIT       127.0.0.1:40001        10.0.0.1:443    10/nginx
ESTABLISHED      127.0.0.1:40002        10.0.0.1:443    10/nginx
LISTEN                [::]:22                  *:*      12/sshd
`,
      stderr: "",
    });
  });

  test("of one family, that a filter matches, sorted, the first ones of the order", () => {
    expect(portsOf("-6")).toEqual([22]);
    expect(portsOf("-l")).toEqual([443, 22]);
    expect(portsOf("dport", "=", ":443")).toEqual([40002, 40003]);
    expect(portsOf("--sort", "-lport", "--limit", "2")).toEqual([40003, 40002]);
    expect(portsOf("pid", "=", "12")).toEqual([22]);
  });

  test("as rows of a program: the columns that are asked for, names among them", () => {
    const row = { localPort: 40003, owningPid: 11, processName: "worker" };
    expect(rowsOf("--columns", "lport,pid,process", "sport", "=", ":40003")).toEqual([row]);
    const { stdout } = tcptable([
      "replay",
      FILE,
      "--csv",
      "-H",
      "--columns",
      "lport,pid,process",
      "sport",
      "=",
      ":40003",
    ]);
    expect(stdout).toBe("40003,11,worker\n");
  });

  test("as counts by state, and no counters of the machine that reads", () => {
    expect(JSON.parse(tcptable(["replay", FILE, "-s", "--json"]).stdout)).toEqual({
      states: [
        { state: "LISTEN", count: 2, ipv4: 1, ipv6: 1 },
        { state: "ESTABLISHED", count: 2, ipv4: 2, ipv6: 0 },
      ],
      statistics: [],
    });
  });

  test("of a sample that lacks a family: it says so, with exit code 1, and not where the family was not asked for", () => {
    const { code, stdout, stderr } = tcptable(["replay", FILE, "-s", "--csv", "--at", "+5s"]);
    expect({ code, stderr }).toEqual({ code: 1, stderr: "tcptable: IPv6 could not be read then: no memory\n" });
    expect(stdout).toBe("state,count,ipv4,ipv6\nLISTEN,1,1,\nESTABLISHED,1,1,\n");
    expect(tcptable(["replay", FILE, "-4", "--at", "+5s"])).toMatchObject({ code: 0, stderr: "" });
  });

  test("and says which columns the recording does not hold", () => {
    expect(tcptable(["replay", FILE, "--columns", "lport,created,recvq"])).toMatchObject({
      code: 0,
      stderr: "tcptable: This recording does not hold Created and Recv-Q: these columns are empty.\n",
    });
  });

  test("without owners where the recording has none: nobody takes an unknown one for none", () => {
    const row = JSON.parse(tcptable(["replay", WITHOUT_OWNERS, "--json", "-6", "-p"]).stdout)[0] as TcpRow;
    expect(row).not.toHaveProperty("owningPid");
    expect(tcptable(["replay", WITHOUT_OWNERS, "-p"]).stderr).toMatch(
      /^tcptable: This recording was made without owners/,
    );
    expect(tcptable(["replay", WITHOUT_OWNERS]).stderr).toBe("");
  });
});

describe("tcptable replay --events", () => {
  const zone = process.env.TZ;
  beforeAll(() => {
    process.env.TZ = "Europe/Berlin";
  });
  afterAll(() => {
    if (zone === undefined) delete process.env.TZ;
    else process.env.TZ = zone;
  });

  /** What `tcptable events` prints on the machine that was recorded. */
  async function live(words: readonly string[]): Promise<string> {
    const format = { "--json": { json: true }, "--ndjson": { ndjson: true }, "--csv": { csv: true } } as const;
    const options = Object.assign({}, ...words.map((word) => format[word as keyof typeof format]));
    const what = interpretEvents([], {
      ...{ every: 1000, header: !words.includes("-H"), ...options },
      ...(words.includes("-p") && { processes: true }),
      ...(words.includes("--utc") && { utc: true }),
    });
    let text = "";
    const stream = new Writable({
      write(part, _, done) {
        text += part;
        done();
      },
    });
    expect(await tellEvents(liveSource(), what, { stdout: stream, stderr: new Writable() })).toBe(1);
    return text;
  }

  test.each([["-p"], ["-p -H"], ["-p --utc"], ["-p --json"], ["-p --ndjson"], ["-p --csv"]])(
    "prints what tcptable events has printed, byte for byte: %s",
    async (line) => {
      const words = line.split(" ");
      const expected = await live(words);
      // A gap, and the end of the one before it, are among them.
      expect(expected.split("\n").length).toBeGreaterThan(8);
      // In another zone than the recorded host's.
      const { code, stdout } = tcptable(["replay", FILE, "--events", ...words], { TZ: "Asia/Tokyo" });
      expect(stdout).toBe(expected);
      expect(code).toBe(1);
    },
  );

  test("prints those between two times alone", () => {
    const lines = tcptable(["replay", FILE, "--from", "+2s", "--to", "+3s", "--ndjson"]).stdout.trim().split("\n");
    expect(lines.map((line) => JSON.parse(line))).toMatchObject([
      { event: "changed", stateBefore: "SYN-SENT", localPort: 40002 },
      { event: "changed", stateBefore: "ESTABLISHED", localPort: 40001 },
    ]);
  });

  test("prints those that a filter matches, of one family", () => {
    const events = (...words: string[]) =>
      tcptable(["replay", FILE, "--events", "--ndjson", ...words])
        .stdout.trim()
        .split("\n")
        .map((line) => JSON.parse(line) as ConnectionEvent)
        .map((event) => ("row" in event ? "" : event.event));
    expect(events("-4", "sport", "=", ":40002")).toEqual(["opened", "changed", "clock"]);
    expect(events("-4", "-p", "sport", "=", ":40002")).toEqual(["opened", "changed", "clock", "changed"]);
    expect(events("-6")).toEqual(["gap", "clock"]);
  });

  test.each([0, 3])(
    "in time prints each event so much faster than it was, and never sooner: with timers that are early by %i ms",
    async (early) => {
      const clock = new ScriptedClock();
      clock.early = early;
      const begin = clock.now;
      const printed: { readonly at: number; readonly text: string }[] = [];
      const stdout = new Writable({
        write(part, _, done) {
          printed.push({ at: clock.now - begin, text: String(part) });
          done();
        },
      });
      const parsed = parseRecordingsLine(["replay", FILE, "--speed", "20", "-4", "--ndjson"]);
      if (parsed.kind !== "replay") throw new Error(`This is no command line for replay: ${JSON.stringify(parsed)}`);
      const { arguments: what } = parsed;
      let isOver = false;
      const over = withRecording(FILE, undefined, (recording) =>
        replayEvents(recording, what, { stdout, stderr: new Writable() }, clock),
      ).finally(() => {
        isOver = true;
      });
      while (!isOver) {
        // It waits for the clock alone once its timer is set; what it reads of the file is not the clock's business.
        if (clock.referenced > 0) clock.advance(1);
        await setImmediate();
      }
      expect(await over).toBe(0);
      expect(clock.timers).toBe(0);
      // Each second is a twentieth of one. The wall clock was set on by 5 s, which the monotonic one knows nothing of.
      expect(
        printed.flatMap(({ at, text }) =>
          text
            .trim()
            .split("\n")
            .map((line) => [at, JSON.parse(line).event]),
        ),
      ).toEqual([
        [50, "opened"],
        [100, "changed"],
        [150, "changed"],
        [200, "closed"],
        [200, "closed"],
        [350, "clock"],
        [450, "opened"],
      ]);
      const atOnce = tcptable(["replay", FILE, "--events", "-4", "--ndjson"]);
      expect(printed.map(({ text }) => text).join("")).toBe(atOnce.stdout);
    },
  );

  test("refuses times that are not in the recording, and a range that is none", () => {
    const mistake = (...words: string[]) => {
      const { code, stderr } = tcptable(["replay", FILE, ...words]);
      return `${code} ${stderr.split(". ")[0]}`;
    };
    expect(mistake("--from", "23:20")).toBe("2 tcptable: Nothing of the recording is between --from and --to");
    expect(mistake("--from", "+3s", "--to", "+2s")).toBe(
      "2 tcptable: --from is later than --to: nothing is between them",
    );
    expect(mistake("--to", "noon")).toMatch(/^2 tcptable: --to noon: A time is 03:12:07/);
  });
});

test.each(["SIGINT", "SIGTERM"] as const)(
  "%s ends what is played in time, with a whole array and exit code 0",
  async (signal) => {
    const words = ["replay", FILE, "--speed", "0.001", "--json", "-4"];
    const child = spawn(process.execPath, [COMMAND, ...words], { stdio: ["ignore", "pipe", "inherit"] });
    let text = "";
    child.stdout.setEncoding("utf8").on("data", (part: string) => {
      // The array has begun: signals are listened to. A second one would end it at once.
      if (text === "") child.kill(signal);
      text += part;
    });
    expect(await once(child, "close")).toEqual([0, null]);
    expect(JSON.parse(text)).toEqual([]);
  },
);

test("without owners, nobody hears that an owner has changed, as in tcptable events", () => {
  const moment = {
    *events() {
      yield changed({}, { pidBefore: 10 });
      yield changed({ state: "CLOSE-WAIT" }, { pidBefore: 10, stateBefore: "ESTABLISHED" });
      yield opened({ localAddress: "::1" });
      yield closed();
    },
  };
  const [first, second, ...more] = wantedEvents(moment, { families: [4], owner: undefined });
  expect(first).toMatchObject({ event: "changed", stateBefore: "ESTABLISHED" });
  expect(first).not.toHaveProperty("pidBefore");
  expect(second).toMatchObject({ event: "closed" });
  expect(more).toEqual([]);
  expect([...wantedEvents(moment, { families: [4, 6], owner: "pid" })]).toHaveLength(4);
});

test.each([
  ["replay f --at 03:12 --events", "option '--events' cannot be used with option '--at <time>'"],
  ["replay f --at 03:12 --from 03:00", "cannot be used with option '--at <time>'"],
  ["replay f --from 03:12 --sort lport", "cannot be used with option '--sort <columns>'"],
  ["replay f --speed 0", "A speed is a number above 0"],
  ["replay f sport", "Expected an operator"],
  ["replay", "missing required argument 'file'"],
  ["scan f --json --csv", "cannot be used with"],
  ["info", "missing required argument 'file'"],
  ["info a b", "too many arguments"],
  ["export a b.txt", 'The ending of "b.txt" says how to write'],
])("a command line that makes no sense is told as such: %s", (line, message) => {
  const parsed = parseRecordingsLine(line.split(" "));
  expect(parsed).toMatchObject({ kind: "mistake" });
  if ("text" in parsed) expect(parsed.text).toContain(message);
});

describe("of a recording that is damaged", () => {
  const bytes = () => readFileSync(FILE);

  test("what is intact is shown, a sentence says what is not, and the exit code is 1", () => {
    const file = folder.file("cut.mcap");
    writeFileSync(file, bytes().subarray(0, bytes().length / 2));
    for (const words of [
      ["replay", file, "--json"],
      ["replay", file, "--events", "-4"],
      ["scan", file],
      ["info", file],
    ]) {
      const { code, stdout, stderr } = tcptable(words);
      expect(code).toBe(1);
      expect(stdout).not.toBe("");
      expect(stderr).toMatch(
        /(^|\n)tcptable: The recording is not whole: [\d,]+ of its 4,\d{3} bytes are intact\. Why: .+\.\n$/,
      );
    }
  });

  test("what is no recording is told as such", () => {
    const file = folder.file("none.mcap");
    for (const text of ["", "{}", bytes().subarray(0, 100).toString("latin1")]) {
      writeFileSync(file, text, "latin1");
      const { code, stdout, stderr } = tcptable(["replay", file]);
      expect({ code, stdout }).toEqual({ code: 1, stdout: "" });
      expect(stderr).toMatch(/^tcptable: (This is no recording|The recording was cut)/);
      expect(stderr.split("\n")).toHaveLength(2);
    }
    expect(tcptable(["replay", folder.file("not-there")])).toMatchObject({ code: 1, stderr: /ENOENT/ });
  });
});

describe("tcptable scan", () => {
  test("prints a line a connection with its life", () => {
    const { code, stdout, stderr } = tcptable(["scan", FILE, "dport", "=", ":443"]);
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    expect(stdout).toBe(`\
2023-11-14 UTC+01:00, Europe/Berlin
 First seen     Last seen      Lived  Local Address:Port  Remote Address:Port  PID/Program  States
≤23:13:20.001   23:13:20.007  ≥6 ms   127.0.0.1:40001     10.0.0.1:443         10/nginx     ESTABLISHED → CLOSE-WAIT  ↑5 B  ↓6 B  rtt 0 ms
 23:13:20.008   23:13:20.008   0 ms   127.0.0.1:40009     10.0.0.1:443         -            CLOSED                    between samples  ↑5 B  ↓6 B  rtt 0 ms
 23:13:21.001  ≥23:13:34.001  ≥13 s   127.0.0.1:40002     10.0.0.1:443         11/worker    SYN-SENT → ESTABLISHED
 23:13:34.001  ≥23:13:34.001  ≥0 ms   127.0.0.1:40003     10.0.0.1:443         11/worker    ESTABLISHED
`);
  });

  test("gives programs the row, its times in UTC, its states and figures", () => {
    const { stdout } = tcptable(["scan", FILE, "--json", "sport", "=", ":40001"]);
    const at = (milliseconds: number) => new Date(START + milliseconds).toISOString();
    expect(JSON.parse(stdout)).toEqual([
      {
        ...{
          firstSeen: at(1),
          lastSeen: at(3001),
          isOlder: true,
          isAlive: false,
          endedAt: at(7),
          livedMilliseconds: 6,
        },
        ...{ state: "CLOSE-WAIT", localAddress: "127.0.0.1", localPort: 40001 },
        ...{ remoteAddress: "10.0.0.1", remotePort: 443, owningPid: 10, processName: "nginx" },
        ...{ user: 1000, inode: 601, socketCookie: "9c41" },
        states: [
          { state: "ESTABLISHED", time: at(1) },
          { state: "CLOSE-WAIT", time: at(3001) },
        ],
        ...{ samples: 4, matches: 4, bytesSent: 5, bytesReceived: 6, retransmits: 0, rttMicroseconds: 0 },
      },
    ]);
  });

  test("counts a family, a part of the time, and lines as it is asked to", () => {
    const count = (...words: string[]) =>
      tcptable(["scan", FILE, "--csv", "-H", ...words])
        .stdout.split("\n")
        .filter((line) => line !== "").length;
    expect(count()).toBe(6);
    expect(count("-6")).toBe(1);
    expect(count("-4")).toBe(5);
    expect(count("--from", "end")).toBe(4);
    expect(count("--limit", "2", "-p")).toBe(2);
    expect(count("state", "close-wait")).toBe(1);
  });

  test("finds nobody where there is nobody, with exit code 0", () => {
    expect(tcptable(["scan", FILE, "--json", "sport", "=", ":1"])).toEqual({ code: 0, stdout: "[]\n", stderr: "" });
  });

  test("tells no owners where the recording has none", () => {
    expect(tcptable(["scan", WITHOUT_OWNERS]).stdout).not.toContain("PID");
    expect(tcptable(["scan", WITHOUT_OWNERS, "--ndjson"]).stdout).not.toContain("owningPid");
  });
});

describe("tcptable info", () => {
  test("tells what a recording holds", () => {
    const { code, stdout, stderr } = tcptable(["info", FILE]);
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    const lines = stdout.split("\n");
    for (const line of [
      "host     web-1, linux 6.1.0",
      "from     2023-11-14 23:13:20.001 to 23:13:34.001 (UTC+01:00, Europe/Berlin)",
      "length   9 s",
      "samples  10, one every 1 s",
      "owners   processes",
      "events   2 opened, 2 closed, 3 changed",
      "gaps     IPv6 is missing in 2 samples",
      "Connections: 2 to 4, 4 at the end",
      "▅███▅▁▁▅▅█",
    ])
      expect(lines).toContain(line);
  });

  test("tells programs start, end, samples and bytes, and more", () => {
    const { stdout } = tcptable(["info", "--json", FILE]);
    expect(JSON.parse(stdout)).toMatchObject({
      ...{ start: "2023-11-14T22:13:20.001Z", end: "2023-11-14T22:13:34.001Z", milliseconds: 9000, samples: 10 },
      ...{ bytes: readFileSync(FILE).length, host: "web-1", timeZone: "Europe/Berlin", every: 1000 },
      connections: { least: 2, most: 4, last: 4, states: [{ state: "LISTEN", count: 2 }, { count: 2 }] },
      ...{ opened: 2, closed: 2, changed: 3, lost: 0, gaps: { ipv4: 0, ipv6: 2 }, incomplete: 0, missed: 0 },
      intact: { complete: true },
    });
  });
});
