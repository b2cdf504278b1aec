// Holds connections open until its parent disconnects, and tells their rows. Both ends are here, and read nothing.
import { once } from "node:events";
import { type AddressInfo, connect, createServer, type Socket } from "node:net";
import { parseIPv4 } from "../../src/format/address.js";
import type { Row } from "../data/checksum.js";
import type { HeldRows, HoldOrder } from "./loopback.js";

const LISTEN = 2;
const ESTABLISHED = 5;
/** Connections that are made at a time: fewer than the listener's backlog. */
const AT_ONCE = 200;

process.once("message", async (order) => {
  const { host, connections } = order as HoldOrder;
  const opened: Socket[] = [];
  const accepted: Socket[] = [];
  const server = createServer({ pauseOnConnect: true }, (socket) => {
    socket.on("error", () => {}); // reset, when all is over
    accepted.push(socket);
  });
  // A reset leaves no TIME-WAIT behind, which would be in the way of whoever measures next.
  process.once("disconnect", () => {
    for (const socket of [...opened, ...accepted]) socket.resetAndDestroy();
    server.close();
  });

  server.listen({ host, port: 0 });
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  const address = parseIPv4(host) as number;
  const own = { localAddress: address, localPort: port };
  const rows: Row[] = [{ state: LISTEN, ...own, remoteAddress: 0, remotePort: 0 }];
  for (let left = connections; left > 0; left -= AT_ONCE) {
    const clients = Array.from({ length: Math.min(left, AT_ONCE) }, async () => {
      const socket = connect({ host, port, localAddress: host });
      opened.push(socket);
      socket.pause();
      await once(socket, "connect");
      socket.on("error", () => {});
      const other = { localAddress: address, localPort: socket.localPort as number };
      rows.push(
        { state: ESTABLISHED, ...own, remoteAddress: address, remotePort: other.localPort },
        { state: ESTABLISHED, ...other, remoteAddress: address, remotePort: port },
      );
    });
    await Promise.all(clients);
    // Else the listener's queue overflows, and each connection that finds it full waits for a second.
    while (accepted.length < opened.length) await once(server, "connection");
  }
  process.send?.(rows satisfies HeldRows);
});
