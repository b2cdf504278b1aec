// Prints "N passed, N failed[, N skipped]" from vitest's JSON report. Exits with 0 only where that is the whole truth:
// a run that ended badly without a failed test (the build, the runner, a file that does not load) counts as a failure.
//   node .ci/count.mjs <report> <exit code of the run>
import { readFileSync } from "node:fs";

const [report, runCode] = process.argv.slice(2);
let counts = { passed: 0, failed: 0, skipped: 0 };
try {
  const results = JSON.parse(readFileSync(report, "utf8"));
  const unloaded = results.testResults.filter(
    ({ status, assertionResults }) => status === "failed" && !assertionResults.some((test) => test.status === "failed"),
  );
  for (const { name, message } of unloaded) console.log(`Failed outside its tests: ${name}\n${message}`);
  counts = {
    passed: results.numPassedTests,
    failed: results.numFailedTests + unloaded.length,
    skipped: results.numPendingTests + results.numTodoTests,
  };
} catch (error) {
  console.log(`There are no test results: ${error.message}`);
}
const { passed, failed, skipped } = counts;
const unexplained = failed === 0 && (runCode !== "0" || passed === 0);
if (unexplained) console.log(`The run ended with exit code ${runCode} and no failed test. It counts as one failure.`);

const allFailed = unexplained ? 1 : failed;
console.log(`${passed} passed, ${allFailed} failed${skipped > 0 ? `, ${skipped} skipped` : ""}`);
process.exitCode = allFailed > 0 ? 1 : 0;
