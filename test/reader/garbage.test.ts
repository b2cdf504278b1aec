import { expect, test } from "vitest";
import { built } from "../support/child.js";
import { COLLECTOR_OF, expectNoGarbage, measureGarbage, textsOf } from "../support/garbage.js";
import { encodeTable, type RawRow } from "../support/tables.js";

const listener = (localPort: number): RawRow => ({
  ...{ state: 2, localAddress: 0x7f000001, localPort, remoteAddress: 0, remotePort: 0 },
});
const listener6 = (localPort: number): RawRow => ({
  ...listener(localPort),
  ...{ localAddress: [0, 0, 0, 1], remoteAddress: [0, 0, 0, 0] },
});

/** Tables of sizes that wander, as the child reads them. */
const SIZES = [40, 50, 45, 60];
const TABLES = {
  4: SIZES.map((size) => encodeTable(Array.from({ length: size }, (_, port) => listener(port)))),
  6: SIZES.map((size) =>
    encodeTable(
      Array.from({ length: size }, (_, port) => listener6(port)),
      "MIB_TCP6TABLE",
    ),
  ),
};

/** Two readers of such tables, and what asks them. */
const setUp = `
  import { compileFilter, compileQuery, createDecoder } from ${built("index.js")};
  import { FamilyQueries } from ${built("reader/order.js")};
  import { TcpTableReader } from ${built("reader/reader.js")};
  import { TcpTablesReader } from ${built("reader/tables.js")};
  ${COLLECTOR_OF}
  const readerOf = async (layout, texts, family) =>
    new TcpTableReader(collectorOf(layout, texts), await createDecoder({ engine: "wasm" }), family);
  const four = await readerOf("MIB_TCPTABLE", ${textsOf(TABLES[4])}, 4);
  const six = await readerOf("MIB_TCP6TABLE", ${textsOf(TABLES[6])}, 6);
  const where = compileFilter("state listening");
  const query = compileQuery({ where: "sport > :1", orderBy: ["-localPort", "localAddress", "localScopeId"], limit: 70 });
  const tables = new TcpTablesReader([four, six], [], new FamilyQueries(where));
  let reading, connections, sample;`;

test.each([
  [
    "both families, selected in one order",
    `reading = tables.read(reading);
     connections = reading.select(query, connections);
     for (let place = 0; place < connections.length; place++)
       sum += connections.tableAt(place).columns.localPort[connections.indexAt(place)];`,
  ],
  [
    "one family, with what it took",
    "sample = four.sample(sample); sum += sample.table.length + sample.collection.bytes.length;",
  ],
])("samples that reuse what they gave before make no garbage: %s", (_, loop) => expectNoGarbage({ setUp, loop }));

test("garbage of samples that reuse nothing is counted", async () => {
  const { collections } = await measureGarbage({ setUp, loop: "sum += tables.read().select(query).length;" });
  expect(collections).toBeGreaterThan(50);
});
