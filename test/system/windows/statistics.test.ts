import { afterAll, beforeAll, expect, test } from "vitest";
import { UnsupportedSystemError } from "../../../src/system/errors.js";
import { readWindowsStatistics } from "../../../src/system/windows/statistics.js";
import { failureOf } from "../../support/failure.js";
import { describeWith } from "../../support/needs.js";
import { C_COMPILER } from "../../support/scripted-library.js";
import { ScriptedSystem } from "../../support/scripted-system.js";

/** What the C file has in MIB_TCPSTATS. */
const NARROW = {
  rtoAlgorithm: 4,
  rtoMin: 300,
  rtoMax: 60_000,
  maxConn: -1,
  activeOpens: 105n,
  passiveOpens: 106n,
  attemptFails: 107n,
  estabResets: 108n,
  currEstab: 109,
  inSegs: 0xfffffffen,
  outSegs: 111n,
  retransSegs: 112n,
  inErrs: 113n,
  outRsts: 114n,
  numConns: 0xfffffff0,
};

/** What it has in MIB_TCPSTATS2. */
const WIDE = {
  rtoAlgorithm: 4,
  rtoMin: 300,
  rtoMax: 60_000,
  maxConn: -1,
  activeOpens: 205n,
  passiveOpens: 206n,
  attemptFails: 207n,
  estabResets: 208n,
  currEstab: 209,
  inSegs: 2n ** 64n - 1n,
  outSegs: 2n ** 53n + 1n,
  retransSegs: 212n,
  inErrs: 213n,
  outRsts: 214n,
  numConns: 215,
};

describeWith([C_COMPILER], "Windows' statistics, scripted", () => {
  let newest: ScriptedSystem;
  let older: ScriptedSystem;
  let oldest: ScriptedSystem;

  beforeAll(() => {
    newest = new ScriptedSystem();
    older = new ScriptedSystem("GetTcpStatisticsEx2");
    oldest = new ScriptedSystem("GetTcpStatisticsEx2", "GetTcpStatisticsEx");
  });
  afterAll(() => {
    for (const library of [newest, older, oldest]) library?.remove();
  });

  test.each([
    [4, 2],
    [6, 23],
  ] as const)("of IPv%i are GetTcpStatisticsEx2's, with segments of 64 bits", (family, argument) => {
    newest.answer(0);
    const source = `${newest.path} GetTcpStatisticsEx2`;
    expect(readWindowsStatistics({ library: newest.path, family })).toEqual({ family, source, ...WIDE });
    expect(newest.seen).toEqual({ calls: 1, function: "GetTcpStatisticsEx2", argument });
  });

  test.each([
    [4, 2],
    [6, 23],
  ] as const)("of IPv%i are GetTcpStatisticsEx's where that is the newest", (family, argument) => {
    older.answer(0);
    const source = `${older.path} GetTcpStatisticsEx`;
    expect(readWindowsStatistics({ library: older.path, family })).toEqual({ family, source, ...NARROW });
    expect(older.seen).toEqual({ calls: 1, function: "GetTcpStatisticsEx", argument });
  });

  test("are GetTcpStatistics's where there is nothing else, and IPv4's unless said otherwise", () => {
    oldest.answer(0);
    const source = `${oldest.path} GetTcpStatistics`;
    expect(readWindowsStatistics({ library: oldest.path })).toEqual({ family: 4, source, ...NARROW });
    expect(oldest.seen.function).toBe("GetTcpStatistics");
  });

  test("of IPv6 are refused where only GetTcpStatistics is there", () => {
    const read = () => readWindowsStatistics({ library: oldest.path, family: 6 });
    expect(read).toThrow(UnsupportedSystemError);
    expect(read).toThrow("GetTcpStatisticsEx of");
  });

  test("a code is an error that names the function and tells what to do", () => {
    newest.answer(50);
    const error = failureOf(() => readWindowsStatistics({ library: newest.path, family: 6 }));
    expect(error).toMatchObject({ source: "GetTcpStatisticsEx2", codes: [50] });
    expect(error.message).toContain("This system has no IPv6: ask for the other family.");
    older.answer(87);
    const other = failureOf(() => readWindowsStatistics({ library: older.path }));
    expect(other.code).toMatchObject({ number: 87, name: "ERROR_INVALID_PARAMETER" });
  });
});
