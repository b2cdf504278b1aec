// Prints what the library sees of one host's connections, as JSON: rows.mjs <host> <engine>
import { openTcpTable } from "tcptable";

const [host, engine] = process.argv.slice(2);
const reader = await openTcpTable({ engine });
const { table, collection } = reader.sample();
const { layout, attempts, nanoseconds } = collection;
const rows = table.select({ where: `src ${host}` }).toArray();
console.log(
  JSON.stringify({
    platform: process.platform,
    source: reader.source,
    engine: reader.engine,
    layout,
    attempts,
    nanoseconds,
    tableLength: table.length,
    again: reader.sample().collection.attempts,
    rows,
  }),
);
reader.close();
