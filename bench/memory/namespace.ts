import { execFile } from "node:child_process";
import { promisify } from "node:util";

const execute = promisify(execFile);

/**
 * Its table of hashes is small: without this, it would be as large as the whole machine's, and Linux would go through hundreds of
 * thousands of empty places for each sample. Before Linux 6.1 all networks share one table.
 */
const SMALL_HASH_TABLE = `sysctl=/proc/sys/net/ipv4/tcp_child_ehash_entries
[ -w $sysctl ] && echo 1024 > $sysctl
exec unshare --net "$@"`;

/**
 * The command that gives a program a network of its own, where nobody else's connections come and go: a table that changes
 * its size all the time says nothing about the garbage of one that does not.
 *
 * @returns `undefined` where the system does not allow it: it takes Linux, and root or user namespaces
 */
export async function ownNetwork(): Promise<readonly [string, ...string[]] | undefined> {
  for (const flags of [["--net"], ["--user", "--map-root-user", "--net"]]) {
    const command = [...flags, "sh", "-c", SMALL_HASH_TABLE, "sh"];
    try {
      await execute("unshare", [...command, "true"]);
      return ["unshare", ...command];
    } catch {
      // the next one
    }
  }
  return undefined;
}
