// Prints, as JSON, what each function of Iphlpapi.dll gives that the library calls. A planted library gives itself away.
import { closeConnection, createDecoder, openTcpTable, ownerModuleOf, readTcpStatistics } from "tcptable";

const reader = await openTcpTable();
const table = reader.read();
// A connection that there is not, so that nothing is closed.
const none = new Uint8Array(4 + 20);
none.set([1, 0, 0, 0, 5, 0, 0, 0, 127, 9, 9, 9, 0, 9, 0, 0, 127, 9, 9, 9, 0, 9]);
const nobodys = (await createDecoder()).decode(none);
console.log(
  JSON.stringify({
    source: reader.source,
    addresses: table.select().toArray().map(({ localAddress }) => localAddress),
    statistics: attempt(() => readTcpStatistics().source),
    close: attempt(() => closeConnection(nobodys, 0).code?.number ?? null),
    module: attempt(() => ownerModuleOf(new Uint8Array(160)).code?.number ?? null),
  }),
);

function attempt(call) {
  try {
    return call();
  } catch (error) {
    return error.message;
  }
}
