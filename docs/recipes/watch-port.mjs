// Tells what opens, changes and closes at one port, until Ctrl-C: node watch-port.mjs 443
import { sampleTcpTables } from "tcptable";

const port = Number(process.argv[2] ?? 443);
const sampler = sampleTcpTables({ every: 250, where: `sport = :${port} or dport = :${port}` });
process.once("SIGINT", () => sampler.finish()); // one last look, then the loop ends

for await (const moment of sampler) {
  if (moment.isBaseline) console.log(`watching port ${port}: ${moment.blind ?? "every connection is seen, however short"}`);
  for (const event of moment.events()) {
    if (!("row" in event)) continue; // a gap, a clock that jumped, ends that were lost
    const { row, stateBefore } = event;
    const ends = `${row.localAddress}:${row.localPort} → ${row.remoteAddress}:${row.remotePort}`;
    const state = stateBefore ? `${stateBefore} → ${row.state}` : row.state;
    console.log(new Date(event.time).toISOString(), event.event, ends, state);
  }
}
