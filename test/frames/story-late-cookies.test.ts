import { describe, expect, test } from "vitest";
import { END_AT, END_RECORD, type Ends } from "../../src/format/ends.js";
import { createFrameWriter, createStory, type RowEvent } from "../../src/frames/index.js";
import { encodeTable, type RawRow } from "../support/tables.js";

const [CLOSED, ESTAB, FIN_WAIT2, TIME_WAIT] = [1, 5, 7, 11];

/*
 * Linux makes a socket's cookie when it is first asked for it. What stays after an end is a socket of its own, and takes over the
 * cookie that there is: of a connection that no table had there is none yet, so that its TIME-WAIT row gets another cookie than its
 * end. Seen on Linux 6.18.
 */
function row(state: number, cookie: bigint, localPort = 8080): RawRow {
  return {
    ...{ state, localAddress: 0x7f000001, localPort, remoteAddress: 0x7f000001, remotePort: 40_000 },
    ...{ owningPid: 0, user: 0, inode: 0, socketCookie: cookie },
  };
}

interface Tick {
  readonly rows: readonly RawRow[];
  readonly ends?: readonly RawRow[];
}

function endsOf(rows: readonly RawRow[]): Ends {
  const records = new Uint8Array(rows.length * END_RECORD);
  const view = new DataView(records.buffer);
  for (const at of rows.keys()) view.setFloat64(at * END_RECORD + END_AT.time, 1000, true);
  return { layout: "LINUX_TCPTABLE", length: rows.length, rows: encodeTable(rows, "LINUX_TCPTABLE"), records };
}

describe.each(["wasm", "plain"] as const)("a row that stays after an end which no table had, %s engine,", (engine) => {
  async function told(ticks: readonly Tick[]): Promise<string[][]> {
    const writer = await createFrameWriter({ engine });
    const story = await createStory({ engine });
    return ticks.map(({ rows, ends = [] }, tick) => {
      const clock = { tick, time: tick * 1000, monotonic: tick * 1000 };
      const frames =
        ends.length > 0 ? [writer.writeEnds({ ...clock, ends: endsOf(ends), lost: 0, neverConnected: 0 })] : [];
      const bytes = encodeTable(rows, "LINUX_TCPTABLE");
      const rest = { attempts: 1, complete: true, endsAreTold: true };
      frames.push(writer.write({ ...clock, ...rest, bytes, layout: "LINUX_TCPTABLE" }));
      return [...(story.read(frames).events() as Iterable<RowEvent>)].map(
        ({ event, row }) => `${event} ${row.state} ${row.socketCookie}`,
      );
    });
  }

  test.each([TIME_WAIT, FIN_WAIT2])(
    "is silent with a cookie of its own, and so is its going: state %i",
    async (state) => {
      const left = row(state, 0x22n);
      const ticks = [
        { rows: [] },
        { rows: [left], ends: [row(CLOSED, 0x11n)] },
        { rows: [left] },
        { rows: [] },
        { rows: [] },
      ];
      expect(await told(ticks)).toEqual([[], ["closed CLOSED 11"], [], [], []]);
    },
  );

  test("is silent one and two samples after the end as well", async () => {
    const left = row(TIME_WAIT, 0x22n);
    const end = { rows: [], ends: [row(CLOSED, 0x11n)] };
    expect(await told([{ rows: [] }, end, { rows: [left] }, { rows: [] }])).toEqual([[], ["closed CLOSED 11"], [], []]);
    expect(await told([{ rows: [] }, end, { rows: [] }, { rows: [left] }, { rows: [] }])).toEqual([
      ...[[], ["closed CLOSED 11"], [], [], []],
    ]);
  });

  test("is told where it is between other ports, or lives", async () => {
    const end = [row(CLOSED, 0x11n)];
    expect(await told([{ rows: [] }, { rows: [row(TIME_WAIT, 0x22n, 8081)], ends: end }])).toEqual([
      ...[[], ["closed CLOSED 11", "opened TIME-WAIT 22"]],
    ]);
    expect(await told([{ rows: [] }, { rows: [row(ESTAB, 0x22n)], ends: end }])).toEqual([
      ...[[], ["closed CLOSED 11", "opened ESTABLISHED 22"]],
    ]);
  });
});
