import { DONE, MISUSED } from "./exit-codes.js";
import type { Misunderstood } from "./options.js";
import { printText } from "./output.js";
import { STDERR, STDOUT } from "./standard-streams.js";

/** Answers a command line that is no order to do something: by what it asked for, or by what is wrong with it. Returns the exit code. */
export async function answerWith({ kind, text }: Misunderstood): Promise<number> {
  await printText(text, kind === "text" ? STDOUT : STDERR);
  return kind === "text" ? DONE : MISUSED;
}
