import { execFileSync } from "node:child_process";
import { parseState } from "../../src/format/states.js";
import type { AnyRow } from "./diag-sockets.js";
import { parseEnd } from "./ss-any.js";

/** One family's table as `ss -taneH` tells it, with users, inodes, cookies and queues, in ss's order. */
export function ssSockets(family: 4 | 6): AnyRow[] {
  const output = execFileSync("ss", ["-taneH", `-${family}`], { encoding: "utf8", maxBuffer: 1 << 28 });
  const lines = output.split("\n").filter((line) => line.trim() !== "");
  return lines.map((line) => {
    const [word = "", receiveQueue, sendQueue, local = "", remote = ""] = line.trim().split(/\s+/);
    const state = parseState(word);
    const cookie = /\bsk:([0-9a-f]+)/.exec(line)?.[1];
    const inode = /\bino:(\d+)/.exec(line)?.[1];
    if (state === undefined || cookie === undefined || inode === undefined)
      throw new Error(`ss tells no socket: ${line}`);
    const [localAddress, localPort] = parseEnd(local, family, line);
    const [remoteAddress, remotePort] = parseEnd(remote, family, line);
    return {
      state,
      localAddress,
      localPort,
      remoteAddress,
      remotePort,
      user: Number(/\buid:(\d+)/.exec(line)?.[1] ?? 0), // ss leaves out root's
      inode: Number(inode),
      socketCookie: BigInt(`0x${cookie}`),
      receiveQueue: Number(receiveQueue),
      sendQueue: Number(sendQueue),
    };
  });
}
