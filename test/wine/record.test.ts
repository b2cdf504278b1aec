import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { type AddressInfo, createServer, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { openCapture } from "../../src/capture/capture.js";
import { openFileReadable } from "../../src/capture/node-file.js";
import type { Capture } from "../../src/capture/types.js";
import { freshHost } from "../support/connections.js";
import { describeWith } from "../support/needs.js";
import { openWindows, WINDOWS, type Windows } from "../support/windows.js";

const NATIVE = process.platform === "win32";
const HOST = freshHost();
/** Wine looks for the owner of each socket of the machine: where others have thousands, a table takes seconds. */
const ENOUGH = { timeout: 50_000, interval: 200 };

/** The tables that tell when a connection was made. */
const LAYOUTS = ["MIB_TCPTABLE_OWNER_MODULE", "MIB_TCP6TABLE_OWNER_MODULE"];
/** Bytes before the first row: dwNumEntries, and what aligns the rows' 64-bit numbers. */
const FIRST_ROW = 8;
/** Of MIB_TCPROW_OWNER_MODULE and MIB_TCP6ROW_OWNER_MODULE. */
const ROW_BYTES = { 4: 160, 6: 192 };

interface Recorded {
  /** The process that recorded, and the port of its connection. */
  readonly pid: number;
  readonly port: number;
  /** The ports of the test's listeners, over IPv4 and IPv6: the connection is to the first. */
  readonly listener: number;
  readonly listener6: number;
}

async function withCapture(path: string, act: (capture: Capture) => Promise<void>): Promise<void> {
  const readable = await openFileReadable(path);
  try {
    await act(await openCapture(readable));
  } finally {
    await readable.close();
  }
}

/** A MIB_TCPROW_OWNER_MODULE of an established connection up to dwOwningPid, by hand: addresses and ports are in network order. */
function rowBytes(localPort: number, remotePort: number, pid: number): Buffer {
  const row = Buffer.alloc(24);
  const address = HOST.split(".").map(Number);
  row.writeUInt32LE(5, 0); // MIB_TCP_STATE_ESTAB
  row.set(address, 4);
  row.writeUInt16BE(localPort, 8);
  row.set(address, 12);
  row.writeUInt16BE(remotePort, 16);
  row.writeUInt32LE(pid, 20);
  return row;
}

describeWith(WINDOWS, "tcptable record on Windows' own Node, koffi and Iphlpapi.dll", () => {
  let windows: Windows;
  let folder = "";

  beforeAll(() => {
    windows = openWindows("test/wine/programs");
    folder = mkdtempSync(join(tmpdir(), "tcptable-record-"));
  });
  afterAll(async () => {
    await windows?.close();
    if (folder) rmSync(folder, { recursive: true });
  });

  /** Records until so many samples are in the file, then ends the recorder's connection: it takes a last one. */
  async function record(path: string, samples: number): Promise<Recorded> {
    const server = createServer().listen({ host: HOST, port: 0 });
    // Nobody else may have anything over IPv6.
    const server6 = createServer().listen({ host: "::1", port: 0 });
    let accepted: Socket | undefined;
    server.on("connection", (socket) => {
      accepted = socket.on("error", () => {});
    });
    try {
      await Promise.all([once(server, "listening"), once(server6, "listening")]);
      const [listener, listener6] = [server, server6].map((one) => (one.address() as AddressInfo).port);
      const words = [HOST, String(listener), "record", windows.pathOf(path), "--every", "200ms", "-p"];
      const ended = windows.startNode({}, "test/wine/programs/record.mjs", ...words);
      // How many samples there are after a time is the machine's business.
      const enough = vi.waitFor(
        () => withCapture(path, async (capture) => expect(capture.samples).toBeGreaterThanOrEqual(samples)),
        ENOUGH,
      );
      await Promise.race([enough, ended]);
      accepted?.destroy();
      const { code, stdout, stderr } = await ended;
      expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
      await enough;
      return { ...JSON.parse(stdout), listener, listener6 };
    } finally {
      accepted?.destroy();
      server.close();
      server6.close();
    }
  }

  test("makes a file that any system reads: Windows' tables, whole in each sample, with the connections and processes that were there", async () => {
    const file = join(folder, "windows.mcap");
    const { pid, port, listener, listener6 } = await record(file, 3);
    await withCapture(file, async (capture) => {
      const { metadata, samples } = capture;
      expect(samples).toBeGreaterThan(3);
      expect(metadata).toMatchObject({ system: "win32", owner: "pid", every: 200, filter: "" });
      const api = "Iphlpapi.dll GetExtendedTcpTable";
      const families = LAYOUTS.map((layout, at) => ({ family: at === 0 ? 4 : 6, layout, source: api, api }));
      expect(metadata.families).toEqual(families);

      const client = rowBytes(port, listener, pid);
      // Wine does not know the process of the test, which holds the other end.
      const server = rowBytes(listener, port, NATIVE ? process.pid : 0);
      let read = 0;
      for await (const moment of capture.moments()) {
        read++;
        expect(moment).toMatchObject({ complete: true, gaps: [], lost: 0 });
        expect(moment.changes.map((change) => change.layout)).toEqual(LAYOUTS);
        for (const { bytes, table } of moment.changes) {
          const entries = Buffer.from(bytes).readUInt32LE(0);
          expect(entries).toBeGreaterThan(0);
          expect(bytes.length).toBe(FIRST_ROW + entries * ROW_BYTES[table.family]);
          expect(table.length).toBe(entries);
        }
        expect(moment.nameOf(pid)?.toLowerCase()).toBe("node.exe");
        // The last samples may be of the time when the connection had ended.
        if (read > 3) continue;
        const bytes = Buffer.from(moment.changes[0]?.bytes ?? []);
        for (const row of [client, server]) expect((bytes.indexOf(row) - FIRST_ROW) % ROW_BYTES[4]).toBe(0);
      }
      expect(read).toBe(samples);

      const [ipv4, ipv6] = (await capture.at(capture.start)).changes;
      const rows = ipv4?.table.select({ where: `src ${HOST}` }).toArray() ?? [];
      const ends = rows.map(({ state, localPort, remotePort }) => `${state} ${localPort} ${remotePort}`);
      const expected = [`LISTEN ${listener} 0`, `ESTABLISHED ${port} ${listener}`, `ESTABLISHED ${listener} ${port}`];
      expect(ends.toSorted()).toEqual(expected.toSorted());
      const listeners = ipv6?.table.select({ where: "state listening" }).toArray() ?? [];
      expect(listeners.map(({ localPort }) => localPort)).toContain(listener6);
      // Only now that all of it has been read.
      expect(capture.intact).toEqual({ complete: true, bytes: capture.bytes });
    });
  });
});
