#!/usr/bin/env node
import { QueryError } from "../decoder/errors.js";
import { close } from "./close.js";
import { parseCommandLine } from "./command-line.js";
import { DONE, FAILED, MISUSED } from "./exit-codes.js";
import { printText } from "./output.js";
import { show } from "./show.js";
import { isExpected, warn } from "./warnings.js";

/** Settles when all is printed. Not process.exit(): that would cut what a pipe has not taken yet. */
export const ended = main(process.argv.slice(2)).then((code) => {
  process.exitCode = code;
});

async function main(words: readonly string[]): Promise<number> {
  const parsed = parseCommandLine(words);
  try {
    switch (parsed.kind) {
      case "text":
        await printText(parsed.text, process.stdout);
        return DONE;
      case "mistake":
        await printText(parsed.text, process.stderr);
        return MISUSED;
      case "arguments":
        return await show(parsed.arguments);
      case "close":
        return await close(parsed.arguments);
      case "events":
        throw new Error("later");
    }
  } catch (error) {
    if (!isExpected(error)) throw error;
    await warn(error.message);
    // A query can ask for a column that only other tables have.
    return error instanceof QueryError ? MISUSED : FAILED;
  }
}
