// Reads the table of one family once whole and once with a filter as a hint, for several filters, and prints as JSON what was
// asked for, how many rows came, and what the filter selects of either: asked.mjs <family> <filter of the rows to look at>
import { compileFilter, createDecoder, openCollector, openTcpTable } from "tcptable";

const [family, ours] = [Number(process.argv[2]), process.argv[3]];
const FILTERS = [
  "state listening",
  "state established",
  "state time-wait",
  "state close-wait",
  "exclude listening",
  "",
];

const decoder = await createDecoder();
const told = [];
for (const text of FILTERS) {
  const where = `${text} ${ours}`;
  const [hinted, whole] = [{ where: compileFilter(where) }, {}].map((options) => {
    const collector = openCollector({ family, ...options });
    const { bytes, layout } = collector.collect(decoder);
    const table = decoder.decode(bytes, layout);
    const states = [...new Set(Array.from(table.select(), ({ state }) => state))];
    return { asked: collector.asked, layout, states, rows: table.select({ where }).toArray() };
  });
  told.push({ text, hinted, whole });
}
// With owners, by the columns' names.
const reader = await openTcpTable({ family, collector: openCollector({ family, columns: ["owningPid"] }) });
console.log(JSON.stringify({ told, columns: Object.keys(reader.read().select({ where: ours }).toArray()[0]) }));
