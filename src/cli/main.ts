#!/usr/bin/env node
import { CollectError, UnsupportedSystemError } from "../collector/errors.js";
import { columnsOf } from "../decoder/columns.js";
import { DecoderError, QueryError } from "../decoder/errors.js";
import type { Selection } from "../decoder/selection.js";
import { openTcpTable } from "../reader.js";
import { type Arguments, parseArguments } from "./arguments.js";
import { wantsColour } from "./colours.js";
import { csvLines, jsonLines, ndjsonLines } from "./formats.js";
import { print, printText } from "./output.js";
import { statsText } from "./stats.js";
import { summarize, summaryLines } from "./summary.js";
import { tableLines } from "./table-text.js";

/** Exit codes, as Unix tools have them. */
const DONE = 0;
const FAILED = 1;
const MISUSED = 2;

// Not process.exit(): that would cut what a pipe has not taken yet.
process.exitCode = await main(process.argv.slice(2));

async function main(words: readonly string[]): Promise<number> {
  const parsed = parseArguments(words);
  if (parsed.kind === "text") {
    await printText(parsed.text, process.stdout);
    return DONE;
  }
  if (parsed.kind === "mistake") {
    await printText(parsed.text, process.stderr);
    return MISUSED;
  }
  try {
    await show(parsed.arguments);
    return DONE;
  } catch (error) {
    if (!isExpected(error)) throw error;
    await printText(`tcptable: ${error.message}\n`, process.stderr);
    // A query can ask for a column that only other tables have.
    return error instanceof QueryError ? MISUSED : FAILED;
  }
}

/** Reads the table once, and prints what is asked for. */
async function show(what: Arguments): Promise<void> {
  const reader = await openTcpTable({ engine: what.engine, order: what.order });
  try {
    const { table, collection, decodeNanoseconds } = reader.sample();
    const start = process.hrtime.bigint();
    const selection = table.select(what.query);
    const selectNanoseconds = Number(process.hrtime.bigint() - start);
    await print(linesOf(selection, what), process.stdout);
    if (what.stats) {
      const { source, engine } = reader;
      const { attempts, nanoseconds: collectNanoseconds } = collection;
      const { length: selected } = selection;
      const figures = { source, engine, rows: table.length, selected, attempts, sortedHere: what.sortsForTheSystem };
      await printText(
        statsText({ ...figures, collectNanoseconds, decodeNanoseconds, selectNanoseconds }),
        process.stderr,
      );
    }
  } finally {
    reader.close();
  }
}

function linesOf(selection: Selection, { summary, format, header }: Arguments): Iterable<string> {
  const rows = summary ? summarize(selection) : selection;
  switch (format) {
    case "json":
      return jsonLines(rows);
    case "ndjson":
      return ndjsonLines(rows);
    case "csv":
      return summary
        ? csvLines(summarize(selection), ["state", "count"], header)
        : csvLines(selection, columnsOf(selection.table.layout), header);
    case "table": {
      const look = { header, colour: wantsColour(process.stdout, process.env) };
      return summary ? summaryLines(summarize(selection), look) : tableLines(selection, look);
    }
  }
}

/** Failures that a message explains; anything else is a defect of ours, and shows where. */
function isExpected(error: unknown): error is Error {
  const expected = [CollectError, UnsupportedSystemError, DecoderError];
  return expected.some((Kind) => error instanceof Kind) || (error instanceof Error && "syscall" in error);
}
