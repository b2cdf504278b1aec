import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { ownNetwork } from "../../bench/memory/namespace.js";
import { program, type Requirement } from "./needs.js";

const PEER = fileURLToPath(new URL("network-peer.mjs", import.meta.url));
const UNSHARE = await ownNetwork();

/** What it takes to have a network of one's own, in which closing connections harms nobody. */
export const OWN_NETWORK: readonly Requirement[] = [
  {
    what: "a network namespace",
    present: UNSHARE !== undefined,
    howToGet: "run the tests as root, or allow user namespaces",
  },
  program("ip", "apt-get install iproute2"),
  program("nsenter", "apt-get install util-linux"),
];

/** A network of its own with its own loopback: connections in it are no one else's, and this machine's are not in it. */
export class Network {
  readonly #peer: ChildProcess;

  static async open(): Promise<Network> {
    if (!UNSHARE) throw new Error("This system gives no network of one's own.");
    const [execPath, ...flags] = UNSHARE;
    const execArgv = [...flags, "sh", "-c", 'ip link set lo up && exec "$@"', "sh", process.execPath];
    const network = new Network(fork(PEER, { execPath, execArgv, stdio: ["ignore", "inherit", "inherit", "ipc"] }));
    await network.run("return;");
    return network;
  }

  private constructor(peer: ChildProcess) {
    this.#peer = peer;
  }

  /** Runs the body of an async function in the network. It has `listen`, `open`, `failed`, `once`, and `held` for what stays. */
  async run<Result>(code: string): Promise<Result> {
    const listening = new AbortController();
    const { signal } = listening;
    const reply = once(this.#peer, "message", { signal });
    const ended = once(this.#peer, "exit", { signal }).then(([exit]) => {
      throw new Error(`The network's peer ended with ${exit}.`);
    });
    ended.catch(() => {});
    this.#peer.send(code);
    const answer = Promise.race([reply, ended]).finally(() => listening.abort());
    const [{ result, error }] = (await answer) as [{ result?: Result; error?: string }];
    if (error !== undefined) throw new Error(error);
    return result as Result;
  }

  /** The command that runs a program in the network, followed by the program's own words. */
  get enter(): readonly [string, ...string[]] {
    const user = UNSHARE?.includes("--user") ? ["--user", "--preserve-credentials"] : [];
    return ["nsenter", "--target", String(this.#peer.pid), "--net", ...user];
  }

  async close(): Promise<void> {
    const exited = once(this.#peer, "exit");
    this.#peer.disconnect();
    await exited;
  }
}
