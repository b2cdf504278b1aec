import { readVersion } from "./command-line.js";
import { DONE, MISUSED } from "./exit-codes.js";
import { printText } from "./output.js";
import { record } from "./record.js";
import { parseRecordingsLine } from "./recordings-line.js";
import { recover } from "./recover.js";
import { STDERR, STDOUT } from "./standard-streams.js";

/**
 * The commands that write recordings: a bundle of its own, see build.mjs. Returns the exit code.
 *
 * @param words the words after `tcptable`
 * @throws what no message explains. Another bundle's classes of errors are not this one's: all others are told here
 */
export async function recordings(words: readonly string[]): Promise<number> {
  const parsed = parseRecordingsLine(words);
  switch (parsed.kind) {
    case "text":
      await printText(parsed.text, STDOUT);
      return DONE;
    case "mistake":
      await printText(parsed.text, STDERR);
      return MISUSED;
    case "record":
      return await record(parsed.arguments, readVersion());
    case "recover":
      return await recover(parsed.arguments);
  }
}
