import { beforeEach, describe, expect, test } from "vitest";
import { BOLD, DIM, GREEN, RED, REVERSE, UNDERLINE } from "../../../src/cli/watch/canvas.js";
import { type Scripted, ScriptedWatch } from "./scripted-watch.js";

const DB = "10.2.3.4:5432";
const here = (port: number) => `10.2.1.14:${port}`;
const syn = (port: number, ago: number, more: Partial<Scripted> = {}): Scripted => ({
  ...{ local: here(port), remote: DB, pid: 2214, states: [[ago, "SYN-SENT"]], ...more },
});
const wait = (port: number, opened: number, closed: number): Scripted => ({
  ...{ local: here(port), remote: DB, pid: 2214 },
  states: [
    [opened, "SYN-SENT"],
    [opened - 1, "ESTABLISHED"],
    [closed, "CLOSE-WAIT"],
  ],
});

/** As in the drawings of the design: one program here that does not close what the database has closed. */
const CONNECTIONS: readonly Scripted[] = [
  { local: "0.0.0.0:80", remote: "0.0.0.0:0", states: [[200, "LISTEN"]] },
  syn(51884, 0),
  syn(51877, 0),
  syn(51851, 1),
  syn(51788, 2, { closes: 0 }),
  syn(51770, 3, { pid: 1871 }),
  syn(51690, 6),
  { ...wait(51602, 9, -1), closes: 1, pid: 1871 },
  wait(51588, 44, 1),
  wait(50914, 118, 20),
  wait(48822, 146, 9),
  { local: here(48490), remote: DB, states: [[200, "ESTABLISHED"]], pid: 2214 },
  { local: "[2001:db8:a1:14::7]:443", remote: "[2001:db8:9::53]:61544", states: [[150, "ESTABLISHED"]], pid: 99 },
];
const NAMES = { 2214: "orders-api", 1871: "orders-worker", 99: "nginx" };

let watch: ScriptedWatch;
const begin = async (filter?: string, owners = true) => {
  watch = await ScriptedWatch.open({ ...(filter !== undefined && { filter }), owners });
  watch.play(CONNECTIONS, 200, NAMES);
};
beforeEach(() => begin("dst 10.2.3.4:5432"));

/** Moves the cursor to the row in which this stands. */
const moveTo = (text: string) => {
  const rows = watch.lines(100, 30).slice(9, -1);
  const place = rows.findIndex((line) => line.includes(text));
  expect(place).toBeGreaterThanOrEqual(0);
  for (let at = 0; at < place; at++) watch.press("down");
};

const styleAt = (width: number, height: number, line: number, column: number) =>
  watch.draw(width, height).styles[(line - 1) * width + column - 1];

describe("watch draws, as the design has it,", () => {
  test("rows at 100x30: marks, what has gone at its place, owners, ages, the states with their sparklines", () => {
    const lines = watch.lines(100, 30);
    expect(lines[0]).toBe(
      "web-14  11 rows  every 1s, 0.4ms late  IPv4 IPv6 complete  netlink sock_diag                15:42:19",
    );
    expect(lines[1]).toMatch(/^LISTEN {11}1 {8}▇{22} {4}LAST-ACK {9}0 {8}·{22}$/);
    expect(lines[4]).toMatch(/^SYN-SENT {9}5 {4}\+1 {2}[▁-▇·]{22} {4}CLOSING {10}0 {8}·{22}$/);
    expect(lines[6]).toMatch(/^\+ opened {7}2\/s {8}[▁-▇·]{22} {4}− closed {7}1\/s {8}[▁-▇·]{22}$/);
    expect(lines.slice(7)).toEqual([
      "/ dst 10.2.3.4:5432                                                         9 of 11 rows, 1-11 shown",
      "  State             Local address:port     Remote address:port   PID/process                    Age▲",
      "+ SYN-SENT             10.2.1.14:51877           10.2.3.4:5432   2214/orders-api                 <1s",
      "+ SYN-SENT             10.2.1.14:51884           10.2.3.4:5432   2214/orders-api                 <1s",
      "+ SYN-SENT             10.2.1.14:51851           10.2.3.4:5432   2214/orders-api                  1s",
      "− SYN-SENT             10.2.1.14:51788           10.2.3.4:5432   2214/orders-api                gone",
      "  SYN-SENT             10.2.1.14:51770           10.2.3.4:5432   1871/orders-worker               3s",
      "  SYN-SENT             10.2.1.14:51690           10.2.3.4:5432   2214/orders-api                  6s",
      "− ESTABLISHED          10.2.1.14:51602           10.2.3.4:5432   1871/orders-worker             gone",
      "→ CLOSE-WAIT           10.2.1.14:51588           10.2.3.4:5432   2214/orders-api                 44s",
      "  CLOSE-WAIT           10.2.1.14:50914           10.2.3.4:5432   2214/orders-api               1m58s",
      "  CLOSE-WAIT           10.2.1.14:48822           10.2.3.4:5432   2214/orders-api               2m26s",
      "  ESTABLISHED          10.2.1.14:48490           10.2.3.4:5432   2214/orders-api              >3m20s",
      ...Array.from({ length: 9 }, () => ""),
      "/ filter  Enter life  g group  s states  < > sort  Space pause  k close  ? help  q quit",
    ]);
  });

  test("its styles: bold to be read first, dim what stands still, green and red with a sign, reverse under the cursor", () => {
    const at = (line: number, column: number) => styleAt(100, 30, line, column);
    expect([at(1, 1), at(1, 20), at(1, 95)]).toEqual([BOLD, DIM, BOLD]);
    expect([at(2, 18), at(2, 27), at(5, 53)]).toEqual([BOLD, DIM, DIM]);
    expect([at(7, 1), at(7, 53)]).toEqual([GREEN, RED]);
    expect(at(9, 50)).toBe(BOLD | UNDERLINE);
    expect([at(10, 1), at(11, 1), at(11, 100)]).toEqual([REVERSE | GREEN, GREEN, GREEN]);
    expect([at(13, 1), at(13, 70)]).toEqual([RED, RED]);
    expect([at(14, 20), at(14, 66)]).toEqual([0, DIM]);
    expect([at(17, 1), at(17, 3)]).toEqual([BOLD, 0]);
    expect([at(30, 1), at(30, 4)]).toEqual([BOLD, DIM]);
  });

  test("rows at 72x20: four states, three sparklines, no owners", () => {
    const lines = watch.lines(72, 20);
    expect(lines[0]).toBe("web-14  11 rows  1s, 0.4ms late                                 15:42:19");
    expect(lines[1]).toBe("SYN-SENT 5  CLOSE-WAIT 3  ESTABLISHED 2  LISTEN 1");
    expect(lines[2]).toMatch(/^rows [▁-▇]{14} {2}\+ 2\/s [▁-▇·]{14} {2}− 1\/s [▁-▇·]{14}$/);
    expect(lines.slice(3, 7)).toEqual([
      "/ dst 10.2.3.4:5432                                              9 of 11",
      "  State             Local address:port     Remote address:port      Age▲",
      "+ SYN-SENT             10.2.1.14:51877           10.2.3.4:5432       <1s",
      "+ SYN-SENT             10.2.1.14:51884           10.2.3.4:5432       <1s",
    ]);
    expect(lines[19]).toBe("/ filter  Enter life  g group  Space pause  k close  ? help  q quit");
  });

  test("rows at 60 columns: neither age nor owner, and an IPv6 address without its middle", async () => {
    await begin();
    const lines = watch.lines(60, 24);
    expect(lines[4]).toBe("  State           Local address:port    Remote address:port");
    expect(lines.find((line) => line.includes("51588"))).toBe(
      "→ CLOSE-WAIT         10.2.1.14:51588          10.2.3.4:5432",
    );
    expect(lines.find((line) => line.includes("2001"))).toMatch(
      /^ {2}ESTABLISHED {2}\[2001:db8…:14::7\]:443 {2}\[2001:\S*…\S*\]:61544$/,
    );
  });

  test("rows at 120 columns have the state before a change, at 168 when they were first seen and their last minute", () => {
    expect(
      watch
        .lines(120, 30)
        .slice(8)
        .find((line) => line.includes("51588")),
    ).toBe(
      "→ CLOSE-WAIT  was ESTABLISHED         10.2.1.14:51588           10.2.3.4:5432   2214/orders-api                      44s",
    );
    const lines = watch.lines(168, 30);
    const head = lines.find((line) => line.includes("First seen")) as string;
    expect(head).toMatch(/ {2}State .* First seen {6}Age▲ {3}−60s +now$/);
    expect(lines.find((line) => line.includes("51588"))).toMatch(/15:41:35 {7}44s {3} +╌?━{20,22}▒$/);
  });

  test("what waits in the queues with -e from 150 columns on, between when it was first seen and its age", async () => {
    const queues = await ScriptedWatch.open({ owners: true, extended: true }, {}, "plain", "LINUX_TCPTABLE_EXTENDED");
    queues.play([{ ...wait(51588, 44, 1), queues: [17, 4_294_967_295] }, syn(51788, 2, { closes: 0 })], 200, NAMES);
    const at = (width: number, what: string) => queues.lines(width, 30).find((line) => line.includes(what));
    expect(at(149, "First seen")).not.toMatch(/Recv-Q|Send-Q/);
    expect(at(150, "First seen")).toMatch(/ First seen {7}Recv-Q {7}Send-Q {6}Age▲$/);
    expect(at(150, "51588")).toMatch(/ {3}15:41:35 {11}17 {3}4294967295 {7}44s$/);
    // One that has closed has none.
    expect(at(150, "51788")).toMatch(/ {3}15:42:17 {32}gone$/);
    for (const width of [150, 160, 190, 212, 250]) {
      const head = at(width, "First seen") as string;
      expect(head.length).toBeLessThanOrEqual(width);
      expect(head.endsWith("now")).toBe(width >= 190);
    }
    expect(watch.lines(250, 30).join("")).not.toContain("Recv-Q");
  });

  test("wide screens to the end of their addresses: nothing grows beyond 250 columns", async () => {
    await begin();
    const at250 = watch.lines(250, 40).filter((line) => line.includes("2001"));
    expect(at250[0]).toContain("[2001:db8:a1:14::7]:443");
    expect(watch.lines(300, 40).filter((line) => line.includes("2001"))).toEqual(at250);
  });

  test("a filter that is edited, with a mistake: the caret, the sign under the word, the message, the words", () => {
    watch.press("/", "ctrl-u", '"state close-wait dst 10.2.3.0/24 and dprot"');
    const lines = watch.lines(100, 30);
    expect(lines.slice(7, 11)).toEqual([
      "/ state close-wait dst 10.2.3.0/24 and dprot                                       3 rows, as before",
      "                                       ^^^^^",
      '  Expected state, exclude, src, dst, sport, dport, pid, user, process, not or (; found "dprot".',
      '   dport   Did you mean "dport"?',
    ]);
    expect(styleAt(100, 30, 8, 45)).toBe(REVERSE);
    expect(styleAt(100, 30, 9, 40)).toBe(RED);
    expect(styleAt(100, 30, 11, 4)).toBe(REVERSE);
    expect(watch.lines(72, 20).slice(3, 7)).toEqual([
      "/ state close-wait dst 10.2.3.0/24 and dprot                   as before",
      "                                       ^^^^^",
      '  Found "dprot", expected state, exclude, src, dst, sport, dport, pid, …',
      '   dport   Did you mean "dport"?',
    ]);
    watch.press("escape");
    expect(watch.lines(100, 30)[7]).toMatch(/^\/ dst 10\.2\.3\.4:5432 .* 9 of 11 rows/);
  });

  test("groups by remote address, with their states and what opened and closed", async () => {
    await begin();
    watch.press("g");
    const lines = watch.lines(100, 30);
    expect(lines.slice(7, 12)).toEqual(
      [
        "/                                                               3 remote addresses, 11 of 11 rows",
        "  Remote address    Rows▼                  States                                            +    −",
        "  10.2.3.4              9  ▇▇▇▇▇▇▇▇▇▇▇▇▇▇  5 SYN-SENT, 3 CLOSE-WAIT, 1 ESTABLISHED           +3   −2",
        "  *                     1  ▇▇              1 LISTEN                                           ·    ·",
        "  2001:db8:9::53        1  ▇▇              1 ESTABLISHED                                      ·    ·",
      ].map((line) =>
        expect.stringMatching(new RegExp(`^${line.replace(/[.*+?^$()|[\]\\]/g, "\\$&").replace(/ +/g, " +")}$`)),
      ),
    );
    expect(lines[29]).toBe(
      "Enter only this group  g next: local port  G back to rows  < > sort  / filter  ? help  q quit",
    );
    expect(watch.lines(72, 20)[4]).toMatch(/^ {2}Remote address {4}Rows▼ {3}States {30,}\+ {4}−$/);
    watch.press("enter");
    expect(watch.lines(100, 30)[7]).toMatch(/^\/ dst 10\.2\.3\.4 .* 9 of 11 rows/);
    watch.press("escape");
    expect(watch.view.mode).toBe("groups");
  });

  test("one connection's life: band, states with their times, and what is known of the other end", () => {
    moveTo("48822");
    watch.press("enter");
    const lines = watch.lines(100, 30);
    expect(lines[7]).toMatch(/row 10 of 11$/);
    expect(lines[8]).toMatch(/^ {2}10\.2\.1\.14:48822 → 10\.2\.3\.4:5432 {3}2214\/orders-api {37}CLOSE-WAIT$/);
    expect(lines[10]).toMatch(/^ {2}15:39:53 {85}now$/);
    expect(lines[11]).toMatch(/^ {2}╌━+▒{6,7}$/);
    expect(lines.slice(12, 21)).toEqual([
      "  SYN-SENT, ESTABLISHED                                                                 CLOSE-WAIT",
      "",
      "  SYN-SENT        15:39:53      1s",
      "  ESTABLISHED     15:39:54   2m16s",
      "  CLOSE-WAIT      15:42:10      9s  so far",
      "",
      "  Age             2m26s, in 147 of 147 samples",
      "  Other end       has closed; orders-api has not",
      "  Bytes, RTT      told by the kernel when it ends",
    ]);
    expect(lines[22]).toBe("  watch began 15:38:59; what was before is not known");
    expect(watch.lines(72, 20)[2]).toMatch(/^ {2}10\.2\.1\.14:48822 → /);
    watch.press("escape", "home");
  });

  test("the life of a connection that has closed tells what the kernel said of its end", () => {
    moveTo("51602");
    watch.press("enter");
    const lines = watch.lines(100, 30);
    expect(lines.find((line) => line.includes("Bytes, RTT"))).toBe(
      "  Bytes, RTT      sent 1.1 kB, received 1.1 kB, rtt 1.1ms, 1102 resent",
    );
    watch.press("escape", "home");
  });

  test("help on a screen of its own, without the key to record with where nothing records", () => {
    watch.press("?");
    const lines = watch.lines(100, 30);
    expect(lines[3]).toBe("  /               edit the filter                     p         owners on, off");
    expect(lines.join("\n")).toContain("S L R P A       state, local, remote, PID, age");
    expect(lines.join("\n")).not.toContain("record");
    expect(lines[29]).toBe("Esc back  q quit");
    expect(watch.lines(72, 20)[5]).toBe("  Enter           one connection's life");
    watch.press("escape");
  });

  test("the question before closing, which any key but y answers with no", () => {
    watch.press("down", "down", "down", "down", "down", "k");
    const lines = watch.lines(100, 30);
    expect(lines.slice(26)).toEqual([
      "",
      " Close 10.2.1.14:51690 → 10.2.3.4:5432, SYN-SENT, 2214/orders-api?",
      " Both ends see a reset at once. It is looked at again first; what has changed is left alone.",
      "y close it  any other key leave it",
    ]);
    expect(styleAt(100, 30, 28, 3)).toBe(BOLD | REVERSE);
    watch.press("n");
    expect(watch.questions).toEqual([]);
    watch.press("k", "y");
    expect(watch.questions.map(({ row }) => row.localPort)).toEqual([51690]);
    watch.press("home");
  });

  test("one line where the screen is too small, and all again when it has grown", () => {
    expect(watch.lines(59, 20)).toEqual(["tcptable watch needs 60x8, this is 59x20", ...Array(19).fill("")]);
    expect(watch.lines(60, 8)[0]).toMatch(/^web-14/);
    expect(watch.lines(60, 8).at(-1)).toMatch(/\? help {2}q quit$/);
  });
});

test("watch draws every mode at every size without a line that is too long or short", async () => {
  await begin();
  for (const keys of [[], ["/"], ["g"], ["enter"], ["?"], ["k"], [" "], ["c"], ["s"]]) {
    watch.press(...keys);
    for (const width of [1, 20, 60, 61, 71, 84, 100, 119, 133, 160, 212, 250, 400])
      for (const height of [1, 7, 8, 9, 13, 20, 28, 60]) {
        const canvas = watch.draw(width, height);
        expect(canvas.cells).toHaveLength(width * height);
        expect(canvas.styles).toHaveLength(width * height);
      }
    watch.press("escape");
  }
});

describe("without colour and without UTF-8", () => {
  test("watch draws with ASCII alone where the locale has nothing else, and every sign is there", async () => {
    const ascii = await ScriptedWatch.open({ owners: true }, { ascii: true, attributes: false });
    ascii.play(CONNECTIONS, 200, { ...NAMES, 2214: "größe\u202e" });
    const lines = ascii.lines(168, 30);
    expect(lines.join("")).toMatch(/^[ -~]*$/);
    expect(lines.some((line) => line.startsWith("> CLOSE-WAIT"))).toBe(true);
    expect(lines.some((line) => line.startsWith("- SYN-SENT"))).toBe(true);
    // The cursor's row, without reverse.
    expect(lines.filter((line) => line[1] === ">")).toHaveLength(1);
  });
});
