import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Expression } from "../../../src/filter/expression.js";
import { compileFilter } from "../../../src/filter/filter.js";
import type { Family } from "../../../src/format/layouts.js";
import { assembleBytecode } from "../../../src/system/linux/bytecode.js";
import { EVERY, pushDown } from "../../../src/system/linux/push-down.js";
import { openSockDiag } from "../../../src/system/linux/sockdiag.js";
import { expression, rawRow } from "../../support/arbitraries.js";
import { auditBytecode, runBytecode } from "../../support/bytecode.js";
import { failureOf } from "../../support/failure.js";
import { hex } from "../../support/hex.js";
import { describeWith, operatingSystem } from "../../support/needs.js";
import { datagram, done, error } from "../../support/netlink-messages.js";
import { matches } from "../../support/oracle.js";
import { MeanBuffer } from "../../support/raw-buffer.js";
import { type Script, ScriptedLibc } from "../../support/scripted-libc.js";
import type { RawRow } from "../../support/tables.js";

const LINUX = operatingSystem("linux");

function programFor(text: string, family: Family = 4, hasEqual = true): Uint8Array {
  return assembleBytecode(pushDown(compileFilter(text), family).condition, hasEqual);
}

describe("inet_diag bytecode, written by hand", () => {
  const S_EQ_443 = "0b 08 0c 00  00 00 bb 01";

  test.each<[string, string]>([
    ["sport = :443", S_EQ_443],
    ["dport = :443", "0c 08 0c 00  00 00 bb 01"],
    ["state established sport = :443", S_EQ_443],
    ["sport >= :8000", "02 08 0c 00  00 00 40 1f"],
    ["dport < :1024 exclude listening", "05 08 0c 00  00 00 ff 03"],
    [
      "sport = :8000-8100",
      `02 08 14 00  00 00 40 1f    # S_GE 8000, else 20 bytes on: behind the end
       03 08 0c 00  00 00 a4 1f    # S_LE 8100`,
    ],
    ["not sport >= :8000", "03 08 0c 00  00 00 3f 1f"],
    ["not sport <= :8000", "02 08 0c 00  00 00 41 1f"],
    [
      "not sport = :8000-8100",
      `02 08 10 00  00 00 40 1f    # S_GE 8000, else to the end: accepted
       02 08 0c 00  00 00 a5 1f    # S_GE 8101, else behind the end`,
    ],
    [
      "not sport = :443",
      `0b 08 0c 00  00 00 bb 01    # S_EQ 443, else to the end
       01 04 08 00                 # JMP behind the end`,
    ],
    ["src 10.1.2.3/8", "07 10 14 00  02 08 00 00  ff ff ff ff  0a 00 00 00"],
    [
      "not src 10.0.0.7",
      `07 10 14 00  02 20 00 00  ff ff ff ff  0a 00 00 07
       01 04 08 00`,
    ],
    [
      "sport = :443 and src 10.0.0.0/8",
      `0b 08 1c 00  00 00 bb 01
       07 10 14 00  02 08 00 00  ff ff ff ff  0a 00 00 00`,
    ],
    [
      "sport = :443 or dport = :443",
      `0b 08 0c 00  00 00 bb 01    # S_EQ, else over the jump
       01 04 0c 00                 # JMP to the end
       0c 08 0c 00  00 00 bb 01`,
    ],
    [
      "not ( sport = :443 or src 10.0.0.0/8 )",
      `0b 08 0c 00  00 00 bb 01
       01 04 1c 00
       07 10 14 00  02 08 00 00  ff ff ff ff  0a 00 00 00
       01 04 08 00`,
    ],
    [
      "( state listening ) or sport = :443",
      `0c 08 0c 00  00 00 00 00    # D_EQ 0: no connection but a listener has no remote port
       01 04 0c 00
       0b 08 0c 00  00 00 bb 01`,
    ],
  ])("%s", (text, program) => {
    expect([...programFor(text)]).toEqual([...hex(program)]);
  });

  test("a kernel without S_EQ and D_EQ compares twice", () => {
    expect([...programFor("dport = :443", 4, false)]).toEqual([
      ...hex("04 08 14 00  00 00 bb 01  05 08 0c 00  00 00 bb 01"),
    ]);
    expect([...programFor("not sport = :443", 4, false)]).toEqual([
      ...hex("02 08 10 00  00 00 bb 01  02 08 0c 00  00 00 bc 01"),
    ]);
  });

  test("an IPv4 address is the IPv4-mapped one in a dump of IPv6 sockets", () => {
    expect([...programFor("src 10.0.0.0/8", 6)]).toEqual([
      ...hex("07 1c 20 00  0a 68 00 00  ff ff ff ff  00 00 00 00  00 00 00 00  00 00 ff ff  0a 00 00 00"),
    ]);
  });
});

describe("of a filter, the kernel is asked for", () => {
  const ALL = 0xfff;
  const LISTENER = 1 << 10;

  test.each<[string, number, number]>([
    ["", ALL, 0],
    ["state listening", LISTENER, 0],
    ["state established", 1 << 1, 0],
    ["state established state time-wait", (1 << 1) | (1 << 6), 0],
    ["exclude listening", ALL & ~LISTENER, 0],
    ["exclude listening exclude time-wait dport = :443", ALL & ~LISTENER & ~(1 << 6), 8],
    ["dport = :443", ALL & ~LISTENER, 8],
    ["pid = 7", ALL, 0],
    ["pid = 7 or sport = :443", ALL, 0],
    ["pid = 7 and sport = :443", ALL, 8],
    ["not pid = 7 and sport = :443", ALL, 8],
    ["not ( pid = 7 or sport = :443 )", ALL, 12],
    ["not ( pid = 7 and sport = :443 )", ALL, 0],
    ["state delete-tcb", 0, 0],
    ["src [::1]", 0, 0],
    ["src 127.0.0.1 and src [::1]", 0, 0],
    ["sport > 65535", 0, 0],
    ["sport >= 0", ALL, 0],
    ["src *:*", ALL, 0],
  ])("%j: these states, and a program of that many bytes", (text, states, bytes) => {
    const pushed = pushDown(compileFilter(text), 4);
    expect(pushed.states).toBe(states);
    if (states !== 0) expect(assembleBytecode(pushed.condition, true).length).toBe(bytes);
  });

  test("everything, where there is no filter", () => {
    expect(pushDown(undefined, 6)).toEqual({ states: ALL, condition: EVERY });
  });

  test.each<[string, Expression]>([
    ["a mask that is no prefix", { kind: "ipv4", column: "localAddress", address: 0x0a000001, mask: 0xff0000ff }],
    [
      "an address with bits beyond its mask",
      { kind: "ipv4", column: "localAddress", address: 0x0a000001, mask: 0xff000000 },
    ],
    ["a port that is none", { kind: "range", column: "localPort", from: 80.5, to: 443 }],
    ["a port that is too large", { kind: "range", column: "localPort", from: 80, to: 70_000 }],
  ])("everything, where a filter made by hand has %s", (_, condition) => {
    for (const made of [condition, { kind: "not", operand: condition } as const])
      expect(pushDown({ text: "", expression: made }, 4)).toEqual({ states: ALL, condition: EVERY });
  });
});

/** Linux's number of a state, and the MIB's. */
const STATES = [
  [1, 5],
  [2, 3],
  [3, 4],
  [4, 6],
  [5, 7],
  [6, 11],
  [7, 1],
  [8, 8],
  [9, 10],
  [10, 2],
  [11, 9],
] as const;

const LISTEN = 2;

/** A row as Linux's kernel has it: a listener has no remote port, but maybe a remote address that is left over. */
function linuxRow(family: Family) {
  return fc
    .tuple(rawRow(family === 4 ? "LINUX_TCPTABLE" : "LINUX_TCP6TABLE"), fc.constantFrom(...STATES))
    .map(([row, [linuxState, state]]) => ({
      linuxState,
      row: { ...row, state, ...(state === LISTEN && { remotePort: 0 }) } as RawRow,
    }));
}

/** What the collector does with a filter, as a kernel would: whether the row is told. */
function isTold(where: Expression, family: Family, hasEqual: boolean): (linuxState: number, row: RawRow) => boolean {
  const { states, condition } = pushDown({ text: "", expression: where }, family);
  const program = assembleBytecode(condition, hasEqual);
  if (states !== 0 && program.length > 0) auditBytecode(program, hasEqual);
  return (linuxState, row) => {
    if (!(states & (1 << linuxState))) return false;
    return runBytecode(program, {
      localAddress: octetsOf(row.localAddress),
      localPort: row.localPort,
      remoteAddress: octetsOf(row.remoteAddress),
      remotePort: row.remotePort,
    });
  };
}

function octetsOf(address: RawRow["localAddress"]): Uint8Array {
  return Uint8Array.from([address].flat().flatMap((word) => [word >>> 24, word >>> 16, word >>> 8, word]));
}

/** An expression without what bytecode can't say. */
function onlyPortsAndAddresses(is: Expression): Expression {
  switch (is.kind) {
    case "state":
      return { kind: "all" };
    case "range":
      // A range that ends beyond the last port, or before it begins, is no port of any text.
      return is.column === "localPort" || is.column === "remotePort" ? is : { kind: "all" };
    case "not":
      return { kind: "not", operand: onlyPortsAndAddresses(is.operand) };
    case "and":
    case "or":
      return { kind: is.kind, operands: is.operands.map(onlyPortsAndAddresses) };
    default:
      return is;
  }
}

const LIMITS = { numRuns: 1500, interruptAfterTimeLimit: 20_000, markInterruptAsFailure: false };

describe.each([
  ["IPv4", 4],
  ["IPv6, mapped addresses included", 6],
] as const)("for any filter and any sockets of %s", (_, family) => {
  const layout = family === 4 ? "LINUX_TCPTABLE" : "LINUX_TCP6TABLE";
  const rows = fc.array(linuxRow(family), { minLength: 1, maxLength: 30 });

  test("the kernel takes the program, and leaves out no row that matches", () => {
    fc.assert(
      fc.property(expression(layout), rows, fc.boolean(), (where, sockets, hasEqual) => {
        const told = isTold(where, family, hasEqual);
        const lost = sockets.filter(({ linuxState, row }) => matches(row, where) && !told(linuxState, row));
        expect(lost).toEqual([]);
      }),
      LIMITS,
    );
  });

  test("that speaks of ports and addresses, and first of states, the kernel leaves out every row that does not match", () => {
    const sayable = fc
      .tuple(expression(layout).map(onlyPortsAndAddresses), fc.option(fc.subarray(STATES.map(([, state]) => state))))
      .map(([where, states]): Expression => {
        if (!states) return where;
        const set = Uint8Array.from({ length: 256 }, (_, state) => Number(states.includes(state as 5)));
        return { kind: "and", operands: [{ kind: "state", states: set }, where] };
      });
    // A listener that never was a connection has no remote address. Nobody but listeners has no remote port.
    const usual = rows.map((sockets) =>
      sockets
        .filter(({ row }) => row.state === LISTEN || row.remotePort > 0)
        .map((socket) => {
          const none = family === 4 ? 0 : ([0, 0, 0, 0] as const);
          return socket.row.state === LISTEN ? { ...socket, row: { ...socket.row, remoteAddress: none } } : socket;
        }),
    );
    fc.assert(
      fc.property(sayable, usual, fc.boolean(), (where, sockets, hasEqual) => {
        const told = isTold(where, family, hasEqual);
        for (const { linuxState, row } of sockets) expect(told(linuxState, row)).toBe(matches(row, where));
      }),
      LIMITS,
    );
  });
});

describeWith([LINUX], "a collector with a filter", () => {
  function open(script: Script, where: string) {
    const libc = new ScriptedLibc({ dumps: [[datagram(done())]], ...script });
    return { libc, collector: openSockDiag({ loadLibc: () => libc, where: compileFilter(where) }) };
  }

  const S_EQ_443 = "0b 08 0c 00  00 00 bb 01";
  const S_GE_LE_443 = "02 08 14 00  00 00 bb 01  03 08 0c 00  00 00 bb 01";

  test("sends this request", () => {
    const { libc, collector } = open({}, "state established sport = :443");
    collector.collect(new MeanBuffer());
    expect([...(libc.requests.at(-1) ?? [])]).toEqual([
      ...hex("54 00 00 00  14 00  01 03  03 00 00 00  00 00 00 00"),
      ...hex("02 06 00 00  02 00 00 00"), // AF_INET, IPPROTO_TCP; ESTABLISHED
      ...new Uint8Array(48),
      ...hex("0c 00  01 00"), // INET_DIAG_REQ_BYTECODE of 12 bytes
      ...hex(S_EQ_443),
    ]);
  });

  /** The bytecode of each request, as text; empty for those without. */
  const sent = (libc: ScriptedLibc) =>
    libc.requests.map((request) => Buffer.from(request.subarray(76)).toString("hex"));
  const bytes = (text: string) => text.replaceAll(" ", "");

  test("is asked again without S_EQ by a kernel that does not know it, once for all", () => {
    const audit = (program: Uint8Array) => {
      try {
        auditBytecode(program, false);
        return 0;
      } catch {
        return 22;
      }
    };
    const { libc, collector } = open({ audit }, "sport = :443");
    for (const _ of [1, 2]) expect(collector.collect(new MeanBuffer()).attempts).toBe(1);
    expect(sent(libc)).toEqual(["", bytes(S_EQ_443), ...Array(3).fill(bytes(S_GE_LE_443))]);
    expect(collector.asked).toBe("ports");
    expect(collector.source).toBe("NETLINK_SOCK_DIAG");
    expect(libc.open.size).toBe(1);
  });

  test("asks for the states alone where the kernel takes no bytecode at all, and says so", () => {
    const { libc, collector } = open({ audit: () => 22 }, "state established sport = :443");
    for (const _ of [1, 2]) expect(collector.collect(new MeanBuffer()).attempts).toBe(1);
    expect(sent(libc)).toEqual(["", bytes(S_EQ_443), bytes(S_GE_LE_443), "", ""]);
    expect(collector.asked).toBe("state established");
    const last = libc.requests.at(-1) ?? new Uint8Array(0);
    expect([...last.subarray(0, 24)]).toEqual([
      ...hex("48 00 00 00  14 00  01 03  05 00 00 00  00 00 00 00  02 06 00 00  02 00 00 00"),
    ]);
  });

  test("takes no other refusal of its bytecode for an old kernel's", () => {
    const failure = failureOf(() => open({ audit: () => 12 }, "sport = :443"));
    expect(failure.code.name).toBe("ENOMEM");
  });

  test("that is refused altogether reads /proc/net/tcp, and says that it asks for every row", () => {
    const { collector } = open({ probe: [datagram(error(1))] }, "sport = :443");
    expect(collector.source).toBe("/proc/net/tcp (NETLINK_SOCK_DIAG refused: EPERM)");
    expect(collector.asked).toBe("every row");
  });

  test("leaves out of its bytecode what would make more than 640 bytes of it", () => {
    const asked = (count: number, more = "") => {
      const addresses = Array.from({ length: count }, (_, at) => `10.0.${at >> 8}.${at & 255}`);
      const { libc, collector } = open({}, `src in { ${addresses.join(" ")} } ${more}`);
      collector.collect(new MeanBuffer());
      return [collector.asked, libc.requests.at(-1)?.length];
    };
    expect(asked(32)).toEqual(["addresses", 76 + 31 * 20 + 16]);
    expect(asked(33)).toEqual(["every row", 72]);
    expect(asked(2000)).toEqual(["every row", 72]);
    expect(asked(2000, "and sport = :443")).toEqual(["ports", 76 + 8]);
    expect(asked(2000, "or sport = :443")).toEqual(["every row", 72]);
  });

  test.each([
    ["", "every row"],
    ["pid = 5", "every row"],
    ["state listening", "state listening"],
    ["state established state close-wait", "state established close-wait"],
    ["exclude time-wait", "exclude time-wait"],
    ["state established sport = :443 dst 10.0.0.0/8", "state established, ports and addresses"],
    ["sport = :443 or src 10.0.0.0/8", "ports and addresses"],
    ["src 10.0.0.0/8", "addresses"],
    ["src [::1]", "no row"],
    ["state delete-tcb", "no row"],
  ])("%j says that it asks for: %s", (where, asked) => {
    expect(open({}, where).collector.asked).toBe(asked);
  });
});
