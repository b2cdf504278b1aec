import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, test } from "vitest";

const COUNT = fileURLToPath(new URL("../../.ci/count.mjs", import.meta.url));

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "tcptable-count-"));
});
afterAll(() => rmSync(folder, { recursive: true }));

/** The last line that is printed, and the exit code, for a report and the runner's exit code. */
function count(report: string | undefined, runCode: number): { line: string | undefined; code: number | null } {
  const path = join(folder, "report.json");
  rmSync(path, { force: true });
  if (report !== undefined) writeFileSync(path, report);
  const { stdout, status } = spawnSync(process.execPath, [COUNT, path, String(runCode)], { encoding: "utf8" });
  return { line: stdout.trimEnd().split("\n").at(-1), code: status };
}

function report(passed: number, failed: number, pending = 0, todo = 0, files: object[] = []): string {
  const counts = { numPassedTests: passed, numFailedTests: failed, numPendingTests: pending, numTodoTests: todo };
  return JSON.stringify({ ...counts, testResults: files });
}

describe("the last line of .ci/run", () => {
  test("the last line of .ci/run is the runner's own counts", () => {
    expect(count(report(12, 0), 0)).toEqual({ line: "12 passed, 0 failed", code: 0 });
    expect(count(report(12, 0, 2, 1), 0)).toEqual({ line: "12 passed, 0 failed, 3 skipped", code: 0 });
    const failed = { name: "a.test.ts", status: "failed", assertionResults: [{ status: "failed" }] };
    expect(count(report(10, 2, 0, 0, [failed]), 1)).toEqual({ line: "10 passed, 2 failed", code: 1 });
  });

  test("the last line of .ci/run counts a file that does not load as a failure", () => {
    const unloaded = { name: "a.test.ts", status: "failed", message: "no such module", assertionResults: [] };
    expect(count(report(10, 0, 0, 0, [unloaded]), 1)).toEqual({ line: "10 passed, 1 failed", code: 1 });
  });

  test("the last line of .ci/run is never green for a run that ended badly", () => {
    expect(count(report(10, 0), 1)).toEqual({ line: "10 passed, 1 failed", code: 1 });
    expect(count(undefined, 2)).toEqual({ line: "0 passed, 1 failed", code: 1 });
    expect(count(undefined, 0)).toEqual({ line: "0 passed, 1 failed", code: 1 });
    expect(count('{"numPassedTests": 10', 139)).toEqual({ line: "0 passed, 1 failed", code: 1 });
    expect(count(report(0, 0), 0)).toEqual({ line: "0 passed, 1 failed", code: 1 });
  });
});
