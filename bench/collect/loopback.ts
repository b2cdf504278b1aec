import { type ChildProcess, execFileSync, fork } from "node:child_process";
import { once } from "node:events";
import { type Row, unorderedChecksumOf } from "../data/checksum.js";

/** The network that the suite's own sockets live in: no other program's are looked at. */
export const NETWORK = { address: 0x7fc70000, mask: 0xffff0000, text: "127.199" };

/** What a holder is told to open, on one address. */
export interface HoldOrder {
  readonly host: string;
  readonly connections: number;
}

/** What a holder has opened: its listener first. */
export type HeldRows = readonly Row[];

/** What has been opened, in short. */
export interface Held {
  readonly rows: number;
  /** Sum of the rows' checksums. */
  readonly checksum: number;
}

/** Sockets that are open until they are closed. */
export interface Loopback {
  /** Of each holder. */
  readonly held: readonly HeldRows[];
  close(): Promise<void>;
}

/** File descriptors that a holder needs besides its connections' two each. */
const OTHER_FILES = 200;

/**
 * Opens real connections on loopback, in processes of their own. Each connection is two rows; each process also listens.
 *
 * @param connections how many each process opens
 * @param programs where the bundled holder lies
 */
export async function openLoopback(connections: readonly number[], programs: URL): Promise<Loopback> {
  const holders: ChildProcess[] = [];
  const close = async () => {
    await Promise.all(holders.map(end));
  };
  try {
    const held = await Promise.all(
      connections.map(async (count, number): Promise<HeldRows> => {
        const holder = fork(new URL("collect/holder.js", programs), { stdio: ["ignore", "ignore", "inherit", "ipc"] });
        holders.push(holder);
        holder.send({ host: `${NETWORK.text}.${number}.1`, connections: count } satisfies HoldOrder);
        const [reply] = (await Promise.race([once(holder, "message"), once(holder, "exit")])) as [
          HeldRows | number | null,
        ];
        if (typeof reply === "object" && reply) return reply;
        throw new Error(`The process that holds ${count} connections open ended with ${reply}.`);
      }),
    );
    return { held, close };
  } catch (error) {
    await close();
    throw error;
  }
}

/** How many connections each holder opens, so that all together have at least `rows` rows, and each as few files as it may. */
export function sharedOut(rows: number): number[] {
  const connections = Math.ceil(rows / 2);
  const perHolder = Math.max(1, Math.floor((filesAtMost() - OTHER_FILES) / 2));
  const count = Math.max(2, Math.ceil(connections / perHolder));
  return new Array<number>(count).fill(Math.ceil(connections / count));
}

/** All rows in short. */
export function inShort(held: readonly HeldRows[]): Held {
  const rows = held.flat();
  return { rows: rows.length, checksum: unorderedChecksumOf(rows) };
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
