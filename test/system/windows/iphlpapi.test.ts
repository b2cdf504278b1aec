import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from "vitest";
import { createDecoder } from "../../../src/decoder/decoder.js";
import type { EngineName } from "../../../src/decoder/table/engine.js";
import { TruncatedTableError } from "../../../src/format/errors.js";
import type { Owner, RawBuffer } from "../../../src/system/contract.js";
import { CollectError, UnsupportedSystemError } from "../../../src/system/errors.js";
import { type IphlpapiOptions, openIphlpapi } from "../../../src/system/windows/iphlpapi.js";
import { failureOf } from "../../support/failure.js";
import { describeWith } from "../../support/needs.js";
import { MeanBuffer } from "../../support/raw-buffer.js";
import { ScriptedIphlpapi } from "../../support/scripted-iphlpapi.js";
import { C_COMPILER } from "../../support/scripted-library.js";
import { encodeTable, type RawRow } from "../../support/tables.js";

const ENGINES: readonly EngineName[] = ["plain", "wasm"];
const STATUS_UNSUCCESSFUL = 0xc0000001;
/** Bytes that a collector begins with. */
const FIRST_SIZE = 4 + 1000 * 20;

function rows(count: number, garbage = 0): RawRow[] {
  return Array.from({ length: count }, (_, index) => ({
    state: 1 + (index % 12),
    localAddress: (0x0a000000 + index) >>> 0,
    localPort: (index * 7) & 0xffff,
    remoteAddress: (0xc0a80000 + index * 3) >>> 0,
    remotePort: (index * 13) & 0xffff,
    garbage,
  }));
}

describeWith([C_COMPILER], "GetTcpTable, scripted", () => {
  let iphlpapi: ScriptedIphlpapi;

  beforeAll(() => {
    iphlpapi = new ScriptedIphlpapi();
  });
  afterAll(() => iphlpapi?.remove());
  afterEach(() => vi.restoreAllMocks());

  const open = (options: IphlpapiOptions = {}) => openIphlpapi({ library: iphlpapi.path, ...options });

  function failure(options: IphlpapiOptions = {}): CollectError {
    return failureOf(() => open(options).collect(new MeanBuffer()));
  }

  test("a table that fits is one call, whose bytes are the table's", () => {
    const table = encodeTable(rows(1000));
    iphlpapi.play(table);
    const collector = open();
    const { layout, bytes, attempts, nanoseconds } = collector.collect(new MeanBuffer());
    expect(collector.source).toBe(`${iphlpapi.path} GetTcpTable`);
    expect({ layout, attempts }).toEqual({ layout: "MIB_TCPTABLE", attempts: 1 });
    expect(Buffer.compare(bytes, table)).toBe(0);
    expect(nanoseconds).toBeGreaterThan(0);
    expect(iphlpapi.seen).toEqual({
      calls: 1,
      nullTables: 0,
      zeroSizes: 0,
      order: 0,
      size: FIRST_SIZE,
      function: "GetTcpTable",
      family: 0,
      tableClass: 0,
    });
  });

  test("one call a sample once the buffer is large enough, with the same objects", () => {
    const table = encodeTable(rows(5000));
    iphlpapi.play(table);
    const collector = open();
    const buffer = new MeanBuffer();
    const first = collector.collect(buffer);
    expect(first.attempts).toBe(2);
    const { bytes } = first;
    for (let sample = 0; sample < 100; sample++) {
      const next = collector.collect(buffer);
      expect(next).toBe(first);
      expect(next.bytes).toBe(bytes);
      expect(next.attempts).toBe(1);
    }
    expect(Buffer.compare(bytes, table)).toBe(0);
    expect(iphlpapi.seen).toMatchObject({ calls: 102, nullTables: 0, zeroSizes: 0 });
  });

  test("a buffer that is too small grows once, by a quarter more than is needed", () => {
    const table = encodeTable(rows(5000));
    iphlpapi.play(table);
    const { bytes, attempts } = open().collect(new MeanBuffer());
    expect(attempts).toBe(2);
    expect(Buffer.compare(bytes, table)).toBe(0);
    expect(iphlpapi.seen).toMatchObject({ calls: 2, size: table.length * 1.25 });
  });

  test("a buffer that is new at each sample has at once what the last one had to grow to", () => {
    iphlpapi.play(encodeTable(rows(5000)));
    const collector = open();
    expect(collector.collect(new MeanBuffer()).attempts).toBe(2);
    expect(collector.collect(new MeanBuffer()).attempts).toBe(1);
  });

  test("ERROR_INSUFFICIENT_BUFFER with a size below the buffer's never shrinks it", () => {
    iphlpapi.play({ code: 122, more: -FIRST_SIZE }, encodeTable(rows(1000)));
    // MeanBuffer would go on giving its larger view, and hide it.
    const exact: RawBuffer = { reserve: (byteLength) => new Uint8Array(byteLength) };
    expect(open().collect(exact).attempts).toBe(2);
    expect(iphlpapi.seen).toMatchObject({ calls: 2, size: FIRST_SIZE });
  });

  test("a table that grows at every call is an error that tells every code and the attempts", () => {
    iphlpapi.play({ code: 122, more: 100 });
    const { code, codes, attempts, message } = failure();
    expect(code).toMatchObject({ number: 122, name: "ERROR_INSUFFICIENT_BUFFER" });
    expect(codes).toEqual(Array(10).fill(122));
    expect(attempts).toBe(10);
    expect(message).toContain("GetTcpTable failed: ERROR_INSUFFICIENT_BUFFER (122)");
    expect(message).toContain("Tried 10 times; the codes were 122 ×10.");
    expect(iphlpapi.seen).toMatchObject({ calls: 10, nullTables: 0, zeroSizes: 0 });
  });

  test("a table that stops growing at the last attempt is read", () => {
    iphlpapi.play({ code: 122, more: 100 }, { code: 122, more: 100 }, encodeTable(rows(3)));
    expect(open({ attempts: 3 }).collect(new MeanBuffer()).attempts).toBe(3);
    iphlpapi.play({ code: 122, more: 100 }, { code: 122, more: 100 }, encodeTable(rows(3)));
    expect(failure({ attempts: 2 }).codes).toEqual([122, 122]);
  });

  test("STATUS_UNSUCCESSFUL twice, then a table: three calls with the same size", () => {
    const table = encodeTable(rows(20));
    iphlpapi.play({ code: STATUS_UNSUCCESSFUL }, { code: STATUS_UNSUCCESSFUL }, table);
    const collector = open();
    const buffer = new MeanBuffer();
    const { bytes, attempts } = collector.collect(buffer);
    expect(attempts).toBe(3);
    expect(Buffer.compare(bytes, table)).toBe(0);
    expect(buffer.growths).toBe(1);
    expect(iphlpapi.seen).toMatchObject({ calls: 3, size: FIRST_SIZE });
    // The next sample begins anew.
    expect(collector.collect(buffer).attempts).toBe(1);
  });

  // The collector looks for the second one and can do without it, and so loads it in another way.
  test.each<[Owner | undefined, string]>([
    [undefined, "GetTcpTable"],
    ["pid", "GetExtendedTcpTable"],
  ])("STATUS_UNSUCCESSFUL for ever is an error after a bounded number of attempts (owner %s: %s)", (owner, name) => {
    iphlpapi.play({ code: STATUS_UNSUCCESSFUL });
    const { code, codes, message } = failure({ owner });
    expect(code).toMatchObject({ number: STATUS_UNSUCCESSFUL, name: "STATUS_UNSUCCESSFUL" });
    expect(codes).toEqual(Array(10).fill(STATUS_UNSUCCESSFUL));
    expect(message).toContain(`${name} failed: STATUS_UNSUCCESSFUL (0xC0000001)`);
    expect(message).toContain("Tried 10 times; the codes were 0xC0000001 ×10.");
    expect(iphlpapi.seen).toMatchObject({ calls: 10, function: name });
  });

  test("it sleeps after STATUS_UNSUCCESSFUL, longer each time up to a limit, and not where the buffer is too small", () => {
    const sleep = vi.spyOn(Atomics, "wait");
    iphlpapi.play({ code: 122, more: 100 }, { code: 122, more: 100 }, encodeTable(rows(3)));
    expect(open().collect(new MeanBuffer()).attempts).toBe(3);
    expect(sleep).not.toHaveBeenCalled();

    iphlpapi.play({ code: STATUS_UNSUCCESSFUL });
    failure();
    const milliseconds = sleep.mock.calls.map(([, , , timeout]) => timeout);
    expect(milliseconds).toEqual([1, 2, 4, 8, 16, 32, 32, 32, 32]);
    // Any other answer is of a wait that was none.
    expect(sleep.mock.results.map(({ value }) => value)).toEqual(Array(9).fill("timed-out"));
  });

  test("the error tells the codes in their order, and the next sample may succeed", () => {
    const table = encodeTable(rows(2));
    iphlpapi.play(
      { code: 122, more: 1 },
      { code: STATUS_UNSUCCESSFUL },
      { code: STATUS_UNSUCCESSFUL },
      { code: 50 },
      table,
    );
    const collector = open();
    const error = failureOf(() => collector.collect(new MeanBuffer()));
    expect(error.codes).toEqual([122, STATUS_UNSUCCESSFUL, STATUS_UNSUCCESSFUL, 50]);
    expect(error.message).toContain("Tried 4 times; the codes were 122, 0xC0000001 ×2, 50.");
    expect(collector.collect(new MeanBuffer())).toMatchObject({ attempts: 1, bytes: { length: table.length } });
    expect(error.codes).toHaveLength(4);
  });

  test.each([
    [87, "ERROR_INVALID_PARAMETER"],
    [50, "ERROR_NOT_SUPPORTED"],
    [5, "ERROR_ACCESS_DENIED"],
    [8, "ERROR_NOT_ENOUGH_MEMORY"],
    [1234567, undefined],
  ])("code %i is an error at once, with its name and a text", (number, name) => {
    iphlpapi.play({ code: number });
    const error = failure();
    expect(error).toBeInstanceOf(CollectError);
    expect(error.source).toBe("GetTcpTable");
    expect(error.code).toMatchObject({ number, name });
    expect(error.code.text).toMatch(/\w+ \w+/);
    expect(error.codes).toEqual([number]);
    expect(error.message).toContain(`${name ?? "unknown code"} (${number}): ${error.code.text.replace(/\.$/, "")}.`);
    expect(iphlpapi.seen.calls).toBe(1);
  });

  test("Order is passed", () => {
    iphlpapi.play(encodeTable(rows(2)));
    open({ order: true }).collect(new MeanBuffer());
    expect(iphlpapi.seen.order).toBe(1);
    open({ order: false }).collect(new MeanBuffer());
    expect(iphlpapi.seen.order).toBe(0);
    open().collect(new MeanBuffer());
    expect(iphlpapi.seen).toMatchObject({ order: 0, calls: 3 });
  });

  test("a table that shrinks leaves nothing of the larger one", () => {
    const [large, small] = [encodeTable(rows(900)), encodeTable(rows(7))];
    iphlpapi.play(large, small, encodeTable([]));
    const collector = open();
    const buffer = new MeanBuffer();
    expect(collector.collect(buffer).bytes.length).toBe(large.length);
    expect(Buffer.compare(collector.collect(buffer).bytes, small)).toBe(0);
    expect([...collector.collect(buffer).bytes]).toEqual([0, 0, 0, 0]);
    expect(buffer.growths).toBe(1);
  });

  test("a buffer that gives less than it is asked for, or a detached view, is refused before the call", () => {
    iphlpapi.play(encodeTable(rows(2)));
    const detached = new Uint8Array(FIRST_SIZE);
    structuredClone(detached.buffer, { transfer: [detached.buffer] });
    const buffers: RawBuffer[] = [{ reserve: () => detached }, { reserve: () => new Uint8Array(FIRST_SIZE - 1) }];
    for (const buffer of buffers) expect(() => open().collect(buffer)).toThrow(RangeError);
    expect(iphlpapi.seen.calls).toBe(0);
  });

  test("a closed collector says so", () => {
    const collector = open();
    collector.close();
    iphlpapi.play(encodeTable(rows(1)));
    expect(() => collector.collect(new MeanBuffer())).toThrow("closed");
    expect(iphlpapi.seen.calls).toBe(0);
  });

  describe.each(ENGINES)("into the %s engine", (engine) => {
    test("a count that lies is a TruncatedTableError with the numbers", async () => {
      const table = encodeTable(rows(5));
      new DataView(table.buffer).setUint32(0, 6, true);
      iphlpapi.play(table);
      const decoder = await createDecoder({ engine });
      const { bytes, layout } = open().collect(decoder);
      const decode = () => decoder.decode(bytes, layout);
      expect(decode).toThrow(TruncatedTableError);
      expect(decode).toThrow(expect.objectContaining({ byteLength: 104, requiredByteLength: 124, rowCount: 6 }));
    });

    test("garbage in the ports' upper halves is not seen", async () => {
      iphlpapi.play(encodeTable(rows(50, 0xbeef)));
      const decoder = await createDecoder({ engine });
      const { bytes, layout } = open().collect(decoder);
      const { columns } = decoder.decode(bytes, layout);
      expect([...columns.localPort]).toEqual(rows(50).map(({ localPort }) => localPort));
      expect([...columns.remotePort]).toEqual(rows(50).map(({ remotePort }) => remotePort));
    });

    test("a table that grows from 10 to 200,000 rows is right at every size, each call with a buffer", async () => {
      const decoder = await createDecoder({ engine });
      const collector = open();
      const all = rows(200_000);
      let calls = 0;
      for (const count of [10, 900, 1001, 1300, 5000, 5001, 40_000, 65_536, 120_000, 199_999, 200_000, 10]) {
        iphlpapi.play(encodeTable(all.slice(0, count)));
        const { bytes, layout, attempts } = collector.collect(decoder);
        const { columns, length } = decoder.decode(bytes, layout);
        expect(length).toBe(count);
        for (const name of ["state", "localAddress", "localPort", "remoteAddress", "remotePort"] as const) {
          const wrong = columns[name].findIndex((value, index) => value !== all[index]?.[name]);
          expect(wrong, `${name} at ${count} rows`).toBe(-1);
        }
        expect(iphlpapi.seen).toMatchObject({ calls: attempts, nullTables: 0, zeroSizes: 0 });
        calls += attempts;
      }
      // 12 samples; it outgrew the buffer at 1001, 1300, 5000, 40,000, 65,536, 120,000 and 199,999 rows.
      expect(calls).toBe(19);
    });
  });
});

describe("a library that is not there", () => {
  test("is an UnsupportedSystemError that names it", () => {
    const missing = () => openIphlpapi({ library: "no-such-iphlpapi" });
    expect(missing).toThrow(UnsupportedSystemError);
    expect(missing).toThrow(/GetTcpTable of no-such-iphlpapi can't be called: .+ It needs Windows and koffi\./);
  });
});
