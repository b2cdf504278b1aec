// Does what the example in GetTcpTable's documentation does, with the library: prints every connection in its words.
//   seed-example.mjs [library that has GetTcpTable]
import { CollectError, openTcpTable, stateName } from "tcptable";
import { openIphlpapi } from "../../../dist/system/windows/iphlpapi.js";

const [library] = process.argv.slice(2);
const order = true;
const reader = await openTcpTable(library ? { collector: openIphlpapi({ library, order }) } : { order });
try {
  process.stdout.write(exampleText(reader.read()));
} catch (error) {
  if (!(error instanceof CollectError)) throw error;
  process.stdout.write(`\tGetTcpTable failed with ${error.code.number | 0}\n`);
  process.exitCode = 1;
} finally {
  reader.close();
}

/** The table in the example's words. */
function exampleText({ length, columns }) {
  const { state, localAddress, localPort, remoteAddress, remotePort } = columns;
  const parts = [`\tNumber of entries: ${length}\n`];
  for (let i = 0; i < length; i++) {
    parts.push(
      `\n\tTCP[${i}] State: ${state[i]} - ${stateText(state[i])}\n`,
      `\tTCP[${i}] Local Addr: ${dotted(localAddress[i])}\n`,
      `\tTCP[${i}] Local Port: ${localPort[i]} \n`,
      `\tTCP[${i}] Remote Addr: ${dotted(remoteAddress[i])}\n`,
      `\tTCP[${i}] Remote Port: ${remotePort[i]}\n`,
    );
  }
  return parts.join("");
}

/** The library's names, but for two: the example has a blank too many, and one text for what it does not know. */
function stateText(number) {
  if (number < 1 || number > 12) return "UNKNOWN dwState value";
  return number === 7 ? "FIN-WAIT-2 " : stateName(number);
}

/** The columns hold addresses in host order: 127.0.0.1 is 0x7f000001. */
function dotted(address) {
  return [24, 16, 8, 0].map((shift) => (address >>> shift) & 0xff).join(".");
}
