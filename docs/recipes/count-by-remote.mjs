// Counts the open connections by the other end's address, the most first: node count-by-remote.mjs "dport = :443"
import { openTcpTables } from "tcptable";

const where = process.argv[2];
const reader = await openTcpTables({ where: where ? `state connected ( ${where} )` : "state connected" });
const reading = reader.read();
if (!reading.complete) console.error(reading.failures.map(({ family, error }) => `IPv${family}: ${error.message}`));

const counts = new Map();
for (const { remoteAddress } of reading.select()) counts.set(remoteAddress, (counts.get(remoteAddress) ?? 0) + 1);
reader.close();

const most = [...counts].sort(([, one], [, other]) => other - one).slice(0, 10);
for (const [address, count] of most) console.log(String(count).padStart(7), address);
