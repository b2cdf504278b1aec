import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { type ConnectionRow, parseColumns } from "../../src/cli/column-names.js";
import { INDENT } from "../../src/cli/fit-columns.js";
import { tableLines } from "../../src/cli/table-text.js";
import { cutInside, widthOf } from "../../src/cli/text-width.js";

const LONG = "2001:db8:1234:5678:9abc:def0:1234:5678";
const COLUMNS = "state,local,lport,remote,rport,pid,process,user";

function row(processName: string | null, localAddress = LONG, remoteAddress = LONG): ConnectionRow {
  return {
    ...{ state: "ESTABLISHED", localAddress, localPort: 50123, remoteAddress, remotePort: 443 },
    ...{ owningPid: 4711, processName, user: 1000, localScopeId: 0, remoteScopeId: 0 },
  };
}

const lines = (rows: readonly ConnectionRow[], width: number | undefined, columns = COLUMNS) => [
  ...tableLines(rows, parseColumns(columns), { header: true, colour: false, width }),
];

describe("a table on a terminal", () => {
  test("the table is whole in a pipe, however long that is", () => {
    const [, line = ""] = lines([row("nginx")], undefined);
    expect(line.replace(/ +/g, " ")).toBe(`ESTABLISHED [${LONG}]:50123 [${LONG}]:443 4711/nginx 1000`);
  });

  test("the table shortens long addresses in their middle at 80 columns, and keeps ports, brackets and short addresses", () => {
    const rows = [row("nginx"), row("sshd", "::1", "10.0.0.255")];
    const text = lines(rows, 80, "state,local,lport,remote,rport,pid,process");
    expect(text.map((line) => line.replace(/ +/g, " "))).toEqual([
      "State Local Address:Port Remote Address:Port PID/Program",
      expect.stringMatching(/^ESTABLISHED \[2001:db8.*….*5678\]:50123 \[2001:db8.*….*5678\]:443 4711\/nginx$/),
      "ESTABLISHED [::1]:50123 10.0.0.255:443 4711/sshd",
    ]);
    expect(text.map(widthOf).every((width) => width <= 80 && width > 60)).toBe(true);
  });

  test("the table takes a second line for each row where shortening is not enough, and none for what is not there", () => {
    const text = lines(
      [row("nginx"), { ...row(null), owningPid: 0 }],
      60,
      "state,local,lport,remote,rport,pid,process",
    );
    expect(text.map((line) => line.replace(/\[.*\]:\d+/, "").trim())).toEqual([
      expect.stringMatching(/^State +Local Address:Port +Remote Address:Port$/),
      "PID/Program",
      "ESTABLISHED",
      "4711/nginx",
      "ESTABLISHED",
      "-",
    ]);
    expect(text[3]).toMatch(new RegExp(`^ {${INDENT}} *4711/nginx$`));
  });

  test("the table measures characters of two cells and combining ones as a terminal shows them", () => {
    const text = lines([row("名前"), row("e\u0301a"), row("abcd")], undefined, "process,lport");
    expect(text.slice(1)).toEqual(
      ["名前          50123", "e\u0301a            50123", "abcd          50123"].map((line) =>
        expect.stringMatching(new RegExp(`^${line.split(" ")[0]} +50123$`)),
      ),
    );
    expect(new Set(text.map(widthOf)).size).toBe(1);
  });

  test("no line of a table is wider than the terminal, from 40 columns up, whatever processes are called", () => {
    const name = fc.oneof(fc.string({ unit: "grapheme", maxLength: 60 }), fc.constant(null));
    const address = fc.constantFrom(LONG, "::1", "fe80::abcd", "10.0.0.1");
    const some = fc.array(fc.tuple(name, address, address), { minLength: 1, maxLength: 5 });
    fc.assert(
      fc.property(some, fc.integer({ min: 40, max: 250 }), (rows, width) => {
        const text = lines(
          rows.map(([each, local, remote]) => row(each, local, remote)),
          width,
        );
        for (const line of text) expect(widthOf(line)).toBeLessThanOrEqual(width);
      }),
      { numRuns: 200, interruptAfterTimeLimit: 5000 },
    );
  });

  test("a text that is cut inside keeps its ends, and is as wide as it may be or one cell less", () => {
    expect(cutInside("/usr/lib/firefox/firefox", 11)).toBe("/usr/…refox");
    expect(widthOf(cutInside("名前名前名前名前", 9))).toBeGreaterThanOrEqual(8);
    expect(cutInside("short", 5)).toBe("short");
  });
});
