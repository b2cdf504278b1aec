// Holds connections and files open until its parent disconnects. Both ends of the connections are here.
import { once } from "node:events";
import { openSync } from "node:fs";
import { type AddressInfo, connect, createServer, type Socket } from "node:net";
import type { HoldOrder } from "./orders.js";

/** Connections that come and go are open for a second. */
const OPEN = 1000;

process.once("message", async (order) => {
  const { host, connections, files } = order as HoldOrder;
  /** By the other end's port. */
  const accepted = new Map<number, Socket>();
  const server = createServer({ pauseOnConnect: true }, (socket) => {
    accepted.set(
      socket.remotePort as number,
      socket.on("error", () => {}),
    );
  }).listen({ host, port: 0 });
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  const open = async () => {
    const socket = connect({ host, port, localAddress: host }).on("error", () => {});
    await once(socket, "connect");
    return socket.pause();
  };

  for (let count = 0; count < files; count++) openSync("/dev/null", "r");
  const held: Socket[] = [];
  for (let count = 0; count < connections; count++) held.push(await open());
  while (accepted.size < connections) await once(server, "connection");

  let churn: NodeJS.Timeout | undefined;
  process.on("message", (perSecond) => {
    clearInterval(churn);
    if (!perSecond) return;
    churn = setInterval(async () => {
      const socket = await open();
      setTimeout(() => {
        // A reset leaves no TIME-WAIT behind: the table has the same size for all who measure. The other end reads nothing, and
        // so does not see that it was reset.
        const port = socket.localPort as number;
        socket.resetAndDestroy();
        accepted.get(port)?.destroy();
        accepted.delete(port);
      }, OPEN);
    }, 1000 / Number(perSecond));
  });
  process.once("disconnect", () => process.exit());
  process.send?.("ready");
});
