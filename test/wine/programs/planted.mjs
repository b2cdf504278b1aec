// Prints, as JSON, what the functions of Iphlpapi.dll give that the library calls, and what the library of that bare name gives.
import { closeConnection, createDecoder, openIphlpapi, openTcpTable, ownerModuleOf, readTcpStatistics } from "tcptable";

// A connection that there is not, so that nothing is closed: 127.9.9.9, port 9, at both ends.
const end = [127, 9, 9, 9, 0, 9, 0, 0];
const table = (await createDecoder()).decode(Uint8Array.of(1, 0, 0, 0, 5, 0, 0, 0, ...end, ...end));

const reader = await openTcpTable();
console.log(
  JSON.stringify({
    source: reader.source,
    addresses: addressesOf(reader),
    statistics: attempt(() => readTcpStatistics().source),
    close: attempt(() => closeConnection(table, 0).code?.number ?? null),
    module: attempt(() => ownerModuleOf(new Uint8Array(160)).code?.number ?? null),
    byName: addressesOf(await openTcpTable({ collector: openIphlpapi({ library: "Iphlpapi.dll" }) }))[0],
  }),
);

function addressesOf(reader) {
  return Array.from(reader.read().select(), ({ localAddress }) => localAddress);
}

function attempt(call) {
  try {
    return call();
  } catch (error) {
    return error.message;
  }
}
