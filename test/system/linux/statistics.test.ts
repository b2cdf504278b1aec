import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { readLinuxStatistics } from "../../../src/system/linux/statistics.js";
import { readTcpStatistics } from "../../../src/system/system.js";
import { openConnections } from "../../support/connections.js";
import { failureOf } from "../../support/failure.js";
import { describeWith, operatingSystem } from "../../support/needs.js";

let folder: string;
let path: string;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "tcptable-"));
  path = join(folder, "snmp");
});
afterAll(() => rmSync(folder, { recursive: true }));

function read(text: string) {
  writeFileSync(path, text);
  return readLinuxStatistics(path);
}

const NAMES =
  "Tcp: RtoAlgorithm RtoMin RtoMax MaxConn ActiveOpens PassiveOpens AttemptFails EstabResets CurrEstab InSegs OutSegs RetransSegs InErrs OutRsts InCsumErrors";
const NUMBERS = "Tcp: 1 200 120000 -1 348109 347867 34 196966 7 8042368000001 2025036 6009 3 103347 0";
const OTHERS = "Ip: Forwarding DefaultTTL\nIp: 1 64\nTcpExt: InSegs\nTcpExt: 5";

describe("the text of /proc/net/snmp", () => {
  test("the text of /proc/net/snmp becomes RFC 4022's counters", () => {
    expect(read(`${OTHERS}\n${NAMES}\n${NUMBERS}\nUdp: InDatagrams\nUdp: 12\n`)).toEqual({
      family: "both",
      source: path,
      rtoAlgorithm: 1,
      rtoMin: 200,
      rtoMax: 120000,
      maxConn: -1,
      activeOpens: 348109n,
      passiveOpens: 347867n,
      attemptFails: 34n,
      estabResets: 196966n,
      currEstab: 7,
      inSegs: 8042368000001n,
      outSegs: 2025036n,
      retransSegs: 6009n,
      inErrs: 3n,
      outRsts: 103347n,
      numConns: undefined,
    });
  });

  test("the text of /proc/net/snmp is read by its names, not by their order", () => {
    const turn = (line: string) => `Tcp: ${line.split(" ").slice(1).toReversed().join(" ")}`;
    expect(read(`${turn(NAMES)}\n${turn(NUMBERS)}\n`)).toEqual(read(`${NAMES}\n${NUMBERS}\n`));
  });

  test.each([
    ["2⁵³ + 1, which no number holds", "9007199254740993", 9007199254740993n],
    ["the largest that the kernel has", "18446744073709551615", 18446744073709551615n],
  ])("keeps a counter exact: %s", (_, digits, value) => {
    for (const [name, printed] of [
      ["inSegs", "8042368000001"],
      ["retransSegs", "6009"],
      ["activeOpens", "348109"],
    ] as const) {
      const numbers = NUMBERS.replace(printed, digits);
      expect(numbers).not.toBe(NUMBERS);
      expect(read(`${NAMES}\n${numbers}`)[name], name).toBe(value);
    }
  });

  test("counts less than none where the kernel does, which reads the processors' parts while they change", () => {
    const numbers = NUMBERS.replace(" 7 ", " 18446744073709551615 ");
    expect(read(`${NAMES}\n${numbers}`).currEstab).toBe(-1);
  });

  test.each([
    ["without TCP", OTHERS, 'it has no two lines that begin with "Tcp:"'],
    ["without the numbers", NAMES, 'it has no two lines that begin with "Tcp:"'],
    ["with too few numbers", `${NAMES}\nTcp: 1 200 120000 -1`, "no number called ActiveOpens"],
    ["with a number that is none", `${NAMES}\n${NUMBERS.replace(" 200 ", " 2x0 ")}`, "no number called RtoMin"],
    ["with a counter below 0", `${NAMES}\n${NUMBERS.replace(" 6009 ", " -6009 ")}`, "RetransSegs, but -6009"],
    [
      "with a counter beyond 64 bits",
      `${NAMES}\n${NUMBERS.replace(" 6009 ", " 18446744073709551616 ")}`,
      "RetransSegs, but 1844",
    ],
    [
      "with a gauge that no number holds",
      `${NAMES}\n${NUMBERS.replace(" 7 ", " 9007199254740993 ")}`,
      "CurrEstab, but 9007",
    ],
    [
      "with a limit beyond 64 bits",
      `${NAMES}\n${NUMBERS.replace(" -1 ", " 9223372036854775808 ")}`,
      "MaxConn, but 9223",
    ],
    ["with a name that is missing", `${NAMES.replace("OutRsts", "Other")}\n${NUMBERS}`, "no number called OutRsts"],
  ])("the text of /proc/net/snmp %s is told as such", (_, text, problem) => {
    const failure = failureOf(() => read(text));
    expect(failure.code.name).toBe("EBADMSG");
    expect(failure.message).toContain(problem);
  });

  test("the text of /proc/net/snmp that is not there is told with its errno", () => {
    const failure = failureOf(() => readLinuxStatistics(join(folder, "none")));
    expect(failure).toMatchObject({ source: join(folder, "none"), code: { name: "ENOENT", number: 2 } });
  });
});

describeWith([operatingSystem("linux")], "this machine's counters", () => {
  test("this machine's counters count the connections that are opened here", async () => {
    const before = readTcpStatistics();
    const opened = await openConnections({ established: 20 });
    const after = readTcpStatistics();
    await opened.close();
    expect(before.source).toBe("/proc/net/snmp");
    expect(after.activeOpens).toBeGreaterThanOrEqual(before.activeOpens + 20n);
    expect(after.passiveOpens).toBeGreaterThanOrEqual(before.passiveOpens + 20n);
    expect(after.currEstab).toBeGreaterThanOrEqual(40);
    expect(after.inSegs).toBeGreaterThanOrEqual(before.inSegs + 60n);
  });

  test("this machine's counters are the ones in the file", () => {
    const numbers = () =>
      readFileSync("/proc/net/snmp", "utf8")
        .match(/^Tcp: ([-\d ]+)$/m)?.[1]
        ?.split(" ")
        .map(Number) ?? [];
    const [before, told, after] = [numbers(), readTcpStatistics(), numbers()];
    expect([told.rtoAlgorithm, told.rtoMin, told.rtoMax, told.maxConn]).toEqual(before.slice(0, 4));
    // Counters that go up while others work here.
    const counted = [told.activeOpens, told.passiveOpens, told.attemptFails, told.estabResets];
    counted.forEach((value, index) => {
      expect(value).toBeGreaterThanOrEqual(before[4 + index] as number);
      expect(value).toBeLessThanOrEqual(after[4 + index] as number);
    });
    [told.inSegs, told.outSegs, told.retransSegs, told.inErrs, told.outRsts].forEach((value, index) => {
      expect(value).toBeGreaterThanOrEqual(before[9 + index] as number);
      expect(value).toBeLessThanOrEqual(after[9 + index] as number);
    });
  });
});
