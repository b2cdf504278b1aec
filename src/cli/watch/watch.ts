import { hostname } from "node:os";
import { sampleTcpTables } from "../../sampler/sampler.js";
import { DONE, MISUSED } from "../exit-codes.js";
import { tellFailure } from "../failures.js";
import { warn } from "../warnings.js";
import type { WatchArguments } from "../watch-arguments.js";
import { abilitiesOf, wantsAscii } from "./abilities.js";
import { Terminal } from "./terminal.js";
import { WatchProgram } from "./watch-program.js";

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
  const abilities = abilitiesOf(env);
  const terminal = new Terminal(stdin, stdout, { abilities, mouse: what.mouse && env.TERM !== "dumb" });
  const program = new WatchProgram(what, terminal, {
    ...{ host: hostname(), ascii: what.ascii || wantsAscii(env), attributes: abilities.attributes },
    openSampler: (every, names) => sampleTcpTables({ every, families, engine, names }),
  });
  try {
    await program.run();
    return DONE;
  } catch (error) {
    return await tellFailure(error);
  }
}
