import { type ChildProcess, execFile, fork } from "node:child_process";
import { once } from "node:events";
import { promisify } from "node:util";
import type { HeldRows } from "../collect/loopback.js";
import { ownNetwork } from "../memory/namespace.js";

const execute = promisify(execFile);

/** What the process in the network is told first, and then any number of times. */
export type NetworkOrder =
  | { readonly connections: readonly number[] }
  | { readonly program: string; readonly order: object };
export type NetworkReply =
  | { readonly held: readonly HeldRows[] }
  | { readonly result: unknown }
  | { readonly error: string };

/** A network of its own: no other program's connections are in it, so its table is known to the last row. */
export interface Network {
  /** Of each process that holds connections. */
  readonly held: readonly HeldRows[];
  /** Starts one of the suite's own programs in it, see `process.ts`. */
  ask<Result>(program: string, order: object): Promise<Result>;
  close(): Promise<void>;
}

/**
 * Opens a network with connections in it.
 *
 * @param connections how many each process opens there
 * @returns `undefined` where the system does not allow it: it takes Linux, ip, and root or user namespaces
 */
export async function openNetwork(connections: readonly number[], programs: URL): Promise<Network | undefined> {
  const unshare = process.platform === "linux" ? await ownNetwork() : undefined;
  if (!unshare || !(await isThere("ip"))) return undefined;
  const [execPath, ...execArgv] = [...unshare, process.execPath];
  const child = fork(new URL("network/program.js", programs), { execPath, execArgv });
  const close = async () => {
    const ended = once(child, "exit");
    if (child.connected) child.disconnect();
    await ended;
  };
  try {
    const opened = await replyTo(child, { connections });
    return {
      held: "held" in opened ? opened.held : [],
      async ask<Result>(program: string, order: object) {
        const reply = await replyTo(child, { program, order });
        return ("result" in reply ? reply.result : undefined) as Result;
      },
      close,
    };
  } catch (error) {
    await close();
    throw error;
  }
}

async function replyTo(child: ChildProcess, order: NetworkOrder): Promise<NetworkReply> {
  const stop = new AbortController();
  const { signal } = stop;
  const replied = Promise.race([once(child, "message", { signal }), once(child, "exit", { signal })]);
  child.send(order);
  const [reply] = (await replied.finally(() => stop.abort())) as [NetworkReply | number | null];
  if (typeof reply !== "object" || reply === null) throw new Error(`The network's process ended with ${reply}.`);
  if ("error" in reply) throw new Error(reply.error);
  return reply;
}

/** Whether a program of iproute2 is on the PATH. */
export function isThere(program: "ip" | "ss"): Promise<boolean> {
  return execute(program, ["-V"]).then(
    () => true,
    () => false,
  );
}
