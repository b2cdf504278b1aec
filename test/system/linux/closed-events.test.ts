import * as fc from "fast-check";
import { expect, test, vi } from "vitest";
import { CollectError } from "../../../src/system/errors.js";
import { event, openScripted, socket, tcpInfo, UNKNOWN } from "../../support/closed-events.js";
import { type DiagSocket, diagSocket, toLinuxRow } from "../../support/diag-sockets.js";
import { readEnds } from "../../support/ends.js";
import { failureOf } from "../../support/failure.js";
import { describeWith, operatingSystem } from "../../support/needs.js";
import { type Message, message } from "../../support/netlink-messages.js";

const LINUX = operatingSystem("linux");
const EAGAIN = 11;

function hex(text: string): Uint8Array {
  return Uint8Array.from(text.replace(/#.*$/gm, "").match(/[0-9a-f]{2}/g) ?? [], (pair) => Number.parseInt(pair, 16));
}

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
      const { ends } = openScripted({ events: [[captured]] });
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
        const { ends } = openScripted({ events: [all.map((each) => event(each))] });
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
    const { ends } = openScripted({ events: [all, all, [event(socket)]] });
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
    const { ends } = openScripted({ events: [many, many] }, { limit: 3 });
    ends.drain();
    expect([ends.endsOf(4).length, ends.endsOf(6).length, ends.lost]).toEqual([3, 2, 4]);
    ends.drain();
    expect([ends.endsOf(4).length, ends.endsOf(6).length, ends.lost]).toEqual([3, 3, 4 + 7 + 1]);
    ends.clear();
    expect([ends.endsOf(4).length, ends.endsOf(6).length, ends.lost]).toEqual([0, 0, 0]);
  });

  test("the end of a socket of another protocol is not told, and is no loss", () => {
    const { ends } = openScripted({
      events: [[event(socket, { protocol: 17 }), event(socket, { protocol: 262 & 0xff })]],
    });
    ends.drain();
    expect(readEnds(ends.endsOf(4))).toEqual([expect.objectContaining({ localPort: 443 })]);
    expect(ends.lost).toBe(0);
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
    const { ends, libc } = openScripted({ events: [[bytes, whole]] });
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
        const { ends } = openScripted({ events: [[bytes, event({ ...socket, localPort: 80 })]] });
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
    const { ends } = openScripted({ events: [[{ errno: EAGAIN }]] });
    ends.drain();
    expect([ends.endsOf(4).length, ends.endsOf(6).length, ends.lost]).toEqual([0, 0, 0]);
  });
});
