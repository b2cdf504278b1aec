import { once } from "node:events";
import { connect, createServer, type Socket } from "node:net";
import { afterEach, expect, test, vi } from "vitest";
import { createDecoder } from "../../../src/decoder/decoder.js";
import type { TcpTable } from "../../../src/decoder/table/table.js";
import { closeConnection } from "../../../src/reader/close.js";
import { closeLinuxConnection } from "../../../src/system/linux/close.js";
import { openSockDiag } from "../../../src/system/linux/sockdiag.js";
import { built, NOBODY, openChild, ROOT } from "../../support/child.js";
import { freshHost } from "../../support/connections.js";
import { type DiagSocket, diagMessage, fromHex, toHex } from "../../support/diag-sockets.js";
import { describeWith, operatingSystem } from "../../support/needs.js";
import { datagram, error } from "../../support/netlink-messages.js";
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

const open: { destroy(): void }[] = [];
afterEach(() => {
  for (const each of open.splice(0)) each.destroy();
});

/** A listener on an address, and a connection to it. */
async function openPair(host: string) {
  const server = createServer().listen({ host, port: 0 });
  await once(server, "listening");
  const { port } = server.address() as { port: number };
  const connectOnce = async (): Promise<{ client: Socket; accepted: Socket }> => {
    const client = connect({ host, port });
    const [[accepted]] = await Promise.all([once(server, "connection"), once(client, "connect")]);
    open.push(client, accepted);
    for (const socket of [client, accepted]) socket.on("error", () => {});
    return { client, accepted };
  };
  open.push({ destroy: () => server.close() });
  return { port, connectOnce, ...(await connectOnce()) };
}

/** Whether a socket was closed because of an error. */
function closed(socket: Socket): Promise<boolean> {
  return new Promise((resolve) => socket.once("close", resolve));
}

/** This machine's table, and where in it is the row with these ports. */
async function read(options: Parameters<typeof openSockDiag>[0], localPort: number, remotePort: number) {
  const collector = openSockDiag(options);
  const decoder = await createDecoder({ engine: "plain" });
  const { bytes, layout } = collector.collect(decoder);
  const table: TcpTable = decoder.decode(bytes, layout);
  collector.close();
  const index = [...table].findIndex((each) => each.localPort === localPort && each.remotePort === remotePort);
  return { table, index };
}

describeWith([LINUX, ROOT], "a live connection", () => {
  test.each([
    ["IPv4", freshHost(), { family: 4 }],
    ["IPv4, with owners", freshHost(), { family: 4, owner: "pid" }],
    ["IPv6", "::1", { family: 6 }],
    ["IPv6, with owners", "::1", { family: 6, owner: "pid" }],
  ] as const)("a connection in %s is closed, and its program is told", async (_, host, options) => {
    const { client, port, connectOnce } = await openPair(host);
    const { table, index } = await read(options, client.localPort as number, port);
    expect(table.row(index).state).toBe("ESTABLISHED");
    const failed = closed(client);
    const result = closeConnection(table, index);
    if (!result.closed && result.code.name === "ENOTSUP") {
      // This kernel was built without it: then it has to say so.
      expect(result.advice).toContain("CONFIG_INET_DIAG_DESTROY");
      return;
    }
    expect(result).toEqual({ closed: true });
    expect(await failed).toBe(true); // because of an error
    await vi.waitFor(async () => expect((await read(options, client.localPort as number, port)).index).toBe(-1));

    // The row is still in the old table, and its connection has ended: the listener must not be taken for it.
    expect(closeConnection(table, index)).toMatchObject({ closed: false, code: { name: "ENOENT" } });
    const again = await connectOnce();
    expect(again.client.remotePort).toBe(port);
  });

  test("a live connection whose server's end was closed meanwhile: the listener goes on", async () => {
    const { client, accepted, port, connectOnce } = await openPair(freshHost());
    const clientPort = client.localPort as number;
    const { table, index } = await read({}, port, clientPort);
    expect(table.row(index).state).toBe("ESTABLISHED");
    const ended = closed(accepted);
    client.resetAndDestroy();
    await ended;
    await vi.waitFor(async () => expect((await read({}, port, clientPort)).index).toBe(-1));
    expect(closeConnection(table, index)).toMatchObject({ closed: false, code: { name: "ENOENT" } });
    expect((await connectOnce()).client.remotePort).toBe(port);
  });

  test("a live connection is not closed for a user without privileges: EPERM, and why", async () => {
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
