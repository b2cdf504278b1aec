// Runs the command in a process that has connections of its own: command.mjs <host> <host> <words…>
// On each host there are a listener and one connection to it. In the words, $PORT1 and $CLIENT1 are the first host's ports,
// $PORT2 and $CLIENT2 the second's. Prints its PID and these ports as a line of JSON, and then what the command prints.
import { once } from "node:events";
import { connect, createServer } from "node:net";

const [first, second, ...words] = process.argv.slice(2);
const sockets = [];
const ports = {};
for (const [at, host] of [first, second].entries()) {
  const server = createServer().listen({ host, port: 0 });
  await once(server, "listening");
  const { port } = server.address();
  const client = connect({ host, port, localAddress: host });
  const [[accepted]] = await Promise.all([once(server, "connection"), once(client, "connect")]);
  sockets.push(server, client, accepted);
  ports[`PORT${at + 1}`] = port;
  ports[`CLIENT${at + 1}`] = client.localPort;
}
process.stdout.write(`${JSON.stringify({ pid: process.pid, ...ports })}\n`);

process.argv.splice(2, Infinity, ...words.map((word) => word.replace(/\$(\w+)/g, (_, name) => ports[name])));
const { ended } = await import("../../../dist/cli/tcptable.cjs");
await ended;

for (const socket of sockets) {
  if ("destroy" in socket) socket.on("error", () => {}).destroy();
  else socket.close();
}
