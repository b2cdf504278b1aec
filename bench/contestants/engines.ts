import {
  compileQuery,
  createDecoder,
  DEFAULT_ORDER,
  type Decoder,
  type EngineName,
  type Query,
  type Selection,
  type TcpTable,
} from "tcptable/decoder";
import type { Row } from "../data/checksum.js";
import type { Question } from "../data/questions.js";
import type { Contestant, Preparation, Task } from "./contestant.js";

/**
 * A decoder holds one table. Up to so many tables get a decoder each, and are decoded before the clock starts. More decoders
 * than a program has would be unfair, because each costs cache and address translation: 32 of them slow a filter of 300 rows
 * by 70 %. So many tables take turns in one decoder, and the decoding is taken off.
 */
const DECODERS_AT_MOST = 8;

/** A small table is decoded in a quarter of a microsecond: called once, the harness would be a third of what is measured. */
const REPEATS = 32;

interface Place {
  readonly decoder: Decoder;
  readonly bytes: Uint8Array;
  table: TcpTable;
  selection: Selection;
}

/** Decodes bytes that lie in the decoder's own memory, where a collector writes them. */
export async function decodesInPlace(engine: EngineName, { tables }: Preparation): Promise<Contestant> {
  const places = await Promise.all(tables.map((bytes) => placeInDecoder(engine, bytes)));
  const repeats = REPEATS;
  return {
    repeats,
    run() {
      let sink = 0;
      for (const { decoder, bytes, table } of places) {
        for (let turn = 0; turn < repeats; turn++) sink += decoder.decode(bytes, "MIB_TCPTABLE", table).length;
      }
      return sink;
    },
    rows: (number) => rowsOf((places[number] as Place).table.select()),
  };
}

/** Decodes bytes from elsewhere, which the decoder copies in; then filters and sorts, where the task says so. */
export async function decodesCopies(engine: EngineName, preparation: Preparation): Promise<Contestant> {
  return inTurns(await createDecoder({ engine }), preparation);
}

/** Filters or sorts tables that have been decoded. */
export async function selects(engine: EngineName, preparation: Preparation): Promise<Contestant> {
  const { tables } = preparation;
  const query = queryOf(preparation.task, preparation.question) as Query;
  if (tables.length > DECODERS_AT_MOST) {
    const decoder = await createDecoder({ engine });
    return { ...inTurns(decoder, preparation), besides: () => decodeAll(decoder, tables) };
  }
  const places = await Promise.all(tables.map((bytes) => placeInDecoder(engine, bytes)));
  return {
    run() {
      let sink = 0;
      for (const place of places) {
        place.selection = place.table.select(query, place.selection);
        sink += place.selection.length;
      }
      return sink;
    },
    rows: (number) => rowsOf((places[number] as Place).table.select(query)),
  };
}

/** All tables, one after the other, in one decoder. */
function inTurns(decoder: Decoder, { task, tables, question }: Preparation): Contestant {
  const query = queryOf(task, question);
  return {
    run: query ? () => decodeAndSelectAll(decoder, tables, query) : () => decodeAll(decoder, tables),
    rows: (number) => rowsOf(decoder.decode(tables[number] as Uint8Array).select(query)),
  };
}

function queryOf(task: Task, { text }: Question): Query | undefined {
  switch (task) {
    case "decode":
      return undefined;
    case "filter":
      return compileQuery({ where: text });
    case "sort":
      return compileQuery({ orderBy: DEFAULT_ORDER });
    case "pipeline":
      return compileQuery({ where: text, orderBy: DEFAULT_ORDER });
  }
}

async function placeInDecoder(engine: EngineName, bytes: Uint8Array): Promise<Place> {
  const decoder = await createDecoder({ engine });
  // The first decoding may make the memory grow, which moves what was reserved.
  decoder.decode(bytes);
  const own = decoder.reserve(bytes.length).subarray(0, bytes.length);
  own.set(bytes);
  const table = decoder.decode(own);
  return { decoder, bytes: own, table, selection: table.select() };
}

/** One table object is refreshed in place, as in a program's sampling loop. */
function decodeAll(decoder: Decoder, tables: readonly Uint8Array[]): number {
  let sink = 0;
  let table: TcpTable | undefined;
  for (const bytes of tables) {
    table = decoder.decode(bytes, "MIB_TCPTABLE", table);
    sink += table.length;
  }
  return sink;
}

function decodeAndSelectAll(decoder: Decoder, tables: readonly Uint8Array[], query: Query): number {
  let sink = 0;
  let table: TcpTable | undefined;
  let selection: Selection | undefined;
  for (const bytes of tables) {
    table = decoder.decode(bytes, "MIB_TCPTABLE", table);
    selection = table.select(query, selection);
    sink += selection.length;
  }
  return sink;
}

export function* rowsOf(selection: Selection): Generator<Row> {
  const { state, localAddress, localPort, remoteAddress, remotePort } = selection.table.columns;
  for (const index of selection.indices) {
    yield {
      state: state[index] as number,
      localAddress: localAddress[index] as number,
      localPort: localPort[index] as number,
      remoteAddress: remoteAddress[index] as number,
      remotePort: remotePort[index] as number,
    };
  }
}
