// Runs in a network of its own, and does there what a test sends: the body of an async function. What it leaves in `held` stays.
import { once } from "node:events";
import { connect, createServer } from "node:net";

/** For the code: listens, and remembers what is accepted. Both ends may be closed by halves. */
async function listen(host, port = 0) {
  const server = createServer({ allowHalfOpen: true }, (socket) => {
    socket.on("error", () => {}).resume();
    accepted.set(`${socket.remoteAddress}:${socket.remotePort}`, socket);
  });
  server.listen({ host, port });
  await once(server, "listening");
  return server;
}

/** For the code: a connection, whose errors are left in `failed`. Returns both its ends. */
async function open(host, port, localPort) {
  const client = connect({ host, port, localPort, localAddress: host, allowHalfOpen: true });
  client.on("error", (error) => failed.push(error.code));
  await once(client, "connect");
  client.resume();
  const key = `${client.localAddress}:${client.localPort}`;
  while (!accepted.has(key)) await new Promise((resolve) => setImmediate(resolve));
  const server = accepted.get(key);
  accepted.delete(key); // the port may be used again
  return { client, server };
}

const accepted = new Map();
const failed = [];
const tools = { held: {}, failed, listen, open, once };

process.on("message", async (code) => {
  try {
    const AsyncFunction = (async () => {}).constructor;
    const result = await new AsyncFunction(...Object.keys(tools), code)(...Object.values(tools));
    process.send({ result });
  } catch (error) {
    process.send({ error: error instanceof Error ? error.stack : String(error) });
  }
});
process.on("disconnect", () => process.exit());
