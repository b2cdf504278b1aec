// Says which connections stay in CLOSE-WAIT, until Ctrl-C: node alert-close-wait.mjs 60
// The other end has closed them, and the program here has forgotten to: they stay for as long as it runs.
import { setTimeout } from "node:timers/promises";
import { openProcessNames, openTcpTables, rowKey } from "tcptable";

const seconds = Number(process.argv[2] ?? 60);
const ending = new AbortController();
process.once("SIGINT", () => ending.abort());

const names = openProcessNames();
const reader = await openTcpTables({ where: "state close-wait", columns: ["owningPid", "socketCookie"] });
let since = new Map(); // by row key: when it was seen first
const told = new Set();

while (!ending.signal.aborted) {
  const now = Date.now();
  const seen = new Map();
  for (const row of reader.read().select()) {
    const key = rowKey(row); // the same connection has the same key in every sample
    const first = since.get(key) ?? now;
    seen.set(key, first);
    if (now - first < seconds * 1000 || told.has(key)) continue;
    told.add(key);
    const owner = row.owningPid ? `${row.owningPid}/${names.nameOf(row.owningPid) ?? "?"}` : "somebody";
    const ends = `${row.localAddress}:${row.localPort} → ${row.remoteAddress}:${row.remotePort}`;
    console.log(`${owner} has not closed ${ends} for ${Math.round((now - first) / 1000)} s`);
  }
  since = seen; // what is not there any more is forgotten
  for (const key of told) if (!since.has(key)) told.delete(key);
  await setTimeout(Math.min(1000, seconds * 250), undefined, { signal: ending.signal }).catch(() => {});
}
reader.close();
