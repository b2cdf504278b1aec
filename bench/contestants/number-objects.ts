import type { Row } from "../data/checksum.js";
import { answers, compareRows } from "../data/questions.js";
import type { Contestant, Preparation } from "./contestant.js";

/** Row objects that spare themselves all text: the fastest that objects can be. */
export function usesNumberObjects({ task, tables, question }: Preparation): Contestant {
  const matches = (row: Row) => answers(question, row);
  switch (task) {
    case "decode":
      return contestant(tables, readRows);
    case "filter":
      return contestant(tables.map(readRows), (rows) => rows.filter(matches));
    case "sort":
      return contestant(tables.map(readRows), (rows) => [...rows].sort(compareRows));
    case "pipeline":
      return contestant(tables, (bytes) => readRows(bytes).filter(matches).sort(compareRows));
  }
}

/** With a DataView, which V8 compiles to plain loads: Buffer's methods take five times as long. */
function readRows(bytes: Uint8Array): Row[] {
  const table = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const rows: Row[] = [];
  const count = table.getUint32(0, true);
  for (let row = 0, at = 4; row < count; row++, at += 20) {
    rows.push({
      state: table.getUint32(at, true),
      localAddress: table.getUint32(at + 4),
      localPort: table.getUint16(at + 8),
      remoteAddress: table.getUint32(at + 12),
      remotePort: table.getUint16(at + 16),
    });
  }
  return rows;
}

function contestant<Input>(inputs: readonly Input[], work: (input: Input) => Row[]): Contestant {
  return {
    run() {
      let sink = 0;
      for (const input of inputs) sink += work(input).length;
      return sink;
    },
    rows: (number) => work(inputs[number] as Input),
  };
}
