// In a network of its own: has connections held open there, and starts the suite's programs there. It lives until its parent
// disconnects.
import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { type Loopback, openLoopback } from "../collect/loopback.js";
import { ask } from "../process.js";
import type { NetworkOrder, NetworkReply } from "./network.js";

const execute = promisify(execFile);
const programs = new URL("../", import.meta.url);
let loopback: Loopback | undefined;

process.on("message", async (order) => {
  let reply: NetworkReply;
  try {
    reply = await replyTo(order as NetworkOrder);
  } catch (error) {
    reply = { error: error instanceof Error ? error.message : String(error) };
  }
  process.send?.(reply);
});
process.once("disconnect", () => loopback?.close());

async function replyTo(order: NetworkOrder): Promise<NetworkReply> {
  if ("program" in order) return { result: await ask(new URL(order.program, programs), order.order) };
  await execute("ip", ["link", "set", "lo", "up"]);
  loopback = await openLoopback(order.connections, programs);
  return { held: loopback.held };
}
