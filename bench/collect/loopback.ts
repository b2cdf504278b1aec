import { type ChildProcess, execFileSync, fork } from "node:child_process";
import { once } from "node:events";

/** The network that the suite's own sockets live in: no other program's are looked at. */
export const NETWORK = { address: 0x7fc70000, mask: 0xffff0000, text: "127.199" };

/** What a holder is told to open, on one address. */
export interface HoldOrder {
  readonly host: string;
  readonly connections: number;
}

/** What a holder has opened. */
export interface Held {
  readonly rows: number;
  /** Sum of the rows' checksums. */
  readonly checksum: number;
}

/** Sockets that are open until they are closed. */
export interface Loopback extends Held {
  close(): Promise<void>;
}

/** File descriptors that a holder needs besides its connections' two each. */
const OTHER_FILES = 200;

/**
 * Opens real connections on loopback, in processes of their own, and so a table of at least `rows` rows. Each connection is
 * two rows; each process also listens.
 *
 * @param programs where the bundled holder lies
 */
export async function openLoopback(rows: number, programs: URL): Promise<Loopback> {
  const connections = Math.ceil(rows / 2);
  const perHolder = Math.max(1, Math.floor((filesAtMost() - OTHER_FILES) / 2));
  const count = Math.max(2, Math.ceil(connections / perHolder));
  const holders: ChildProcess[] = [];
  const close = async () => {
    await Promise.all(holders.map(end));
  };
  try {
    const held = await Promise.all(
      Array.from({ length: count }, async (_, number): Promise<Held> => {
        const holder = fork(new URL("collect/holder.js", programs), { stdio: ["ignore", "ignore", "inherit", "ipc"] });
        holders.push(holder);
        holder.send({
          host: `${NETWORK.text}.${number}.1`,
          connections: Math.ceil(connections / count),
        } satisfies HoldOrder);
        const [reply] = (await Promise.race([once(holder, "message"), once(holder, "exit")])) as [Held | number | null];
        if (typeof reply === "object" && reply) return reply;
        throw new Error(`The process that holds ${connections / count} connections open ended with ${reply}.`);
      }),
    );
    return {
      rows: held.reduce((sum, { rows }) => sum + rows, 0),
      checksum: held.reduce((sum, { checksum }) => (sum + checksum) >>> 0, 0),
      close,
    };
  } catch (error) {
    await close();
    throw error;
  }
}

async function end(holder: ChildProcess): Promise<void> {
  if (holder.exitCode !== null || holder.signalCode !== null) return;
  const ended = once(holder, "exit");
  if (holder.connected) holder.disconnect();
  await ended;
}

/** Node raises its own limit to the hard one when it starts. */
function filesAtMost(): number {
  if (process.platform === "win32") return 20_000;
  const limit = Number(execFileSync("sh", ["-c", "ulimit -Hn"], { encoding: "utf8" }));
  return Number.isNaN(limit) ? Number.POSITIVE_INFINITY : limit;
}
