import * as fc from "fast-check";
import { expect, test, vi } from "vitest";
import type { EndsOptions } from "../../../src/system/contract.js";
import { CollectError, UnsupportedSystemError } from "../../../src/system/errors.js";
import { openClosedEvents } from "../../../src/system/linux/closed-events.js";
import { type DiagSocket, diagMessage, diagSocket, toLinuxRow } from "../../support/diag-sockets.js";
import { readEnds } from "../../support/ends.js";
import { failureOf } from "../../support/failure.js";
import { describeWith, operatingSystem } from "../../support/needs.js";
import { type Header, type Message, message } from "../../support/netlink-messages.js";
import { type Answer, type Script, ScriptedLibc } from "../../support/scripted-libc.js";

const LINUX = operatingSystem("linux");
const EAGAIN = 11;
const EINTR = 4;
const EBADF = 9;
const ENOBUFS = 105;

function open(script: Script, options: EndsOptions & { readonly receiveBuffer?: number } = {}) {
  const libc = new ScriptedLibc(script);
  return { libc, ends: openClosedEvents({ ...options, loadLibc: () => libc }) };
}

function hex(text: string): Uint8Array {
  return Uint8Array.from(text.replace(/#.*$/gm, "").match(/[0-9a-f]{2}/g) ?? [], (pair) => Number.parseInt(pair, 16));
}

const socket: DiagSocket = {
  family: 4,
  state: 7,
  localAddress: "7f000001",
  localPort: 443,
  remoteAddress: "0a000007",
  remotePort: 50123,
  device: 0,
  inode: 0,
  socketCookie: 0x1122334455667788n,
};

interface Attributes {
  readonly protocol?: number;
  /** struct tcp_info. */
  readonly info?: Uint8Array;
  /** Whatever else comes in front of these. */
  readonly first?: Uint8Array;
}

function attribute(type: number, payload: Uint8Array): Uint8Array {
  const bytes = new Uint8Array((4 + payload.length + 3) & ~3);
  const view = new DataView(bytes.buffer);
  view.setUint16(0, 4 + payload.length, true);
  view.setUint16(2, type, true);
  bytes.set(payload, 4);
  return bytes;
}

/** An event: a socket, then attributes. Its sequence number is 0 and it is no part of a dump. */
function event(from: DiagSocket, { protocol = 6, info, first }: Attributes = {}, header: Header = {}): Uint8Array {
  const attributes = [...(first ?? []), ...attribute(10, Uint8Array.of(protocol)), ...(info ? attribute(2, info) : [])];
  const payload = diagMessage(from)(0).subarray(16);
  return message(20, Uint8Array.of(...payload, ...attributes), header)(0);
}

/** A struct tcp_info of so many bytes, in which every word that is not set says nonsense. */
function tcpInfo(byteLength: number, set: Readonly<Record<number, number>> = {}): Uint8Array {
  const info = new Uint8Array(280).fill(0xc3);
  const view = new DataView(info.buffer);
  for (const [at, value] of Object.entries(set)) view.setUint32(Number(at), value, true);
  return info.subarray(0, byteLength);
}

const UNKNOWN = { bytesSent: null, bytesReceived: null, retransmits: null, rtt: null };

describeWith([LINUX], "an event as Linux 6.18 sent it", () => {
  // A server's end: it received 5 bytes and a FIN, which the kernel counts as one more.
  const captured = hex(`
    7c 01 00 00  14 00  00 00  00 00 00 00  00 00 00 00                     # nlmsghdr: 380 bytes, SOCK_DIAG_BY_FAMILY
    02 07 00 00                                                             # AF_INET, TCP_CLOSE
    d2 d5 ab 9c                                                             # port 53973, port 43932
    7f 00 00 01  00 00 00 00  00 00 00 00  00 00 00 00                      # 127.0.0.1
    7f 00 00 01  00 00 00 00  00 00 00 00  00 00 00 00
    00 00 00 00  05 5e 07 00  00 00 00 00                                   # interface, cookie 482821
    00 00 00 00  06 00 00 00  00 00 00 00  00 00 00 00  00 00 00 00         # expires, queues, uid, inode
    05 00 0a 00  06 00 00 00                                                # INET_DIAG_PROTOCOL: TCP
    1c 01 02 00                                                             # INET_DIAG_INFO: 280 bytes of struct tcp_info
    07 00 00 00  00 07 aa 01  e0 1c 03 00  40 9c 00 00  00 80 00 00         #   0
    18 02 00 00  00 00 00 00  00 00 00 00  00 00 00 00  00 00 00 00         #  20
    00 00 00 00  64 00 00 00  00 00 00 00  64 00 00 00  30 00 00 00         #  40
    ff ff 00 00  cb ff 00 00                                                #  60
    1b 00 00 00                                                             #  68 tcpi_rtt: 27 µs
    0d 00 00 00  ff ff ff 7f  0a 00 00 00  cb ff 00 00                      #  72
    03 00 00 00  00 00 00 00  cb ff 00 00                                   #  88
    00 00 00 00                                                             # 100 tcpi_total_retrans
    fd b5 4f 13 08 00 00 00  ff ff ff ff ff ff ff ff                        # 104 pacing
    00 00 00 00 00 00 00 00                                                 # 120 tcpi_bytes_acked
    06 00 00 00 00 00 00 00                                                 # 128 tcpi_bytes_received
    03 00 00 00  04 00 00 00  00 00 00 00  1b 00 00 00                      # 136
    01 00 00 00                                                             # 152 tcpi_data_segs_in
    ${"00 ".repeat(40)}                                                     # 156
    00 00 00 00                                                             # 196
    00 00 00 00 00 00 00 00                                                 # 200 tcpi_bytes_sent
    ${"00 ".repeat(24)}
    00 00 01 00  00 00 01 00                                                # 232
    ${"00 ".repeat(40)}`);

  test("an event as Linux 6.18 sent it becomes this row and this record", () => {
    expect(captured.length).toBe(380);
    vi.useFakeTimers({ toFake: ["Date"], now: 1_700_000_000_123 });
    try {
      const { ends } = open({ events: [[captured]] });
      ends.drain();
      const { layout, length, rows, records } = ends.endsOf(4);
      expect({ layout, length }).toEqual({ layout: "LINUX_TCPTABLE", length: 1 });
      expect([...rows]).toEqual([
        ...hex(`
          01 00 00 00  00 00 00 00
          01 00 00 00  7f 00 00 01  d2 d5 00 00  7f 00 00 01  ab 9c 00 00
          00 00 00 00  00 00 00 00  00 00 00 00  05 5e 07 00 00 00 00 00`),
      ]);
      expect([...records]).toEqual([
        ...hex(`
          00 b0 87 56 fe bc 78 42                            # 1,700,000,000,123 as an f64
          00 00 00 00 00 00 00 00  06 00 00 00 00 00 00 00
          00 00 00 00  1b 00 00 00  00 00 00 00  00 00 00 00`),
      ]);
      expect(ends.endsOf(6)).toMatchObject({ layout: "LINUX_TCP6TABLE", length: 0 });
    } finally {
      vi.useRealTimers();
    }
  });
});

describeWith([LINUX], "rows of ends", () => {
  test("any socket that an event tells becomes the row that a dump of it would give, in its own family", () => {
    const sockets = fc.array(fc.oneof(diagSocket(4), diagSocket(6)), { maxLength: 20 });
    fc.assert(
      fc.property(sockets, (all) => {
        const { ends } = open({ events: [all.map((each) => event(each))] });
        ends.drain();
        for (const family of [4, 6] as const) {
          const expected = all.filter((each) => each.family === family).map((each) => toLinuxRow(each, false));
          expect(readEnds(ends.endsOf(family))).toEqual(expected.map((row) => expect.objectContaining(row)));
        }
      }),
      { numRuns: 200, interruptAfterTimeLimit: 10_000 },
    );
  });

  test("ends of several drains stand one behind the other until clear, which makes room for as many again", () => {
    const numbers = Array.from({ length: 1000 }, (_, index) => index + 1);
    const all = numbers.map((number) =>
      event({ ...socket, localPort: number }, { info: tcpInfo(280, { 68: number }) }),
    );
    const { ends } = open({ events: [all, all, [event(socket)]] });
    ends.drain();
    ends.drain();
    const read = readEnds(ends.endsOf(4));
    expect(read.map(({ localPort }) => localPort)).toEqual([...numbers, ...numbers]);
    expect(read.map(({ rtt }) => rtt)).toEqual([...numbers, ...numbers]);
    expect(Math.min(...read.map(({ time }) => time))).toBeGreaterThan(1_700_000_000_000);
    const { buffer } = ends.endsOf(4).rows;
    const records = ends.endsOf(4).records.buffer;
    ends.clear();
    expect(ends.endsOf(4).length).toBe(0);
    ends.drain();
    expect(readEnds(ends.endsOf(4))).toHaveLength(1);
    expect(ends.endsOf(4).rows.buffer).toBe(buffer);
    expect(ends.endsOf(4).records.buffer).toBe(records);
    expect(ends.lost).toBe(0);
  });

  test("ends beyond the limit of a family are counted as lost, and clear starts the count anew", () => {
    const v6: DiagSocket = { ...socket, family: 6, localAddress: "1".repeat(32), remoteAddress: "2".repeat(32) };
    const many = [...Array(7).fill(event(socket)), ...Array(2).fill(event(v6))];
    const { ends } = open({ events: [many, many] }, { limit: 3 });
    ends.drain();
    expect([ends.endsOf(4).length, ends.endsOf(6).length, ends.lost]).toEqual([3, 2, 4]);
    ends.drain();
    expect([ends.endsOf(4).length, ends.endsOf(6).length, ends.lost]).toEqual([3, 3, 4 + 7 + 1]);
    ends.clear();
    expect([ends.endsOf(4).length, ends.endsOf(6).length, ends.lost]).toEqual([0, 0, 0]);
  });

  test("the end of a socket of another protocol is not told, and is no loss", () => {
    const { ends } = open({ events: [[event(socket, { protocol: 17 }), event(socket, { protocol: 262 & 0xff })]] });
    ends.drain();
    expect(readEnds(ends.endsOf(4))).toEqual([expect.objectContaining({ localPort: 443 })]);
    expect(ends.lost).toBe(0);
  });
});

describeWith([LINUX], "figures of ends", () => {
  /** The figures that this struct tcp_info gives. */
  function figuresOf(info: Uint8Array | undefined, from = socket) {
    const { ends } = open({ events: [[event(from, info ? { info } : {})]] });
    ends.drain();
    const [{ bytesSent, bytesReceived, retransmits, rtt } = {}] = readEnds(ends.endsOf(4));
    return { bytesSent, bytesReceived, retransmits, rtt };
  }

  const set = { 68: 1234, 100: 0xfffffff0, 128: 7, 132: 5, 152: 1, 200: 0xffffffff, 204: 1 };
  const all = { bytesSent: 0x1_ffffffffn, bytesReceived: 0x5_00000007n, retransmits: 0xfffffff0, rtt: 1234 };

  test.each([
    ["280 bytes: Linux 6.18", 280, all],
    ["208 bytes: the last figure just fits", 208, all],
    ["207 bytes: half of bytes_sent is missing", 207, { ...all, bytesSent: null }],
    ["192 bytes: before Linux 4.19", 192, { ...all, bytesSent: null }],
    ["136 bytes: no data_segs_in", 136, { ...all, bytesSent: null }],
    ["135 bytes: half of bytes_received is missing", 135, { ...all, bytesSent: null, bytesReceived: null }],
    ["104 bytes: before Linux 4.1", 104, { ...all, bytesSent: null, bytesReceived: null }],
    ["103 bytes: half of total_retrans is missing", 103, { ...UNKNOWN, rtt: 1234 }],
    ["71 bytes: half of rtt is missing", 71, UNKNOWN],
    ["0 bytes", 0, UNKNOWN],
  ])("of a struct tcp_info with %s are told as far as they lie inside", (_, byteLength, expected) => {
    expect(figuresOf(tcpInfo(byteLength, set))).toEqual(expected);
  });

  test("are unknown where the event has no struct tcp_info", () => expect(figuresOf(undefined)).toEqual(UNKNOWN));

  test("a round trip of 0 was never measured: it is unknown", () => {
    expect(figuresOf(tcpInfo(280, { ...set, 68: 0 }))).toEqual({ ...all, rtt: null });
  });

  test("no byte was received where no segment had data: the 1 is the other end's FIN", () => {
    expect(figuresOf(tcpInfo(280, { ...set, 128: 1, 132: 0, 152: 0 }))).toEqual({ ...all, bytesReceived: 0n });
  });

  test("of a socket without a remote port are unknown: the kernel has set them to 0 when it was disconnected", () => {
    const zeros = tcpInfo(280, { 68: 0, 100: 0, 128: 0, 132: 0, 152: 0, 200: 0, 204: 0 });
    expect(figuresOf(zeros, { ...socket, remotePort: 0 })).toEqual(UNKNOWN);
  });

  test("are found behind attributes that nobody knows, and in front of none", () => {
    const first = Uint8Array.of(...attribute(0x8000 | 99, new Uint8Array(5)), ...attribute(15, Uint8Array.of(1)));
    const { ends } = open({ events: [[event(socket, { first, info: tcpInfo(208, set) })]] });
    ends.drain();
    expect(readEnds(ends.endsOf(4))).toEqual([expect.objectContaining({ ...all, flags: 0 })]);
  });
});

describeWith([LINUX], "the socket that hears of ends", () => {
  test.each([
    [undefined, 0b101],
    [[4, 6], 0b101],
    [[4], 0b001],
    [[6], 0b100],
  ] as const)("for the families %j is bound to the groups %i, and never waits", (families, groups) => {
    const { ends, libc } = open({ events: [] }, families ? { families } : {});
    expect(libc.bound).toEqual([[16, 0, groups]]); // AF_NETLINK; the kernel chooses the port
    expect(libc.type).toBe(3 | 0x80000 | 0x800); // SOCK_RAW, SOCK_CLOEXEC, SOCK_NONBLOCK
    ends.drain();
    expect(libc.flags).toBe(0x20 | 0x40); // MSG_TRUNC, MSG_DONTWAIT
    expect(ends.source).toBe("NETLINK_SOCK_DIAG's groups of destroyed sockets");
  });

  test("asks for a large buffer with the administrator's option, then with everyone's, and goes on without", () => {
    const FORCE = { option: 33, value: 5000 };
    const PLAIN = { option: 8, value: 5000 };
    expect(open({}, { receiveBuffer: 5000 }).libc.options).toEqual([FORCE]);
    expect(open({ setsockopt: [1] }, { receiveBuffer: 5000 }).libc.options).toEqual([FORCE, PLAIN]);
    const refused = open({ setsockopt: [1, 12], events: [[event(socket)]] }, { receiveBuffer: 5000 });
    refused.ends.drain();
    expect(refused.ends.endsOf(4).length).toBe(1);
  });

  test.each<[string, Script]>([
    ["EPERM", { socket: [1] }],
    ["EPROTONOSUPPORT", { socket: [93] }],
    ["EMFILE", { socket: [24] }],
    ["EPERM", { bind: [1] }],
    ["EINVAL", { bind: [22] }],
  ])("where %s refuses it: an error that says so and what to do, and no socket is left", (name, script) => {
    const libc = new ScriptedLibc(script);
    const failure = failureOf(() => openClosedEvents({ loadLibc: () => libc }));
    expect(failure.code.name).toBe(name);
    expect(failure.source).toBe("NETLINK_SOCK_DIAG's groups of destroyed sockets");
    expect(failure.message).toContain('Go on without ends; to have them, see whether "ss -E" works');
    expect(libc.open.size).toBe(0);
  });

  test("where koffi can't be loaded there are no ends, and the error says why", () => {
    const loadLibc = () => {
      throw new Error("no native part");
    };
    expect(() => openClosedEvents({ loadLibc })).toThrow(UnsupportedSystemError);
    expect(() => openClosedEvents({ loadLibc })).toThrow(/koffi, which could not be loaded: no native part/);
  });

  test("is closed once, and the collector says then that it is closed", () => {
    const { ends, libc } = open({});
    expect(libc.open.size).toBe(1);
    ends.close();
    ends.close();
    expect(libc.open.size).toBe(0);
    expect(() => ends.drain()).toThrow("This collector of ends is closed. Open another one.");
    expect(libc.opened).toBe(1);
  });

  test("calls that a signal interrupts are made again; one that always is becomes an error", () => {
    const { ends } = open({ events: [[{ errno: EINTR }, event(socket), { errno: EINTR }]] });
    ends.drain();
    expect(ends.endsOf(4).length).toBe(1);
    const never = open({ events: [Array(200).fill({ errno: EINTR })] });
    expect(failureOf(() => never.ends.drain()).code.name).toBe("EINTR");
  });

  test("an error of recv is told, and what came before it is kept", () => {
    const { ends, libc } = open({ events: [[event(socket), { errno: EBADF }, event(socket)]] });
    expect(failureOf(() => ends.drain()).code.name).toBe("EBADF");
    expect(ends.endsOf(4).length).toBe(1);
    ends.drain();
    expect(ends.endsOf(4).length).toBe(2);
    expect(libc.opened).toBe(1);
  });

  test("a drain ends although the events never do", () => {
    const libc = new ScriptedLibc({});
    const bytes = event(socket);
    libc.recv = (_socket, into) => {
      new Uint8Array(into.buffer).set(bytes);
      return bytes.length;
    };
    const ends = openClosedEvents({ loadLibc: () => libc, limit: 10 });
    ends.drain();
    expect(ends.endsOf(4).length + ends.lost).toBe(65_536);
  });
});

describeWith([LINUX], "ends that the kernel had to drop", () => {
  const full: Answer = { errno: ENOBUFS };

  test("are counted by the socket's own counter, also where that wraps", () => {
    const events = [[full, event(socket)], [], [event(socket)], [full]];
    const { ends } = open({ events, drops: [0xfffffff0, 0xfffffff0, 5] });
    ends.drain();
    expect([ends.endsOf(4).length, ends.lost]).toEqual([1, 0xfffffff0]);
    ends.drain(); // nothing came: the counter is not asked
    ends.drain();
    expect([ends.endsOf(4).length, ends.lost]).toEqual([2, 0xfffffff0]);
    ends.clear();
    expect(ends.lost).toBe(0);
    ends.drain();
    expect(ends.lost).toBe(0x15);
  });

  test("are at least one for each time that the kernel says so, where it has no counter", () => {
    const { ends } = open({ events: [[full, event(socket), full]], drops: [] });
    ends.drain();
    expect([ends.endsOf(4).length, ends.lost]).toEqual([1, 2]);
  });

  test("are counted also in a drain that ends with an error", () => {
    const { ends } = open({ events: [[full, new Uint8Array(7)]], drops: [9] });
    expect(() => ends.drain()).toThrow(CollectError);
    expect(ends.lost).toBe(9);
  });
});

describeWith([LINUX], "an event that is malformed", () => {
  const whole = event(socket, { info: tcpInfo(208) });
  const cut = (length: number, claimed: number): Uint8Array => {
    const bytes = whole.slice(0, length);
    new DataView(bytes.buffer).setUint32(0, claimed, true);
    return bytes;
  };
  const broken = (at: number, value: number): Uint8Array => {
    const bytes = whole.slice();
    new DataView(bytes.buffer).setUint16(at, value, true);
    return bytes;
  };
  const alone = (each: Message) => each(0);

  test.each<[string, Uint8Array, RegExp]>([
    ["nothing", new Uint8Array(0), /an event of 0 bytes/],
    ["less than a header", new Uint8Array(7), /an event of 7 bytes/],
    ["less than a socket", cut(84, 84), /an event of 84 bytes/],
    ["a socket that claims more than there is", cut(88, 92), /a message of 92 bytes in an event of 88/],
    ["a socket that claims less than one", cut(96, 60), /a message of 60 bytes in an event of 96/],
    ["two messages", Uint8Array.of(...cut(88, 88), ...cut(88, 88)), /a message of 88 bytes in an event of 176/],
    ["a negative length", cut(96, 0xfffffff0), /a message of -16 bytes/],
    ["another address family", event({ ...socket }).fill(1, 16, 17), /address family 1/],
    ["another sequence number", event(socket, {}, { sequence: 7 }), /a reply to another request/],
    ["the end of a dump", alone(message(3, new Uint8Array(72).fill(2))), /errno -/],
    ["no socket", alone(message(1, Uint8Array.of(2, ...new Uint8Array(71)))), /tells no socket/],
    ["a message of another type", alone(message(77, Uint8Array.of(2, ...new Uint8Array(71)))), /a message of type 77/],
    ["an attribute of 3 bytes", broken(88, 3), /an attribute of 3 bytes/],
    ["an attribute that is longer than the message", broken(96, 5000), /an attribute of 5000 bytes/],
    ["more than there is room for", new Uint8Array(10_000), /an event of 10000 bytes/],
  ])("an event that is malformed, %s: EBADMSG, no row, and the next event is told", (_, bytes, text) => {
    const { ends, libc } = open({ events: [[bytes, whole]] });
    const failure = failureOf(() => ends.drain());
    expect(failure.code.name).toBe("EBADMSG");
    expect(failure.message).toMatch(text);
    expect(failure.message).toMatch(/see whether "ss -E" works/);
    expect(readEnds(ends.endsOf(4))).toEqual([]);
    ends.drain();
    expect(readEnds(ends.endsOf(4))).toEqual([expect.objectContaining({ localPort: 443 })]);
    expect(libc.opened).toBe(1);
  });

  test("any event whose bytes were flipped or cut is told as a row with a record, or is a CollectError; it never traps", () => {
    const mutations = fc.array(fc.tuple(fc.nat({ max: whole.length - 1 }), fc.nat({ max: 255 })), { maxLength: 4 });
    fc.assert(
      fc.property(mutations, fc.nat({ max: whole.length }), (flips, length) => {
        const bytes = whole.slice(0, length);
        for (const [at, value] of flips) if (at < length) bytes[at] = value;
        const { ends } = open({ events: [[bytes, event({ ...socket, localPort: 80 })]] });
        try {
          ends.drain();
        } catch (error) {
          expect(error).toBeInstanceOf(CollectError);
          ends.drain();
        }
        const read = [...readEnds(ends.endsOf(4)), ...readEnds(ends.endsOf(6))];
        expect(read.length).toBeLessThanOrEqual(2);
        expect(read).toContainEqual(expect.objectContaining({ localPort: 80, ...UNKNOWN }));
      }),
      { numRuns: 1000, interruptAfterTimeLimit: 10_000, endOnFailure: true },
    );
  });

  test("EAGAIN alone is no error: nothing has come", () => {
    const { ends } = open({ events: [[{ errno: EAGAIN }]] });
    ends.drain();
    expect([ends.endsOf(4).length, ends.endsOf(6).length, ends.lost]).toEqual([0, 0, 0]);
  });
});
