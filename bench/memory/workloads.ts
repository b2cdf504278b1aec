import { once } from "node:events";
import { createServer } from "node:net";
import { compileQuery, createDecoder, DEFAULT_ORDER, type EngineName } from "tcptable/decoder";
import { type Change, createFrameReader, createFrameWriter } from "tcptable/frames";
import { encodeTable } from "../../test/support/tables.js";
import { usesObjects } from "../contestants/objects.js";
import { QUESTIONS } from "../data/questions.js";
import { makeSeries } from "../data/series.js";
import { makeRows } from "../data/tables.js";
import type { Workload } from "./names.js";

/** One sample: read, decode, filter, sort, and look at the columns of what was selected. */
export interface Sampling {
  sample(number: number): number;
  /** Bytes of the kernel's memory; 0 where there is none. */
  linearMemory(): number;
}

/** Rows of a table that is this process's alone. */
const LISTENERS = 50;

/** From one table to the next in a series of frames. */
const STEPS = 20;

const KIND = "server";
const QUERY = { where: QUESTIONS[KIND].text, orderBy: DEFAULT_ORDER };

/** @param alone whether this process has a network of its own */
export async function startWorkload(workload: Workload, alone: boolean): Promise<Sampling> {
  switch (workload) {
    case "fixed":
      return decodesAgain("wasm", [300]);
    case "wandering":
      return decodesAgain(
        "wasm",
        Array.from({ length: 50 }, (_, number) => 200 + ((number * 37) % 50) * 4),
      );
    case "deltas":
      return carriesAgain(false);
    case "changes":
      return carriesAgain(true);
    case "live":
      if (alone) await listen();
      return readsAgain();
    case "plain":
      return decodesAgain("plain", [300]);
    case "objects": {
      const tables = [encodeTable(makeRows(KIND, 300, 0))];
      const { run } = usesObjects({ task: "pipeline", tables, question: QUESTIONS[KIND] }, KIND);
      return { sample: run, linearMemory: () => 0 };
    }
  }
}

/** The hot loop as README has it: one table, one selection, one query. */
async function decodesAgain(engine: EngineName, sizes: readonly number[]): Promise<Sampling> {
  const decoder = await createDecoder({ engine });
  const tables = sizes.map((size) => encodeTable(makeRows(KIND, size, 0)));
  const query = compileQuery(QUERY);
  let table = decoder.decode(tables[0] as Uint8Array);
  let selection = table.select(query);
  return {
    sample(number) {
      table = decoder.decode(tables[number % tables.length] as Uint8Array, "MIB_TCPTABLE", table);
      selection = table.select(query, selection);
      const { indices } = selection;
      const { remotePort } = table.columns;
      let sum = 0;
      for (let at = 0; at < indices.length; at++) sum += remotePort[indices[at] as number] as number;
      return sum;
    },
    linearMemory: () => (engine === "wasm" ? table.columns.state.buffer.byteLength : 0),
  };
}

/** Consecutive tables as frames, and back; with all that is to be asked of a change, or with its bytes alone. */
async function carriesAgain(asksAll: boolean): Promise<Sampling> {
  const writer = await createFrameWriter({ engine: "wasm" });
  const reader = await createFrameReader({ engine: "wasm" });
  const tables = makeSeries(KIND, 300, STEPS, "kept").tables.map((rows) => encodeTable(rows));
  // Back and forth: from each table to the next one is a small step.
  const order = [...tables.keys(), ...[...tables.keys()].slice(1, -1).reverse()];
  const inputs = order.map((table) => ({
    bytes: tables[table] as Uint8Array,
    layout: "MIB_TCPTABLE" as const,
    tick: 0,
    time: 0,
    attempts: 1,
    complete: true,
  }));
  let memory = 0;
  return {
    sample(number) {
      const input = inputs[number % inputs.length] as (typeof inputs)[number];
      input.tick = number;
      const change = reader.read(writer.write(input)) as Change;
      if (!asksAll) return change.bytes.length + change.tick;
      const { opened, closed, changed, table } = change;
      memory = table.columns.state.buffer.byteLength;
      const { indices } = opened;
      const { remotePort } = table.columns;
      let sum = closed.length + changed.length;
      for (let at = 0; at < indices.length; at++) sum += remotePort[indices[at] as number] as number;
      return sum;
    },
    linearMemory: () => memory,
  };
}

/** Fills a table that was empty. Nobody but this process can reach it. */
async function listen(): Promise<void> {
  for (let count = 0; count < LISTENERS; count++) {
    const server = createServer().listen({ host: "0.0.0.0", port: 0 }).unref();
    await once(server, "listening");
  }
}

async function readsAgain(): Promise<Sampling> {
  const { openTcpTable } = await import("tcptable");
  const reader = await openTcpTable({ engine: "wasm" });
  const query = compileQuery(QUERY);
  let table = reader.read();
  let selection = table.select(query);
  return {
    sample() {
      table = reader.read(table);
      selection = table.select(query, selection);
      return table.length + selection.length;
    },
    linearMemory: () => table.columns.state.buffer.byteLength,
  };
}
