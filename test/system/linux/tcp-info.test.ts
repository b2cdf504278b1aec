import { expect, test } from "vitest";
import { attribute, event, openScripted, socket, tcpInfo, UNKNOWN } from "../../support/closed-events.js";
import { readEnds } from "../../support/ends.js";
import { describeWith, operatingSystem } from "../../support/needs.js";

const LINUX = operatingSystem("linux");

describeWith([LINUX], "figures of ends", () => {
  /** The figures that this struct tcp_info gives. */
  function figuresOf(info: Uint8Array | undefined, from = socket) {
    const { ends } = openScripted({ events: [[event(from, info ? { info } : {})]] });
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
    const { ends } = openScripted({ events: [[event(socket, { first, info: tcpInfo(208, set) })]] });
    ends.drain();
    expect(readEnds(ends.endsOf(4))).toEqual([expect.objectContaining({ ...all, flags: 0 })]);
  });
});
