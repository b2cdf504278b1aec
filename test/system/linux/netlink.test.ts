import * as fc from "fast-check";
import { expect, test } from "vitest";
import { CollectError } from "../../../src/system/errors.js";
import { openSockDiag } from "../../../src/system/linux/sockdiag.js";
import { failureOf } from "../../support/failure.js";
import { linuxRow, type Row, toMib } from "../../support/linux-rows.js";
import { describeWith, operatingSystem } from "../../support/needs.js";
import {
  datagram,
  done,
  dump,
  error,
  type Message,
  message,
  NLM_F_DUMP_INTR,
  socket,
} from "../../support/netlink-messages.js";
import { MeanBuffer, readTable } from "../../support/raw-buffer.js";
import { type Answer, type Script, ScriptedLibc } from "../../support/scripted-libc.js";

const LINUX = operatingSystem("linux");

/** ESTABLISHED, as Linux and as the MIB number it. */
const row: Row = {
  state: 1,
  localAddress: 0x7f000001,
  localPort: 443,
  remoteAddress: 0x0a000007,
  remotePort: 50123,
};
const mibRow = toMib(row);

function open(script: Script, attempts?: number) {
  const libc = new ScriptedLibc(script);
  return { libc, collector: openSockDiag({ loadLibc: () => libc, attempts }) };
}

function hex(text: string): Uint8Array {
  return Uint8Array.from(text.replace(/#.*$/gm, "").match(/[0-9a-f]{2}/g) ?? [], (pair) => Number.parseInt(pair, 16));
}

describeWith([LINUX], "a dump written by hand", () => {
  // The sequence numbers are 2: the collector has asked once before, whether it is let in.
  const golden = hex(`
    5d 00 00 00  14 00  02 00  02 00 00 00  39 05 00 00   # 93 bytes: padded to 96
    02 0a 00 00                                           # AF_INET, TCP_LISTEN
    00 16 00 00                                           # port 22, port 0
    7f 00 00 01  00 00 00 00  00 00 00 00  00 00 00 00    # 127.0.0.1
    00 00 00 00  00 00 00 00  00 00 00 00  00 00 00 00
    00 00 00 00  01 00 00 00  00 00 00 00                 # interface, cookie
    00 00 00 00  00 00 00 00  80 00 00 00                 # expires, queues
    e8 03 00 00  39 30 00 00                              # uid, inode
    05 00 08 00  00  ff ff ff                             # INET_DIAG_SHUTDOWN, padding
    58 00 00 00  14 00  02 00  02 00 00 00  39 05 00 00   # 88 bytes: no attributes
    02 06 03 00                                           # TCP_TIME_WAIT
    ff fe 01 bb                                           # port 65534, port 443
    c0 a8 01 05  00 00 00 00  00 00 00 00  00 00 00 00    # 192.168.1.5
    ff 00 00 fe  00 00 00 00  00 00 00 00  00 00 00 00    # 255.0.0.254
    02 00 00 00  02 00 00 00  00 00 00 00
    10 27 00 00  00 00 00 00  00 00 00 00
    00 00 00 00  00 00 00 00`);
  const end = hex("14 00 00 00  03 00  02 00  02 00 00 00  39 05 00 00  00 00 00 00");

  test("a dump written by hand becomes this MIB_TCPTABLE", () => {
    const { collector, libc } = open({ dumps: [[golden, end]] });
    const { layout, bytes, attempts } = collector.collect(new MeanBuffer());
    expect({ layout, attempts }).toEqual({ layout: "MIB_TCPTABLE", attempts: 1 });
    expect([...bytes]).toEqual([
      ...hex(`
        02 00 00 00                                       # dwNumEntries
        02 00 00 00  7f 00 00 01  00 16 00 00  00 00 00 00  00 00 00 00
        0b 00 00 00  c0 a8 01 05  ff fe 00 00  ff 00 00 fe  01 bb 00 00`),
    ]);
    expect(libc.open.size).toBe(1);
  });

  test("a dump written by hand is asked for with this request", () => {
    const { collector, libc } = open({ dumps: [[golden, end]] });
    collector.collect(new MeanBuffer());
    const [probe = [], request = []] = libc.requests;
    expect([...request]).toEqual([
      ...hex("48 00 00 00  14 00  01 03  02 00 00 00  00 00 00 00"),
      ...hex("02 06 00 00  ff 0f 00 00"),
      ...new Uint8Array(48),
    ]);
    expect([...probe]).toEqual([
      ...hex("48 00 00 00  14 00  01 03  01 00 00 00  00 00 00 00  02 06 00 00"),
      ...new Uint8Array(52),
    ]);
  });

  test("every state of Linux is translated, and the numbers that the MIB has none for are told apart", () => {
    const states = Array.from({ length: 256 }, (_, state) => state);
    const { collector } = open({ dumps: [dump(states.map((state) => ({ ...row, state })))] });
    const mib = readTable(collector.collect(new MeanBuffer())).map(({ state }) => state);
    expect(mib.slice(1, 13)).toEqual([5, 3, 4, 6, 7, 11, 1, 8, 10, 2, 9, 4]);
    expect([mib[0], mib[13], mib[255]]).toEqual([256, 269, 511]);
    expect(new Set(mib).size).toBe(256 - 1); // 3 and 12 are both SYN-RECEIVED
  });
});

describeWith([LINUX], "memory", () => {
  const rows = Array.from({ length: 5000 }, (_, index) => ({ ...row, remotePort: index }));
  const table = rows.map((each) => ({ ...each, state: 5 }));
  const pieces = Array.from({ length: 20 }, (_, piece) =>
    datagram(...rows.slice(piece * 250, piece * 250 + 250).map((each) => socket(each, { attributes: 8 }))),
  );
  const whole = [...pieces, datagram(done())];

  test.each([0, 4, 1, 2, 3])("a table that outgrows its room is carried over whole, at offset %i", (offset) => {
    const { collector } = open({ dumps: [dump([]), whole] });
    const into = new MeanBuffer(offset);
    expect(readTable(collector.collect(into))).toEqual([]);
    const before = into.growths;
    const collection = collector.collect(into);
    expect(readTable(collection)).toEqual(table);
    expect(collection.attempts).toBe(1);
    expect(into.growths).toBeGreaterThan(before + 1);
  });

  test("a table of the same size needs no more room, and comes as the same view of memory", () => {
    const { collector } = open({ dumps: [whole] });
    const into = new MeanBuffer();
    collector.collect(into);
    const { bytes } = collector.collect(into);
    const { growths } = into;
    expect(collector.collect(into).bytes).toBe(bytes);
    expect(into.growths).toBe(growths);
  });

  test("a collector takes another RawBuffer at every sample", () => {
    const { collector } = open({ dumps: [whole] });
    const [first, second] = [new MeanBuffer(), new MeanBuffer(2)];
    collector.collect(first);
    expect(readTable(collector.collect(second))).toEqual(table);
    expect(readTable(collector.collect(first))).toEqual(table);
  });

  test("a RawBuffer of shared memory will do", () => {
    const { collector } = open({ dumps: [whole] });
    const shared = new Uint8Array(new SharedArrayBuffer(4 + 20 * 10_000));
    expect(readTable(collector.collect({ reserve: () => shared }))).toEqual(table);
  });

  test("a buffer that grows its WebAssembly memory, and so detaches its views, loses nothing", () => {
    const { collector } = open({ dumps: [whole] });
    const memory = new WebAssembly.Memory({ initial: 1 });
    let view = new Uint8Array(memory.buffer, 16);
    const reserve = (byteLength: number) => {
      if (view.length < byteLength) {
        memory.grow(1);
        view = new Uint8Array(memory.buffer, 16);
        return reserve(byteLength);
      }
      return view;
    };
    expect(readTable(collector.collect({ reserve }))).toEqual(table);
    memory.grow(1); // as a select that needs room would
    view = new Uint8Array(memory.buffer, 16);
    expect(readTable(collector.collect({ reserve }))).toEqual(table);
  });

  test("a RawBuffer that gives too little is told with both numbers", () => {
    const { collector } = open({ dumps: [whole] });
    expect(() => collector.collect({ reserve: () => new Uint8Array(100) })).toThrow(/reserve\(\d+\) gave 100 bytes/);
  });

  test("an error of the RawBuffer in the middle of a dump comes through, and the next sample is whole", () => {
    const { collector } = open({ dumps: [whole] });
    let calls = 0;
    const reserve = (byteLength: number) => {
      if (++calls === 3) throw new RangeError("no memory left");
      return new Uint8Array(byteLength);
    };
    expect(() => collector.collect({ reserve })).toThrow("no memory left");
    expect(readTable(collector.collect(new MeanBuffer()))).toEqual(table);
  });
});

describeWith([LINUX], "a dump that is not whole", () => {
  const torn = [
    datagram(socket(row), socket(row, { flags: NLM_F_DUMP_INTR })),
    datagram(socket(row)),
    datagram(done()),
  ];

  test.each([
    ["in a row", torn],
    ["at the end", [datagram(socket(row)), datagram(done(0, { flags: NLM_F_DUMP_INTR }))]],
  ])("interrupted %s: it is done again, to the end and on the same socket", (_, interrupted) => {
    const { collector, libc } = open({ dumps: [interrupted, interrupted, dump([row])] });
    const collection = collector.collect(new MeanBuffer());
    expect(collection.attempts).toBe(3);
    expect(readTable(collection)).toEqual([mibRow]);
    expect(libc.opened).toBe(1);
    expect(collector.collect(new MeanBuffer()).attempts).toBe(1);
  });

  test("a dump that is interrupted for ever: an error that tells every attempt", () => {
    const { collector, libc } = open({ dumps: [torn] });
    const failure = failureOf(() => collector.collect(new MeanBuffer()));
    expect(failure).toMatchObject({ source: "NETLINK_SOCK_DIAG", attempts: 10, code: { name: "NLM_F_DUMP_INTR" } });
    expect(failure.codes).toEqual(Array(10).fill(16));
    expect(failure.message).toContain("Tried 10 times; the codes were 16 ×10.");
    expect(libc.requests).toHaveLength(1 + 10);
  });

  test("as many attempts at a dump are made as are asked for", () => {
    const { collector, libc } = open({ dumps: [torn] }, 3);
    expect(failureOf(() => collector.collect(new MeanBuffer())).attempts).toBe(3);
    expect(libc.requests).toHaveLength(1 + 3);
  });

  test("a datagram that is larger than the buffer is asked for again with a larger one", () => {
    const rows = Array<Row>(1000).fill(row);
    const { collector } = open({ dumps: [dump(rows)] });
    const collection = collector.collect(new MeanBuffer());
    expect(collection.attempts).toBe(2);
    expect(readTable(collection)).toEqual(Array(1000).fill(mibRow));
    expect(collector.collect(new MeanBuffer()).attempts).toBe(1);
  });

  test("a datagram that the kernel had no memory for: it is done again", () => {
    const { collector, libc } = open({ dumps: [[datagram(socket(row)), { errno: 105 }], dump([row])] });
    const collection = collector.collect(new MeanBuffer());
    expect(collection.attempts).toBe(2);
    expect(readTable(collection)).toEqual([mibRow]);
    expect(libc.open.size).toBe(1);
  });

  test("what is left of a dump that the kernel dropped a datagram of is no part of the next one", () => {
    const other = { ...row, remotePort: 1 };
    const { collector, libc } = open({
      dumps: [[{ errno: 105 }, datagram(socket(other)), datagram(done())], dump([row])],
    });
    expect(readTable(collector.collect(new MeanBuffer()))).toEqual([mibRow]);
    expect(readTable(collector.collect(new MeanBuffer()))).toEqual([mibRow]);
    expect(libc.opened).toBe(2);
    expect(libc.open.size).toBe(1);
  });

  test("what is left of a dump whose datagram was too large is no part of the next one", () => {
    const large = datagram(...Array<Message>(1000).fill(socket(row)));
    const other = { ...row, remotePort: 1 };
    const { collector, libc } = open({ dumps: [[large, datagram(socket(other)), datagram(done())], dump([row])] });
    expect(readTable(collector.collect(new MeanBuffer()))).toEqual([mibRow]);
    expect(libc.opened).toBe(2);
  });

  test("signals do not matter", () => {
    const interrupted = { errno: 4 };
    const answers = [interrupted, datagram(socket(row)), interrupted, interrupted, datagram(done())];
    const { collector } = open({ send: [0, 4, 4], dumps: [answers] });
    const collection = collector.collect(new MeanBuffer());
    expect(collection.attempts).toBe(1);
    expect(readTable(collection)).toEqual([mibRow]);
  });

  test("signals without end during a dump are an error", () => {
    const { collector } = open({ dumps: [Array<Answer>(1000).fill({ errno: 4 })] });
    expect(failureOf(() => collector.collect(new MeanBuffer())).code.name).toBe("EINTR");
  });

  test("a kernel that never ends the dump is given up", () => {
    const { collector } = open({ dumps: [[datagram(socket(row))], dump([row])] });
    const failure = failureOf(() => collector.collect(new MeanBuffer()));
    expect(failure.code.name).toBe("EAGAIN");
    expect(failure.message).toContain("did not answer within 5 seconds");
    expect(readTable(collector.collect(new MeanBuffer()))).toEqual([mibRow]);
  });
});

describeWith([LINUX], "errors", () => {
  test.each([
    ["NLMSG_ERROR", [datagram(error(13))], 13, "EACCES", "permission denied"],
    ["NLMSG_DONE", [datagram(socket(row)), datagram(done(12))], 12, "ENOMEM", "not enough memory"],
    ["recv", [{ errno: 12 }], 12, "ENOMEM", "not enough memory"],
    ["an errno that nobody knows", [datagram(error(4000))], 4000, undefined, "unknown code (4000)"],
  ] as const)("told by %s: name, number and text", (_, answers, number, name, text) => {
    const { collector, libc } = open({ dumps: [answers, dump([row])] });
    const failure = failureOf(() => collector.collect(new MeanBuffer()));
    expect(failure).toMatchObject({ code: { number, name }, codes: [number], attempts: 1 });
    expect(failure.message).toContain(text);
    expect(libc.open.size).toBe(0);
    expect(readTable(collector.collect(new MeanBuffer()))).toEqual([mibRow]);
    expect(libc.open.size).toBe(1);
  });

  test.each<[string, Message, string]>([
    [
      "a length below the header's",
      message(20, new Uint8Array(72), { length: 15 }),
      "a message of 15 bytes at byte 88",
    ],
    ["a length of 0", message(20, new Uint8Array(72), { length: 0 }), "a message of 0 bytes at byte 88"],
    ["a length past the end", message(20, new Uint8Array(72), { length: 89 }), "a message of 89 bytes at byte 88"],
    [
      "a length with the top bit",
      message(20, new Uint8Array(72), { length: 0x80000058 }),
      "at byte 88 of a reply of 176",
    ],
    ["bytes too few for a header", () => new Uint8Array(12), "at byte 88 of a reply of 100"],
    ["a socket that is cut short", message(20, new Uint8Array(71).fill(2)), "a socket of 87 bytes"],
    ["another address family", message(20, new Uint8Array(72).fill(10)), "address family 10"],
    ["another request's sequence number", socket(row, { sequence: 99 }), "a reply to another request"],
    ["a type that does not belong here", message(77, new Uint8Array(72)), "a message of type 77"],
    ["an acknowledgement", error(0), "an end of 36 bytes with errno 0"],
    ["a positive error", done(-5), "with errno -5"],
  ])("a malformed reply: %s", (_, malformed, text) => {
    const { collector } = open({ dumps: [[datagram(socket(row), malformed), datagram(done())], dump([row])] });
    const failure = failureOf(() => collector.collect(new MeanBuffer()));
    expect(failure.code.name).toBe("EBADMSG");
    expect(failure.message).toContain(text);
    expect(readTable(collector.collect(new MeanBuffer()))).toEqual([mibRow]);
  });

  test("an empty datagram is malformed too", () => {
    const { collector } = open({ dumps: [[new Uint8Array(0)]] });
    expect(failureOf(() => collector.collect(new MeanBuffer())).code.name).toBe("EBADMSG");
  });

  test("NLMSG_NOOP is nothing, and an end without a number is an end", () => {
    const noop = message(1, new Uint8Array(4));
    const { collector } = open({
      dumps: [[datagram(noop, socket(row), noop), datagram(message(3, new Uint8Array(0)))]],
    });
    expect(readTable(collector.collect(new MeanBuffer()))).toEqual([mibRow]);
  });

  test("a closed collector says that it is closed, and has closed its socket", () => {
    const { collector, libc } = open({ dumps: [dump([row])] });
    collector.close();
    collector.close();
    expect(libc.open.size).toBe(0);
    expect(() => collector.collect(new MeanBuffer())).toThrow("closed");
  });
});

describeWith([LINUX], "for any reply", () => {
  test("for any right reply, the table holds its rows in its order", () => {
    const part = fc.array(fc.tuple(linuxRow, fc.nat({ max: 40 })), { minLength: 1, maxLength: 40 });
    fc.assert(
      fc.property(fc.array(part, { maxLength: 8 }), fc.nat({ max: 3 }), (parts, offset) => {
        const answers = parts.map((rows) =>
          datagram(...rows.map(([each, attributes]) => socket(each, { attributes }))),
        );
        const { collector } = open({ dumps: [[...answers, datagram(done())]] });
        const expected = parts.flat().map(([each]) => toMib(each));
        expect(readTable(collector.collect(new MeanBuffer(offset)))).toEqual(expected);
      }),
    );
  });

  test("for any wrong reply, there is a CollectError or a table, and it is forgotten afterwards", () => {
    const bytes = fc.uint8Array({ maxLength: 200 });
    const any: fc.Arbitrary<Message> = fc.oneof(
      linuxRow.map((each) => socket(each)),
      bytes.map((random) => () => random),
      fc
        .record({
          type: fc.oneof(fc.constantFrom(1, 2, 3, 4, 20), fc.nat({ max: 0xffff })),
          payload: fc.oneof(bytes, fc.constant(Uint8Array.of(2, ...new Uint8Array(71)))),
          flags: fc.constantFrom(0, 0x10, 0xffff),
          length: fc.option(fc.oneof(fc.nat({ max: 300 }), fc.nat({ max: 0xffffffff })), { nil: undefined }),
        })
        .map(({ type, payload, flags, length }) =>
          message(type, payload, { flags, ...(length !== undefined && { length }) }),
        ),
    );
    const answer: fc.Arbitrary<Answer> = fc.oneof(
      { weight: 8, arbitrary: fc.array(any, { maxLength: 6 }).map((parts) => datagram(...parts)) },
      fc.record({ errno: fc.nat({ max: 140 }) }),
    );
    fc.assert(
      fc.property(fc.array(fc.array(answer, { maxLength: 6 }), { minLength: 1, maxLength: 3 }), (dumps) => {
        const { collector, libc } = open({ dumps: [...dumps, dump([row])] });
        const into = new MeanBuffer();
        // Once more than there are dumps: a dump that ended too early has left something behind, which must not be
        // taken.
        for (let sample = 0; sample <= dumps.length; sample++) {
          try {
            readTable(collector.collect(into));
          } catch (error) {
            expect(error).toBeInstanceOf(CollectError);
          }
        }
        expect(readTable(collector.collect(into))).toEqual([mibRow]);
        expect(libc.open.size).toBe(1);
      }),
      { numRuns: 500 },
    );
  });
});
