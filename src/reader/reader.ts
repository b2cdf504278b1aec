import type { Decoder } from "../decoder/contract.js";
import { createDecoder } from "../decoder/decoder.js";
import type { EngineName } from "../decoder/table/engine.js";
import type { TcpTable } from "../decoder/table/table.js";
import { columnsUsed } from "../filter/columns.js";
import { compileFilter, type Filter } from "../filter/filter.js";
import type { ColumnName } from "../format/columns.js";
import type { Family } from "../format/layouts.js";
import { checkOptions } from "../format/options.js";
import type { Collector, CollectorOptions } from "../system/contract.js";
import { createStopwatch } from "../system/stopwatch.js";
import { openCollector } from "../system/system.js";
import { CHECKS } from "./options.js";
import { DecodedSample, type Sample } from "./sample.js";

/** What a reader of one family is to read, and how. */
export interface ReaderOptions extends Omit<CollectorOptions, "where"> {
  /** The kernel unless said otherwise; the plain engine where WebAssembly can't be had. */
  readonly engine?: EngineName | undefined;
  /**
   * Only rows that this filter matches are wanted: text in ss's grammar, or a filter compiled before. The columns that it uses
   * are asked for by themselves. It is a hint to the operating system: the table may lack other rows, or may have them. To have
   * exactly those that match, select with the same filter.
   */
  readonly where?: string | Filter | undefined;
  /**
   * Where the bytes come from: this operating system, unless said otherwise. The reader closes it, also where it can't be
   * opened itself.
   */
  readonly collector?: Collector | undefined;
}

/**
 * Opens this machine's table of TCP connections of one family: a collector that writes into a decoder's memory.
 *
 * @throws {TypeError} an option is none; it names those that exist
 * @throws {FilterSyntaxError} `where` is not in the grammar
 * @throws {UnsupportedSystemError} the operating system is neither Windows nor Linux
 * @throws {CollectError} the operating system refuses what the collector needs from the start
 */
export async function openTcpTable(options: ReaderOptions = {}): Promise<TcpTableReader> {
  try {
    checkOptions("openTcpTable", options, {
      family: CHECKS.family,
      columns: CHECKS.columns,
      owner: CHECKS.owner,
      engine: CHECKS.engine,
      order: CHECKS.order,
      where: CHECKS.where,
      ownerBudget: CHECKS.ownerBudget,
      collector: CHECKS.collector,
    });
    const where = compiled(options.where);
    const decoder = await createDecoder(options.engine ? { engine: options.engine } : {});
    const opened = options.collector ?? openCollector(collectorOptions(options, where));
    return new TcpTableReader(opened, decoder, options.family ?? 4);
  } catch (error) {
    options?.collector?.close?.();
    throw error;
  }
}

/** A filter, compiled where it is not yet. @throws {FilterSyntaxError} the text is not in the grammar */
export function compiled(where: string | Filter | undefined): Filter | undefined {
  return typeof where === "string" ? compileFilter(where) : where;
}

/** What the collectors are asked for: the columns that the filter uses, too. */
export function collectorOptions(
  { family, columns, owner, order, ownerBudget }: Omit<ReaderOptions, "where">,
  where: Filter | undefined,
): CollectorOptions {
  const used = where ? columnsUsed(where.expression) : [];
  return { family, columns: [...new Set([...(columns ?? []), ...used])], owner, order, where, ownerBudget };
}

/** Collector and decoder of one family in one. */
export class TcpTableReader {
  readonly #collector: Collector;
  readonly #decoder: Decoder;
  readonly #stopwatch = createStopwatch();
  /** The family that was asked for. */
  readonly family: Family;

  /** @internal */
  constructor(collector: Collector, decoder: Decoder, family: Family) {
    this.#collector = collector;
    this.#decoder = decoder;
    this.family = family;
  }

  /** Where the table comes from, for people. */
  get source(): string {
    return this.#collector.source;
  }

  /** What the operating system is asked for, for people: `"every row"`; `undefined` where the collector does not say. */
  get asked(): string | undefined {
    return this.#collector.asked;
  }

  /** Of the columns that were asked for, those that the tables will not have: this system can't tell them. */
  get missingColumns(): readonly ColumnName[] {
    return this.#collector.missingColumns ?? [];
  }

  /** What decodes it. */
  get engine(): EngineName {
    return this.#decoder.engine;
  }

  /**
   * Reads the table as it is now. The table before goes stale.
   *
   * @param reuse the table of an earlier read, to refresh in place and return: such a read makes no garbage
   * @throws {CollectError} the operating system gave no table; it says why
   * @throws {QueryError} another reader made `reuse`
   */
  read(reuse?: TcpTable): TcpTable {
    const { bytes, layout, sharedOwners } = this.#collector.collect(this.#decoder);
    return this.#decoder.decode(bytes, layout, reuse, sharedOwners);
  }

  /**
   * Like `read`, and tells what it took.
   *
   * @param reuse the sample of an earlier call, to refresh in place, its table included, and return: that makes no garbage
   * @throws {CollectError} the operating system gave no table; it says why
   * @throws {QueryError} another reader made `reuse`
   */
  sample(reuse?: Sample): Sample {
    const collection = this.#collector.collect(this.#decoder);
    this.#stopwatch.start();
    const { bytes, layout, sharedOwners } = collection;
    const table = this.#decoder.decode(bytes, layout, reuse?.table, sharedOwners);
    const decodeNanoseconds = this.#stopwatch.stop();
    const sample = reuse instanceof DecodedSample ? reuse : new DecodedSample(this, table);
    return sample.refresh(collection, decodeNanoseconds);
  }

  /** Gives back what the operating system lent. The last table stays readable. */
  close(): void {
    this.#collector.close();
  }

  /** `close`, for `using`. */
  [Symbol.dispose](): void {
    this.close();
  }
}
