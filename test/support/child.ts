import { spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import type { Requirement } from "./needs.js";

/** What it takes to start programs as another user. */
export const ROOT: Requirement & { readonly mendable: false } = {
  what: "root",
  present: process.getuid?.() === 0,
  howToGet: "run it as root",
  mendable: false,
};

/** The user who may do nothing. */
export const NOBODY = 65534;

/** A module of the built package, as a string literal for `import()` in a child. @param path from dist on */
export function built(path: string): string {
  return JSON.stringify(new URL(`../../dist/${path}`, import.meta.url).href);
}

export interface Child {
  readonly pid: number;
  /** The line that it has printed, as JSON. */
  readonly told: unknown;
  close(): Promise<void>;
}

/**
 * Starts a process that listens on an address and connects to itself, which makes three rows, and then does what `then`
 * says, the body of an async function of `port`: it has to print one line of JSON. The process lives until it is closed.
 *
 * @param uid the user, and the group; this process's own unless said otherwise
 */
export async function openChild(host: string, then: string, uid?: number): Promise<Child> {
  const script = `
    const net = require("node:net");
    let accepted;
    const server = net.createServer((socket) => {
      accepted = socket.on("error", () => {});
    });
    server.listen({ host: "${host}", port: 0 }, () => {
      const { port } = server.address();
      const client = net.connect({ host: "${host}", port, localAddress: "${host}" }).on("error", () => {});
      const wait = () => accepted && !client.connecting ? then(port) : setTimeout(wait, 5);
      wait();
    });
    async function then(port) { ${then} }
    process.stdin.on("end", () => process.exit()).resume();`;
  const user = uid === undefined ? {} : { uid, gid: uid };
  const started = spawn(process.execPath, ["-e", script], { stdio: ["pipe", "pipe", "inherit"], ...user });
  const exited = once(started, "exit");
  const close = async () => {
    started.stdin.end();
    await exited;
  };
  const line = once(createInterface(started.stdout), "line");
  const [text] = (await Promise.race([line, exited])) as unknown[];
  if (typeof text !== "string") throw new Error(`The child ended with ${text} before it told anything.`);
  return { pid: started.pid as number, told: JSON.parse(text), close };
}
