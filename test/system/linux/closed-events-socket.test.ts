import { expect, test } from "vitest";
import { CollectError, UnsupportedSystemError } from "../../../src/system/errors.js";
import { openClosedEvents } from "../../../src/system/linux/closed-events.js";
import { event, openScripted, socket } from "../../support/closed-events.js";
import { failureOf } from "../../support/failure.js";
import { describeWith, operatingSystem } from "../../support/needs.js";
import { type Answer, type Script, ScriptedLibc } from "../../support/scripted-libc.js";

const LINUX = operatingSystem("linux");
const EINTR = 4;
const EBADF = 9;
const ENOBUFS = 105;

describeWith([LINUX], "the socket that hears of ends", () => {
  test.each([
    [undefined, 0b101],
    [[4, 6], 0b101],
    [[4], 0b001],
    [[6], 0b100],
  ] as const)("for the families %j is bound to the groups %i, and never waits", (families, groups) => {
    const { ends, libc } = openScripted({ events: [] }, families ? { families } : {});
    expect(libc.bound).toEqual([[16, 0, groups]]); // AF_NETLINK; the kernel chooses the port
    expect(libc.type).toBe(3 | 0x80000 | 0x800); // SOCK_RAW, SOCK_CLOEXEC, SOCK_NONBLOCK
    ends.drain();
    expect(libc.flags).toBe(0x20 | 0x40); // MSG_TRUNC, MSG_DONTWAIT
    expect(ends.source).toBe("NETLINK_SOCK_DIAG's groups of destroyed sockets");
  });

  test("asks for a large buffer with the administrator's option, then with everyone's, and goes on without", () => {
    const FORCE = { option: 33, value: 5000 };
    const PLAIN = { option: 8, value: 5000 };
    expect(openScripted({}, { receiveBuffer: 5000 }).libc.options).toEqual([FORCE]);
    expect(openScripted({ setsockopt: [1] }, { receiveBuffer: 5000 }).libc.options).toEqual([FORCE, PLAIN]);
    const refused = openScripted({ setsockopt: [1, 12], events: [[event(socket)]] }, { receiveBuffer: 5000 });
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
    const { ends, libc } = openScripted({});
    expect(libc.open.size).toBe(1);
    ends.close();
    ends.close();
    expect(libc.open.size).toBe(0);
    expect(() => ends.drain()).toThrow("This collector of ends is closed. Open another one.");
    expect(libc.opened).toBe(1);
  });

  test("calls that a signal interrupts are made again; one that always is becomes an error", () => {
    const { ends } = openScripted({ events: [[{ errno: EINTR }, event(socket), { errno: EINTR }]] });
    ends.drain();
    expect(ends.endsOf(4).length).toBe(1);
    const never = openScripted({ events: [Array(200).fill({ errno: EINTR })] });
    expect(failureOf(() => never.ends.drain()).code.name).toBe("EINTR");
  });

  test("an error of recv is told, and what came before it is kept", () => {
    const { ends, libc } = openScripted({ events: [[event(socket), { errno: EBADF }, event(socket)]] });
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
    const { ends } = openScripted({ events, drops: [0xfffffff0, 0xfffffff0, 5] });
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
    const { ends } = openScripted({ events: [[full, event(socket), full]], drops: [] });
    ends.drain();
    expect([ends.endsOf(4).length, ends.lost]).toEqual([1, 2]);
  });

  test("are counted also in a drain that ends with an error", () => {
    const { ends } = openScripted({ events: [[full, new Uint8Array(7)]], drops: [9] });
    expect(() => ends.drain()).toThrow(CollectError);
    expect(ends.lost).toBe(9);
  });
});
