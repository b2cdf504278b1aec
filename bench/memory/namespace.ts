import { execFile } from "node:child_process";
import { promisify } from "node:util";

const execute = promisify(execFile);

/**
 * The command that gives a program a network of its own, where nobody else's connections come and go: a table that changes
 * its size all the time says nothing about the garbage of one that does not.
 *
 * @returns `undefined` where the system does not allow it: it takes Linux, and root or user namespaces
 */
export async function ownNetwork(): Promise<readonly [string, ...string[]] | undefined> {
  for (const flags of [["--net"], ["--user", "--map-root-user", "--net"]]) {
    try {
      await execute("unshare", [...flags, "true"]);
      return ["unshare", ...flags];
    } catch {
      // the next one
    }
  }
  return undefined;
}
