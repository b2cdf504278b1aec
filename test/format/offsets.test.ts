import { spawnSync } from "node:child_process";
import { expect, test } from "vitest";
import { type Field, LAYOUTS, type Layout } from "../../src/format/layouts.js";
import { describeWith, program } from "../support/needs.js";

const COMPILER = `x86_64-w64-mingw32-gcc${process.platform === "win32" ? ".exe" : ""}`;

/** The names that `tcpmib.h` gives the tables, beside ours: MIB_TCP6TABLE's row is MIB_TCP6ROW, and so on. */
const HEADERS = `
#define _WIN32_WINNT 0x0601
#include <winsock2.h>
#include <ws2tcpip.h>
#include <iphlpapi.h>
#include <stddef.h>
`;

/** What layouts.ts says, as assertions that only the compiler's own offsets can satisfy. */
function assertionsOf(table: string, { row, firstRow, rowSize, fields }: Layout): string[] {
  return [
    `_Static_assert(sizeof(${row}) == ${rowSize}, "sizeof ${row}");`,
    `_Static_assert(offsetof(${table}, table) == ${firstRow}, "first row of ${table}");`,
    `_Static_assert(offsetof(${table}, dwNumEntries) == 0, "dwNumEntries of ${table}");`,
    ...Object.entries(fields).map(
      ([name, field]: [string, Field]) =>
        `_Static_assert(offsetof(${row}, ${name}) == ${field.offset}, "${row}.${name}");`,
    ),
  ];
}

/** The compiler's complaints about one file; none where all assertions hold. */
function compile(assertions: readonly string[], target = "-m64"): string {
  const { stderr, status, error } = spawnSync(COMPILER, [target, "-fsyntax-only", "-x", "c", "-"], {
    input: HEADERS + assertions.join("\n"),
    encoding: "utf8",
  });
  if (error) throw error;
  if (status !== 0 && !stderr) throw new Error(`${COMPILER} ended with ${status}`);
  return stderr;
}

describeWith([program(COMPILER, "apt-get install gcc-mingw-w64-x86-64")], "the Windows headers", () => {
  const tables = Object.entries(LAYOUTS).filter(([name]) => name.startsWith("MIB_"));

  // Windows aligns 64-bit numbers alike on both: one layouts.ts serves 32-bit and 64-bit processes.
  test.each(["-m64", "-m32"])("have every table of the MIB_TCPTABLE family as layouts.ts has it, with %s", (target) => {
    const assertions = tables.flatMap(([table, layout]) => assertionsOf(table, layout));
    expect(assertions.length).toBeGreaterThan(tables.length * 8);
    expect(compile(assertions, target)).toBe("");
  });

  test("would refuse a wrong offset, a wrong size and a wrong first row, each by its name", () => {
    const { MIB_TCPTABLE } = LAYOUTS;
    const { dwLocalPort } = MIB_TCPTABLE.fields;
    const wrong: Layout[] = [
      { ...MIB_TCPTABLE, fields: { ...MIB_TCPTABLE.fields, dwLocalPort: { ...dwLocalPort, offset: 10 } } },
      { ...MIB_TCPTABLE, rowSize: 24 },
      { ...MIB_TCPTABLE, firstRow: 8 },
    ];
    const complaints = compile(wrong.flatMap((layout) => assertionsOf("MIB_TCPTABLE", layout)));
    expect(complaints.match(/(?<=static assertion failed: ")[^"]+/g)).toEqual([
      "MIB_TCPROW.dwLocalPort",
      "sizeof MIB_TCPROW",
      "first row of MIB_TCPTABLE",
    ]);
  });
});
