import { rm } from "node:fs/promises";
import { join } from "node:path";
import { encodeTable } from "../../test/support/tables.js";
import type { CaseOrder } from "../case.js";
import type { Task } from "../contestants/contestant.js";
import {
  KERNEL,
  KERNEL_COPYING,
  KERNEL_EXPORT,
  MEMCPY,
  NATIVE,
  NUMBER_OBJECTS,
  OBJECTS,
  PLAIN,
  STD_SORT,
  TUNED,
} from "../contestants/names.js";
import { CHECKSUM_START, checksumOf, hexadecimal, type Row } from "../data/checksum.js";
import { answers, compareRows, QUESTIONS } from "../data/questions.js";
import { writeTables } from "../data/table-file.js";
import { type Kind, makeRows } from "../data/tables.js";
import { compile, runNative } from "../native.js";
import { ask } from "../process.js";
import type { Case, Entrant } from "../turns.js";
import type { Run } from "./suite.js";

/** Rows that a filter or a sort sees before one comes again: more than a branch predictor keeps in mind. */
const DIFFERENT_ROWS = 16_000;
const TABLES_AT_MOST = 256;

/** How many tables a case goes through. Decoding has no branch that the data decide: one is as good as many. */
export function tableCount(task: Task, size: number): number {
  return task === "decode" ? 1 : Math.min(TABLES_AT_MOST, Math.max(2, Math.ceil(DIFFERENT_ROWS / Math.max(1, size))));
}

/** The contestants in JavaScript. */
export function contestantsOf(task: Task): string[] {
  return task === "decode"
    ? [KERNEL, KERNEL_EXPORT, KERNEL_COPYING, TUNED, PLAIN, NUMBER_OBJECTS, OBJECTS]
    : [KERNEL, PLAIN, NUMBER_OBJECTS, OBJECTS];
}

/** The cases of one task, one kind and size after the other. A case's tables are there until the next case is asked for. */
export async function* tableCases(task: Task, run: Run): AsyncGenerator<Case> {
  const native = await nativeEntrants(task, run);
  for (const kind of run.kinds) {
    for (const size of run.sizes) {
      const tables = Array.from({ length: tableCount(task, size) }, (_, number) => makeRows(kind, size, number));
      const file = join(run.folder, `${task}-${kind}-${size}`);
      await writeTables(
        file,
        tables.map((rows) => encodeTable(rows)),
      );
      const checksum = tables.reduce((sum, rows) => checksumOf(expectedRows(task, kind, rows), sum), CHECKSUM_START);
      const order = { task, kind, file, tables: tables.length, checksum, effort: run.effort };
      yield {
        suite: task,
        kind,
        size,
        rows: Math.max(1, size * tables.length),
        entrants: [
          ...contestantsOf(task).map((contestant) => ({
            name: contestant,
            measure: () => ask<number>(new URL("case.js", run.programs), { ...order, contestant } satisfies CaseOrder),
          })),
          ...native.map((entrant) => entrant(order)),
        ],
      };
      await rm(file);
    }
  }
}

/** The oracle. */
function expectedRows(task: Task, kind: Kind, rows: readonly Row[]): readonly Row[] {
  const matches = (row: Row) => answers(QUESTIONS[kind], row);
  switch (task) {
    case "decode":
      return rows;
    case "filter":
      return rows.filter(matches);
    case "sort":
      return [...rows].sort(compareRows);
    case "pipeline":
      return rows.filter(matches).sort(compareRows);
  }
}

type NativeEntrant = (order: Pick<CaseOrder, "file" | "tables" | "checksum" | "kind" | "effort">) => Entrant;

/** memcpy of the tables in a file; nothing where there is no compiler. */
export async function memcpyEntrant(run: Run): Promise<NativeEntrant | undefined> {
  const program = await build("decode.c", run);
  return program ? nativeEntrant(MEMCPY, program, { before: ["copy"] }) : undefined;
}

async function nativeEntrants(task: Task, run: Run): Promise<NativeEntrant[]> {
  switch (task) {
    case "decode": {
      const program = await build("decode.c", run);
      return program
        ? [nativeEntrant(NATIVE, program, { before: ["loop"] }), nativeEntrant(MEMCPY, program, { before: ["copy"] })]
        : [];
    }
    case "filter": {
      const program = await build("filter.c", run);
      return program ? [nativeEntrant(NATIVE, program, { after: questionArguments })] : [];
    }
    case "sort": {
      const program = await build("sort.cpp", run);
      return program ? [nativeEntrant(STD_SORT, program)] : [];
    }
    case "pipeline":
      return [];
  }
}

function questionArguments(kind: Kind): (string | number)[] {
  const { state, portOf, from, to, address, mask } = QUESTIONS[kind];
  return [state, portOf, from, to, address, mask];
}

interface Arguments {
  readonly before?: readonly string[];
  readonly after?: (kind: Kind) => (string | number)[];
}

function nativeEntrant(
  name: string,
  program: string,
  { before = [], after = () => [] }: Arguments = {},
): NativeEntrant {
  return ({ file, tables, checksum, kind, effort }) => ({
    name,
    measure: () =>
      runNative(
        name,
        program,
        [...before, file, tables, hexadecimal(checksum), effort.duration, ...after(kind)],
        checksum,
      ),
  });
}

/** Compiles a native reference; says so where that can't be. */
export async function build(source: string, run: Run): Promise<string | undefined> {
  const compiler = source.endsWith(".cpp") ? run.compilers.cpp : run.compilers.c;
  if (!compiler) {
    run.note(`Without a native reference (${source}): there is no C compiler here. Get one: apt-get install gcc g++`);
    return undefined;
  }
  try {
    return await compile(compiler, join(run.sources, source), join(run.folder, "native"));
  } catch (error) {
    run.note(`Without a native reference: ${compiler.command} does not compile ${source}. ${error}`);
    return undefined;
  }
}
