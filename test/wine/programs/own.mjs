// Opens a listener and a connection of its own on a host, and prints what the library tells of them, as JSON: own.mjs <host>
import { once } from "node:events";
import { connect, createServer } from "node:net";
import { createDecoder } from "tcptable";
import { closeConnection } from "../../../dist/reader/close.js";
import { openProcessNames, readTcpStatistics } from "../../../dist/system/system.js";
import { openIphlpapi } from "../../../dist/system/windows/iphlpapi.js";
import { ownerModuleOf } from "../../../dist/system/windows/owner-module.js";

const [host] = process.argv.slice(2);
const family = host.includes(":") ? 6 : 4;
// Other addresses may have the same ports, and others may have had them before.
const own = `exclude time-wait src ${family === 6 ? `[${host}]` : host}`;

const server = createServer().listen({ host, port: 0 });
await once(server, "listening");
const { port } = server.address();
const client = connect({ host, port, localAddress: host });
const [[accepted]] = await Promise.all([once(server, "connection"), once(client, "connect")]);

const decoder = await createDecoder();
const names = openProcessNames();
const owners = {};
for (const owner of ["pid", "module"]) {
  const { bytes, layout } = openIphlpapi({ family, owner }).collect(decoder);
  const table = decoder.decode(bytes, layout);
  const ends = `( sport = :${port} dport = :${client.localPort} ) or ( sport = :${client.localPort} dport = :${port} )`;
  const selection = table.select({ where: `${own} ( ( state listening sport = :${port} ) or ${ends} )` });
  owners[owner] = selection.toArray();
  if (owner === "module") owners.module0 = ownerModuleOf(table.rawRow(selection.indices[0]));
}
// Again, because closing takes a row of a table that is fresh.
const { bytes, layout } = openIphlpapi({ family, owner: "pid" }).collect(decoder);
const table = decoder.decode(bytes, layout);
const [row] = table.select({ where: `${own} sport = :${client.localPort} dport = :${port}` }).indices;
const result = {
  pid: process.pid,
  execPath: process.execPath,
  port,
  clientPort: client.localPort,
  owners,
  name: names.nameOf(process.pid),
  path: names.pathOf(process.pid),
  noName: names.nameOf(0xfffffff0) ?? null,
  statistics: readTcpStatistics({ family }),
  close: closeConnection(table, row),
};
console.log(JSON.stringify(result, (_, value) => (typeof value === "bigint" ? Number(value) : value)));
// Where the connection was closed by the system, its ends tell of a reset.
for (const socket of [client, accepted]) socket.on("error", () => {}).destroy();
server.close();
