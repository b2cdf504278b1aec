import { mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import * as fc from "fast-check";
import { afterAll, beforeAll, expect, test } from "vitest";
import { CollectError } from "../../../src/system/errors.js";
import { openProcNet } from "../../../src/system/linux/procnet.js";
import { linuxRow, type Row, toMib } from "../../support/linux-rows.js";
import { describeWith, operatingSystem } from "../../support/needs.js";
import { MeanBuffer, readTable } from "../../support/raw-buffer.js";

const LINUX = operatingSystem("linux");

const HEADER =
  "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode                                                     \n";

let folder: string;
let path: string;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "tcptable-"));
  path = join(folder, "tcp");
});
afterAll(() => rmSync(folder, { recursive: true }));

function read(text: string, into = new MeanBuffer()): Row[] {
  writeFileSync(path, text);
  return readTable(openProcNet("test", path).collect(into));
}

function hexadecimal(value: number, digits: number): string {
  return value.toString(16).toUpperCase().padStart(digits, "0");
}

/** A line as the kernel prints it: addresses as words of a little-endian processor. `state` is Linux's number. */
function line(row: Row, index: number): string {
  const word = (address: number) => [0, 8, 16, 24].map((shift) => hexadecimal((address >>> shift) & 0xff, 2)).join("");
  const local = `${word(row.localAddress)}:${hexadecimal(row.localPort, 4)}`;
  const remote = `${word(row.remoteAddress)}:${hexadecimal(row.remotePort, 4)}`;
  const head = `${String(index).padStart(4)}: ${local} ${remote} ${hexadecimal(row.state, 2)}`;
  return `${`${head} 00000000:00000000 00:00000000 00000000     0        0 640 1 000000002c54244c`.padEnd(149)}\n`;
}

describeWith([LINUX], "/proc/net/tcp", () => {
  test("a /proc/net/tcp that a kernel printed becomes this MIB_TCPTABLE", () => {
    const text = `${HEADER}   0: 00000000:07E8 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 640 1 000000002c54244c 100 0 0 10 0                       
   1: 0100007F:01BB 0700000A:C3CB 01 00000000:00000000 02:000A7214 00000000  1000        0 22817 2 0000000000000000 20 4 30 10 -1                     
12345: 0501A8C0:FFFE FE0000FF:01BB 06 00000000:00000000 03:000016F2 00000000     0        0 0 3 0000000000000000                                    
`;
    writeFileSync(path, text);
    const { layout, bytes, attempts } = openProcNet("test", path).collect(new MeanBuffer());
    expect({ layout, attempts }).toEqual({ layout: "MIB_TCPTABLE", attempts: 1 });
    expect([...bytes]).toEqual(
      [
        [3, 0, 0, 0],
        [2, 0, 0, 0, 0, 0, 0, 0, 0x07, 0xe8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0],
        [5, 0, 0, 0, 127, 0, 0, 1, 0x01, 0xbb, 0, 0, 10, 0, 0, 7, 0xc3, 0xcb, 0, 0],
        [11, 0, 0, 0, 192, 168, 1, 5, 0xff, 0xfe, 0, 0, 255, 0, 0, 254, 0x01, 0xbb, 0, 0],
      ].flat(),
    );
  });

  test("a /proc/net/tcp without connections is a table of none", () => {
    expect(read(HEADER)).toEqual([]);
  });

  test("any rows of /proc/net/tcp are read, in files that take many reads, into memory at any offset", () => {
    fc.assert(
      fc.property(
        fc.array(linuxRow, { maxLength: 30 }),
        fc.constantFrom(1, 30, 100),
        fc.nat({ max: 3 }),
        (some, times, offset) => {
          const rows = Array<Row[]>(times).fill(some).flat();
          const expected = rows.map(toMib);
          expect(read(HEADER + rows.map(line).join(""), new MeanBuffer(offset))).toEqual(expected);
        },
      ),
      { numRuns: 60 },
    );
  });

  const good = line({ state: 1, localAddress: 1, localPort: 2, remoteAddress: 3, remotePort: 4 }, 0);
  test.each([
    ["an empty file", "", "it is empty"],
    ["another file", "Inter-|   Receive\n", "line 1 is not in"],
    ["a file that is cut in the header", HEADER.slice(0, 40), "line 1 has no end"],
    ["a file that is cut in a row", HEADER + good + good.slice(0, 100), "line 3 has no end"],
    ["a file that is cut before a row's newline", HEADER + good.trimEnd(), "line 2 has no end"],
    ["a row without its state", `${HEADER}${good}   1: 0100007F:0016 00000000:0000\n`, "line 3 is not in"],
    ["a row without a number", `${HEADER}0100007F:0016 00000000:0000 0A 0000\n`, "line 2 is not in"],
    ["an address that is none", HEADER + good.replace("01000000:", "0100000G:"), "line 2 is not in"],
    ["an IPv6 row", `${HEADER}   0: ${"0".repeat(32)}:0016 ${"0".repeat(32)}:0000 0A\n`, "line 2 is not in"],
    ["an empty line", `${HEADER}\n${good}`, "line 2 is not in"],
    ["a line without end", `${HEADER}${"0".repeat(100_000)}\n`, "line 2 has no end"],
  ])("in /proc/net/tcp, %s is told with its place, and is no table", (_, text, message) => {
    writeFileSync(path, text);
    const open = () => openProcNet("netlink was refused", path);
    expect(open).toThrow(CollectError);
    expect(open).toThrow(`${path} failed: EBADMSG (74): ${message}`);
    expect(open).toThrow("netlink was refused");
  });

  test("a file that goes away is told with its errno, and the next sample reads it again", () => {
    writeFileSync(path, HEADER + good);
    const collector = openProcNet("test", path);
    rmSync(path);
    expect(() => collector.collect(new MeanBuffer())).toThrow(/ENOENT \(2\): no such file or directory/);
    writeFileSync(path, HEADER);
    expect(readTable(collector.collect(new MeanBuffer()))).toEqual([]);
  });

  test("the file is closed after a line that is malformed, and after one that is not", () => {
    const filesOpen = () => readdirSync("/proc/self/fd").length;
    writeFileSync(path, HEADER + good);
    const collector = openProcNet("test", path);
    const before = filesOpen();
    collector.collect(new MeanBuffer());
    writeFileSync(path, `${HEADER}no row\n`);
    for (let sample = 0; sample < 3; sample++)
      expect(() => collector.collect(new MeanBuffer())).toThrow("line 2 is not in");
    expect(filesOpen()).toBe(before);
  });

  test("a closed collector says that it is closed", () => {
    writeFileSync(path, HEADER);
    const collector = openProcNet("test", path);
    collector.close();
    expect(() => collector.collect(new MeanBuffer())).toThrow("closed");
  });

  test("any text is a table or a CollectError", () => {
    const piece = fc.oneof(
      fc.string(),
      fc.constantFrom(HEADER, good, good.slice(0, 35), "\n", ":", " ", "0100007F:0016 "),
    );
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 12 }), fc.boolean(), (pieces, header) => {
        try {
          const text = (header ? HEADER : "") + pieces.join("");
          expect(read(text).length).toBeLessThan(text.split("\n").length);
        } catch (error) {
          expect(error).toBeInstanceOf(CollectError);
        }
      }),
    );
  });
});
