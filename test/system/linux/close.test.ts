import { afterEach, beforeEach, expect, test } from "vitest";
import { createDecoder } from "../../../src/decoder/decoder.js";
import { closeConnection } from "../../../src/reader/close.js";
import { closeLinuxConnection } from "../../../src/system/linux/close.js";
import { built, NOBODY, openChild, ROOT } from "../../support/child.js";
import { freshHost } from "../../support/connections.js";
import { type DiagSocket, diagMessage, fromHex, toHex } from "../../support/diag-sockets.js";
import { describeWith, operatingSystem } from "../../support/needs.js";
import { datagram, error } from "../../support/netlink-messages.js";
import { Network, OWN_NETWORK } from "../../support/network.js";
import { type Answer, type Script, ScriptedLibc } from "../../support/scripted-libc.js";
import { encodeRow, encodeTable, type RawRow } from "../../support/tables.js";

const LINUX = operatingSystem("linux");

const connection: DiagSocket = {
  family: 4,
  state: 1,
  localAddress: "7f000001",
  localPort: 443,
  remoteAddress: "0a000007",
  remotePort: 50123,
  device: 0,
  inode: 77,
};
const listener: DiagSocket = { ...connection, state: 10, remoteAddress: "00000000", remotePort: 0 };

const row: RawRow = {
  state: 5,
  localAddress: 0x7f000001,
  localPort: 443,
  remoteAddress: 0x0a000007,
  remotePort: 50123,
  garbage: 0xdead,
};

async function close(raw: RawRow, layout: Parameters<typeof encodeTable>[1], script: Script) {
  const libc = new ScriptedLibc(script);
  const result = closeLinuxConnection(encodeRow(raw, layout), () => libc);
  expect(libc.open.size).toBe(0);
  return { result, requests: libc.requests.map(toHex) };
}

/** A socket as the kernel tells it, with this cookie. */
function found(socket: DiagSocket, cookie: string): Answer[] {
  return [
    (sequence) => {
      const bytes = datagram(diagMessage(socket, { attributes: 8 }))(sequence);
      bytes.set(fromHex(cookie), 16 + 44);
      return bytes;
    },
  ];
}

const COOKIE = "1122334455667788";
const NO_COOKIE = "f".repeat(16);

/** nlmsghdr and inet_diag_req_v2, by the type with its flags. */
function request(typeAndFlags: string, family: string, id: string): string {
  return `48000000${typeAndFlags}0000000000000000${family}060000ff0f0000${id}`;
}

describeWith([LINUX], "SOCK_DESTROY", () => {
  test("SOCK_DESTROY asks for the socket, and closes the very one that the kernel tells", async () => {
    const script = { dumps: [found(connection, COOKIE), [datagram(error(0))]] };
    const { result, requests } = await close(row, "MIB_TCPTABLE", script);
    expect(result).toEqual({ closed: true });
    const id = `01bbc3cb7f000001${"0".repeat(24)}0a000007${"0".repeat(24)}00000000`;
    expect(requests).toEqual([request("14000100", "02", id + NO_COOKIE), request("15000500", "02", id + COOKIE)]);
  });

  test.each(["MIB_TCP6TABLE", "MIB_TCP6TABLE_OWNER_PID"] as const)("a row of %s: with its device", async (layout) => {
    const raw: RawRow = {
      ...row,
      localAddress: [0xfe800000, 0, 0, 1],
      remoteAddress: [0xfe800000, 0, 0, 2],
      localScopeId: 3,
      remoteScopeId: 3,
    };
    const local = `fe80${"0".repeat(27)}1`;
    const remote = `fe80${"0".repeat(27)}2`;
    const socket: DiagSocket = { ...connection, family: 6, localAddress: local, remoteAddress: remote, device: 3 };
    const script = { dumps: [found(socket, COOKIE), [datagram(error(0))]] };
    const { result, requests } = await close(raw, layout, script);
    expect(result).toEqual({ closed: true });
    const id = `01bbc3cb${local}${remote}03000000`;
    expect(requests).toEqual([request("14000100", "0a", id + NO_COOKIE), request("15000500", "0a", id + COOKIE)]);
  });

  test("SOCK_DESTROY of a listener asks without the remote end, which means nothing", async () => {
    const script = { dumps: [found(listener, COOKIE), [datagram(error(0))]] };
    const { result, requests } = await close({ ...row, state: 2 }, "MIB_TCPTABLE_OWNER_PID", script);
    expect(result).toEqual({ closed: true });
    const id = `01bb00007f000001${"0".repeat(64)}`;
    expect(requests).toEqual([request("14000100", "02", id + NO_COOKIE), request("15000500", "02", id + COOKIE)]);
  });

  test.each(["LINUX_TCPTABLE", "LINUX_TCPTABLE_EXTENDED"] as const)(
    "of a row with a cookie, in a %s, closes the socket with that cookie, and asks for nothing first",
    async (layout) => {
      const script = { dumps: [[datagram(error(0))]] };
      const { result, requests } = await close({ ...row, socketCookie: 0x8877665544332211n }, layout, script);
      expect(result).toEqual({ closed: true });
      const id = `01bbc3cb7f000001${"0".repeat(24)}0a000007${"0".repeat(24)}00000000`;
      expect(requests).toEqual([request("15000500", "02", id + COOKIE)]);
    },
  );

  test("of a row whose cookie is not known asks for the socket", async () => {
    const script = { dumps: [found(connection, COOKIE), [datagram(error(0))]] };
    const { requests } = await close({ ...row, socketCookie: 0n }, "LINUX_TCPTABLE", script);
    expect(requests).toHaveLength(2);
    expect(requests[1]).toMatch(new RegExp(`${COOKIE}$`));
  });

  test.each<[string, RawRow, DiagSocket]>([
    ["the listener on the same port", row, listener],
    ["another connection", row, { ...connection, remotePort: 50124 }],
    ["another address", row, { ...connection, remoteAddress: "0a000008" }],
    ["a connection where there was a listener", { ...row, state: 2, remotePort: 0, remoteAddress: 0 }, connection],
    ["a connection without a remote end", { ...row, state: 2 }, { ...listener, state: 7 }],
  ])("SOCK_DESTROY never closes %s in place of what it was told", async (_, raw, socket) => {
    const script = { dumps: [found(socket, COOKIE), [datagram(error(0))]] };
    const { result, requests } = await close(raw, "MIB_TCPTABLE", script);
    expect(result).toMatchObject({ closed: false, code: { name: "ENOENT", number: 2 } });
    expect(requests).toHaveLength(1);
  });

  const refused = (errno: number): Script => ({ dumps: [found(connection, COOKIE), [datagram(error(errno))]] });
  test.each<[string, number, Script, RegExp]>([
    ["EPERM", 1, refused(1), /CAP_NET_ADMIN/],
    ["EACCES", 13, refused(13), /CAP_NET_ADMIN/],
    ["ENOTSUP", 95, refused(95), /CONFIG_INET_DIAG_DESTROY/],
    ["ENOENT", 2, refused(2), /has ended meanwhile/],
    ["ENOENT", 2, { dumps: [[datagram(error(2))]] }, /has ended meanwhile/],
    ["EINVAL", 22, refused(22), /ss -K/],
    ["EPERM", 1, { socket: [1] }, /CAP_NET_ADMIN/],
    ["EACCES", 13, { send: [13] }, /CAP_NET_ADMIN/],
    ["EAGAIN", 11, { dumps: [[]] }, /ss -K/],
    ["EBADMSG", 74, { dumps: [[new Uint8Array(16)]] }, /ss -K/],
    ["EBADMSG", 74, { dumps: [[new Uint8Array(0)]] }, /ss -K/],
  ])(
    "SOCK_DESTROY refused with %s (%i): the result names it and says what to do",
    async (name, number, script, advice) => {
      const { result } = await close(row, "MIB_TCPTABLE", script);
      expect(result).toEqual({
        closed: false,
        code: { number, name, text: expect.any(String) },
        advice: expect.stringMatching(advice),
      });
    },
  );

  test("a row that is not there is a RangeError", async () => {
    const table = (await createDecoder({ engine: "plain" })).decode(encodeTable([row]));
    expect(() => closeConnection(table, 1)).toThrow(RangeError);
  });
});

describeWith([LINUX, ...OWN_NETWORK], "in a network of its own, a live connection", () => {
  let network: Network;
  beforeEach(async () => {
    network = await Network.open();
  });
  afterEach(() => network.close());

  /** For the code: this network's table, where in it is the row with these ports, and how to close it. */
  const TOOLS = `
    const { closeConnection, createDecoder, openSockDiag } = await import(${built("index.js")});
    async function read(options, localPort, remotePort) {
      const collector = openSockDiag(options);
      const decoder = await createDecoder({ engine: "plain" });
      const { bytes, layout } = collector.collect(decoder);
      const table = decoder.decode(bytes, layout);
      collector.close();
      const index = [...table].findIndex((each) => each.localPort === localPort && each.remotePort === remotePort);
      return { table, index };
    }`;

  test.each([
    ["IPv4", "127.0.0.1", { family: 4 }],
    ["IPv4, with owners", "127.0.0.1", { family: 4, owner: "pid" }],
    ["IPv4, with cookies", "127.0.0.1", { family: 4, columns: ["socketCookie"] }],
    ["IPv6", "::1", { family: 6 }],
    ["IPv6, with owners", "::1", { family: 6, owner: "pid" }],
    ["IPv6, with cookies", "::1", { family: 6, columns: ["socketCookie"] }],
  ] as const)(
    "in %s is closed, its program is told, and its row closes nothing else then",
    async (_, host, options) => {
      const told = await network.run(`
      ${TOOLS}
      held.listener = await listen("${host}", 8080);
      const { client } = await open("${host}", 8080);
      const { localPort } = client;
      const closed = new Promise((resolve) => client.once("close", resolve));
      const { table, index } = await read(${JSON.stringify(options)}, localPort, 8080);
      const { state } = table.row(index);
      const first = closeConnection(table, index);
      const hadError = await closed;
      const left = (await read(${JSON.stringify(options)}, localPort, 8080)).index;
      // The row is still in the old table: neither the listener nor a new connection must be taken for it.
      const second = closeConnection(table, index);
      const again = await open("${host}", 8080);
      return { state, first, hadError, left, second, failed, again: again.client.remotePort };`);
      expect(told).toEqual({
        ...{ state: "ESTABLISHED", first: { closed: true }, hadError: true, left: -1, again: 8080 },
        failed: ["ECONNABORTED"],
        second: expect.objectContaining({ closed: false, code: expect.objectContaining({ name: "ENOENT" }) }),
      });
    },
  );

  test.each([
    ["without a cookie the listener goes on", {}],
    ["with a cookie too", { columns: ["socketCookie"] }],
  ])("whose server's end was closed meanwhile: %s", async (_, options) => {
    const told = await network.run(`
      ${TOOLS}
      held.listener = await listen("127.0.0.1", 8080);
      const { client } = await open("127.0.0.1", 8080);
      const { localPort } = client;
      const { table, index } = await read(${JSON.stringify(options)}, 8080, localPort);
      const { state } = table.row(index);
      const reset = once(client, "close");
      client.resetAndDestroy();
      await reset;
      const result = closeConnection(table, index);
      const again = await open("127.0.0.1", 8080);
      return { state, result, again: again.client.remotePort };`);
    expect(told).toMatchObject({
      ...{ state: "ESTABLISHED", again: 8080 },
      result: { closed: false, code: { name: "ENOENT" } },
    });
  });

  test("that was made anew from the same port is not closed by the old one's cookie: the kernel refuses it", async () => {
    const told = await network.run(`
      ${TOOLS}
      held.listener = await listen("127.0.0.1", 8080);
      const { client } = await open("127.0.0.1", 8080);
      const { localPort } = client;
      const { table, index } = await read({ columns: ["socketCookie"] }, 8080, localPort);
      const reset = once(client, "close");
      client.resetAndDestroy();
      await reset;
      const again = await open("127.0.0.1", 8080, localPort);
      const result = closeConnection(table, index);
      const data = once(again.client, "data");
      again.server.write("still here");
      return { result, text: String((await data)[0]) };`);
    expect(told).toMatchObject({ result: { closed: false, code: { name: "ENOENT" } }, text: "still here" });
  });
});

describeWith([LINUX, ROOT], "a live connection", () => {
  // Nobody may close anything: this one needs no network of its own.
  test("is not closed for a user without privileges: EPERM, and why", async () => {
    const child = await openChild(
      freshHost(),
      `const { closeConnection } = await import(${built("reader/close.js")});
       const { openTcpTable } = await import(${built("index.js")});
       const table = (await openTcpTable()).read();
       const index = [...table].findIndex((row) => row.remotePort === port);
       console.log(JSON.stringify(closeConnection(table, index)));`,
      NOBODY,
    );
    expect(child.told).toEqual({
      closed: false,
      code: { number: 1, name: "EPERM", text: "operation not permitted" },
      advice: "Closing connections takes the capability CAP_NET_ADMIN: run it as root.",
    });
    await child.close();
  });
});
