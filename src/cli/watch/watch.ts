import { hostname } from "node:os";
import type { ColumnName } from "../../format/columns.js";
import { DONE, MISUSED } from "../exit-codes.js";
import { tellFailure } from "../failures.js";
import { printText } from "../output.js";
import { bytesText } from "../quantities.js";
import { STDERR } from "../standard-streams.js";
import { printable } from "../unsafe-text.js";
import { warn } from "../warnings.js";
import type { WatchArguments } from "../watch-arguments.js";
import { abilitiesOf, wantsAscii } from "./abilities.js";
import { Terminal } from "./terminal.js";
import { WatchProgram } from "./watch-program.js";
import { openWatchSampler } from "./watch-sampler.js";

/**
 * Shows this machine's connections live, until somebody quits. Returns the exit code.
 *
 * @throws what no message explains
 */
export async function watch(what: WatchArguments): Promise<number> {
  const { stdin, stdout, env } = process;
  if (!stdin.isTTY || !stdout.isTTY) {
    await warn("watch needs a terminal; tcptable events prints what changes.");
    return MISUSED;
  }
  const { families, engine } = what;
  const columns: readonly ColumnName[] = what.extended ? ["receiveQueue", "sendQueue"] : [];
  const abilities = abilitiesOf(env);
  const terminal = new Terminal(stdin, stdout, { abilities, mouse: what.mouse && env.TERM !== "dumb" });
  const program = new WatchProgram(what, terminal, {
    ...{ host: hostname(), ascii: what.ascii || wantsAscii(env), attributes: abilities.attributes },
    openSampler: (every, names) => openWatchSampler({ every, families, engine, names, columns }),
    beginRecording: async (sampler, every, names) => {
      const { beginRecording } = await import("../recordings.js");
      return await beginRecording(sampler, { families, engine, every, columns, owner: names ? "pid" : undefined });
    },
  });
  try {
    await program.run();
    return DONE;
  } catch (error) {
    return await tellFailure(error);
  } finally {
    await tellRecordings(program);
  }
}

/** What stays on the terminal: where the recordings are. */
async function tellRecordings({ recordings, recordingFailure }: WatchProgram): Promise<void> {
  try {
    for (const { path, bytes } of recordings)
      await printText(`tcptable: Recorded ${bytesText(bytes)} into ${printable(path)}.\n`, STDERR);
    if (recordingFailure !== undefined) await warn(`${recordingFailure}.`);
  } catch {
    // The terminal has gone: nobody is there to read it.
  }
}
