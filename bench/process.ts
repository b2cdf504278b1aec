import { type ForkOptions, fork } from "node:child_process";

interface Reply {
  readonly result?: unknown;
  readonly error?: string;
}

/** In a process that was started by `ask`: does what is asked for, once, sends the result back and ends. */
export function answer<Order>(work: (order: Order) => Promise<unknown>): void {
  process.once("message", async (order) => {
    let reply: Reply;
    try {
      reply = { result: await work(order as Order) };
    } catch (error) {
      reply = { error: error instanceof Error ? `${error.name}: ${error.message}` : String(error) };
    }
    process.send?.(reply, () => process.disconnect());
  });
}

/**
 * Starts one of the suite's own programs, gives it an order and waits for the result.
 *
 * @throws {Error} what went wrong there, in its own words
 */
export async function ask<Result>(program: URL, order: object, options: ForkOptions = {}): Promise<Result> {
  const child = fork(program, { stdio: ["ignore", "ignore", "pipe", "ipc"], ...options });
  let errors = "";
  child.stderr?.on("data", (text) => {
    errors += text;
  });
  return new Promise((resolve, reject) => {
    let reply: Reply | undefined;
    child.once("message", (message) => {
      reply = message as Reply;
    });
    child.once("error", reject);
    child.once("close", (code, signal) => {
      if (reply?.error) reject(new Error(reply.error));
      else if (reply) resolve(reply.result as Result);
      else reject(new Error(`${program.pathname} ended with ${signal ?? code} and without a result.\n${errors}`));
    });
    child.send(order);
  });
}
