// Samples connections that it opens and closes itself, and prints as JSON what was told of them: sampler.mjs <worker or here>
import { once } from "node:events";
import { connect, createServer } from "node:net";
import { sampleTcpTables } from "tcptable";

const accepted = [];
const server = createServer((socket) => accepted.push(socket.on("error", () => {})));
await once(server.listen(0, "127.0.0.1"), "listening");
const { port } = server.address();
const told = [];
let facts;
let client;
let left = 100;
const where = `src 127.0.0.1 ( sport = :${port} or dport = :${port} )`;
for await (const moment of sampleTcpTables({ every: 50, where, worker: process.argv[2] === "worker" })) {
  const { sources, blind, complete } = moment;
  facts = { sources, blind, complete };
  for (const { event, row, sampled } of moment.events())
    told.push([event, row.state, row.remotePort === port, sampled]);
  if (!client) {
    client = connect(port, "127.0.0.1").on("error", () => {});
    await once(client, "connect");
  } else if (told.length === 2 && !client.destroyed) {
    // A reset leaves no TIME-WAIT behind.
    client.resetAndDestroy();
    for (const socket of accepted) socket.destroy();
  }
  if (told.length >= 4 || left-- === 0) break;
}
server.close();
console.log(JSON.stringify({ ...facts, told }));
