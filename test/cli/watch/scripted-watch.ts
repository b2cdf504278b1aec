import { Actions, type Effects } from "../../../src/cli/watch/actions.js";
import type { Canvas } from "../../../src/cli/watch/canvas.js";
import { WatchModel } from "../../../src/cli/watch/model.js";
import { drawScreen, type ScreenInput } from "../../../src/cli/watch/screen.js";
import { BY_AGE } from "../../../src/cli/watch/sort.js";
import type { Key } from "../../../src/cli/watch/terminal.js";
import { type Question, WatchView } from "../../../src/cli/watch/view.js";
import { compileFilter } from "../../../src/filter/filter.js";
import { parseIPv4, parseIPv6 } from "../../../src/format/address.js";
import { parseState } from "../../../src/format/states.js";
import { createStory, type Story } from "../../../src/frames/index.js";
import { type TestEnd, TestStream } from "../../frames/story-frames.js";
import type { RawRow } from "../../support/tables.js";

/** 15:42:19 in this machine's zone, at the last tick of most scripts. */
export const NOW = new Date(2026, 10, 24, 15, 42, 19).getTime();

/** A connection of a script. Ticks count from the end: 0 is now, 5 is five seconds ago. */
export interface Scripted {
  readonly local: string;
  readonly remote: string;
  /** From when on which state; the first one is when it opens. */
  readonly states: readonly (readonly [ago: number, state: string])[];
  /** The first tick without it. */
  readonly closes?: number;
  readonly bytesSent?: number;
  readonly pid?: number;
  /** Recv-Q and Send-Q. */
  readonly queues?: readonly [receive: number, send: number];
}

/** Watches a script: all but the terminal and the kernel is real. */
export class ScriptedWatch {
  readonly model = new WatchModel();
  readonly view: WatchView;
  readonly done: string[] = [];
  readonly questions: Question[] = [];
  readonly #actions: Actions;
  readonly #story: Story;
  readonly #ipv4: TestStream;
  readonly #ipv6: TestStream;
  readonly #screen: ScreenInput;
  tick = 0;
  now = NOW;

  static async open(
    options: { filter?: string; owners?: boolean; extended?: boolean } = {},
    screen: Partial<ScreenInput> = {},
    engine: "wasm" | "plain" = "plain",
    layout: "LINUX_TCPTABLE" | "LINUX_TCPTABLE_EXTENDED" = "LINUX_TCPTABLE",
  ): Promise<ScriptedWatch> {
    const [story, ipv4, ipv6] = await Promise.all([
      createStory({ engine }),
      TestStream.open(layout, engine),
      TestStream.open("LINUX_TCP6TABLE", engine),
    ]);
    return new ScriptedWatch(story, ipv4, ipv6, options, screen);
  }

  private constructor(
    story: Story,
    ipv4: TestStream,
    ipv6: TestStream,
    { filter, owners = false, extended = false }: { filter?: string; owners?: boolean; extended?: boolean },
    screen: Partial<ScreenInput>,
  ) {
    this.#story = story;
    this.#ipv4 = ipv4;
    this.#ipv6 = ipv6;
    this.#screen = { host: "web-14", ascii: false, attributes: true, canRecord: false, ...screen };
    this.view = new WatchView(this.model, {
      filter: filter ? compileFilter(filter) : undefined,
      sort: BY_AGE,
      owners,
      extended,
    });
    const { done, questions } = this;
    const effects: Effects = {
      every: 1000,
      quit: () => done.push("quit"),
      suspend: () => done.push("suspend"),
      redraw: () => done.push("redraw"),
      changeEvery: (every) => done.push(`every ${every}`),
      close: (question) => questions.push(question),
      copy: (text) => done.push(`copy ${text}`),
    };
    this.#actions = new Actions(this.view, effects);
  }

  /** One sample. @param time wall clock */
  sample(
    {
      rows = [],
      rows6 = [],
      ends = [],
      names,
      gap6,
    }: {
      rows?: readonly RawRow[];
      rows6?: readonly RawRow[];
      ends?: readonly TestEnd[];
      names?: Readonly<Record<number, string>>;
      gap6?: string;
    },
    time = NOW + this.tick * 1000,
  ): void {
    const { tick } = this;
    const frames = [
      ...this.#ipv4.framesOf(tick, { rows, ends, ...(names && { names }) }, time),
      ...this.#ipv6.framesOf(tick, gap6 === undefined ? { rows: rows6 } : { gap: gap6 }, time),
    ];
    this.tick++;
    const moment = this.#story.read(frames);
    const how = { late: 0.4, skipped: 0, samples: 1, duration: 1, sources: ["NETLINK_SOCK_DIAG (sock_diag)"] };
    this.model.read(Object.assign(moment, { ...how, blind: undefined }), 1000);
    this.now = time;
    this.view.refresh(time);
  }

  /** Plays connections from their ticks on, to now. @param length ticks before now */
  play(connections: readonly Scripted[], length: number, names: Readonly<Record<number, string>> = {}): void {
    for (let ago = length; ago >= 0; ago--) {
      const rowsOf = (family: 4 | 6) =>
        connections.flatMap((connection, at) => {
          const isOther = connection.local.includes("[") !== (family === 6);
          const isThere = ago <= (connection.states[0]?.[0] ?? 0) && ago > (connection.closes ?? -1);
          return isOther || !isThere ? [] : [rowOf(connection, ago, at + 1)];
        });
      const time = NOW - ago * 1000;
      const ends = connections.flatMap((connection, at) =>
        connection.closes === ago
          ? [{ row: rowOf(connection, ago + 1, at + 1), time, bytesSent: connection.bytesSent ?? 1100 }]
          : [],
      );
      this.sample({ rows: rowsOf(4), rows6: rowsOf(6), ends, ...(ago === length && { names }) }, time);
    }
  }

  /** Presses keys: `j`, `up`, `ctrl-c`; a text in quotes is typed. */
  press(...keys: string[]): this {
    for (const key of keys) {
      if (key.startsWith('"')) for (const letter of key.slice(1, -1)) this.#press({ name: letter, sequence: letter });
      else if (key.startsWith("ctrl-")) this.#press({ name: key.slice(5), sequence: "", ctrl: true });
      else this.#press({ name: key.toLowerCase(), sequence: key.length === 1 ? key : "" });
    }
    return this;
  }

  #press(key: Partial<Key>): void {
    this.#actions.press({ sequence: "", ctrl: false, meta: false, shift: false, ...key }, this.now);
  }

  draw(width: number, height: number): Canvas {
    Object.assign(this.view, { width, height });
    this.view.refresh(this.now);
    return drawScreen(this.view, this.#screen);
  }

  /** The lines, without the blanks at their ends. */
  lines(width: number, height: number): string[] {
    return this.draw(width, height)
      .lines()
      .map((line) => line.trimEnd());
  }
}

/** A row as it is so many ticks ago. @param cookie tells it from all others */
function rowOf({ local, remote, states, pid = 0, queues }: Scripted, ago: number, cookie: number): RawRow {
  const state = states.findLast(([from]) => from >= ago)?.[1] ?? "CLOSED";
  const [localAddress, localPort] = endOf(local);
  const [remoteAddress, remotePort] = endOf(remote);
  const number = parseState(state) as number;
  const scopes = { localScopeId: 0, remoteScopeId: 0 };
  const figures = { receiveQueue: queues?.[0] ?? 0, sendQueue: queues?.[1] ?? 0 };
  const identity = { socketCookie: BigInt(cookie), inode: pid === 0 ? 0 : cookie, user: 1000, owningPid: pid };
  return { state: number, localAddress, localPort, remoteAddress, remotePort, ...scopes, ...identity, ...figures };
}

function endOf(text: string): [address: RawRow["localAddress"], port: number] {
  const at = text.lastIndexOf(":");
  const address = text.slice(0, at).replace(/[[\]]/g, "");
  return [parseIPv4(address) ?? parseIPv6(address) ?? 0, Number(text.slice(at + 1))];
}
