// Reads the tables of both families by every function and class, and prints the rows of two listeners as JSON:
//   family.mjs <IPv4 listener's address> <its port> <IPv6 listener's address> <its port>
import { CollectError, createDecoder } from "tcptable";
import { openIphlpapi } from "../../../dist/system/windows/iphlpapi.js";
import { TABLE_CLASSES } from "../../../dist/system/windows/table-functions.js";

const [host4, port4, host6, port6] = process.argv.slice(2);
const own = {
  4: `src ${host4} (sport = :${port4} or dport = :${port4})`,
  6: `src [${host6}] (sport = :${port6} or dport = :${port6})`,
};
const decoder = await createDecoder();

const wanted = [
  ...[undefined, "pid", "module"].flatMap((owner) => [4, 6].map((family) => ({ family, owner }))),
  ...["GetTcpTable", "GetTcpTable2"].map((name) => ({ family: 4, function: name })),
  ...["GetTcp6Table", "GetTcp6Table2"].map((name) => ({ family: 6, function: name })),
  ...Object.keys(TABLE_CLASSES).flatMap((tableClass) => [4, 6].map((family) => ({ family, tableClass }))),
];

console.log(JSON.stringify(wanted.map((options) => ({ options, ...read(options) }))));

function read(options) {
  const collector = openIphlpapi(options);
  const { source } = collector;
  try {
    const { bytes, layout } = collector.collect(decoder);
    const table = decoder.decode(bytes, layout);
    return { source, layout, rows: table.select({ where: own[options.family] }).toArray() };
  } catch (error) {
    if (!(error instanceof CollectError)) throw error;
    return { source, code: error.code.number };
  } finally {
    collector.close();
  }
}
