import type { Decoder } from "../decoder/contract.js";
import { createDecoder } from "../decoder/decoder.js";
import type { EngineName } from "../decoder/table/engine.js";
import type { TcpTable } from "../decoder/table/table.js";
import type { ColumnName } from "../format/columns.js";
import type { Family } from "../format/layouts.js";
import type { Collection, Collector, CollectorOptions } from "../system/contract.js";
import { openCollector } from "../system/system.js";

export interface ReaderOptions extends CollectorOptions {
  /** The kernel unless said otherwise; the plain engine where WebAssembly can't be had. */
  readonly engine?: EngineName | undefined;
  /** Where the bytes come from: this operating system, unless said otherwise. The reader closes it. */
  readonly collector?: Collector | undefined;
}

/** One reading of the table, and what it took. */
export interface Sample {
  /** Where the table came from, for people. */
  readonly source: string;
  /** Valid until the next sample. */
  readonly table: TcpTable;
  /** The raw bytes, attempts, and nanoseconds to collect. Valid until the next sample. */
  readonly collection: Collection;
  readonly decodeNanoseconds: number;
}

/**
 * Opens this machine's table of TCP connections: a collector that writes into a decoder's memory.
 *
 * @throws {UnsupportedSystemError} the operating system is neither Windows nor Linux
 * @throws {CollectError} the operating system refuses what the collector needs from the start
 */
export async function openTcpTable(options: ReaderOptions = {}): Promise<TcpTableReader> {
  const decoder = await createDecoder(options.engine ? { engine: options.engine } : {});
  return new TcpTableReader(options.collector ?? openCollector(options), decoder, options.family ?? 4);
}

/** Collector and decoder in one: what most Node users want. */
export class TcpTableReader {
  readonly #collector: Collector;
  readonly #decoder: Decoder;
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
   */
  read(reuse?: TcpTable): TcpTable {
    const { bytes, layout } = this.#collector.collect(this.#decoder);
    return this.#decoder.decode(bytes, layout, reuse);
  }

  /** Like `read`, and tells what it took. */
  sample(): Sample {
    const collection = this.#collector.collect(this.#decoder);
    const start = process.hrtime.bigint();
    const table = this.#decoder.decode(collection.bytes, collection.layout);
    return { source: this.source, table, collection, decodeNanoseconds: Number(process.hrtime.bigint() - start) };
  }

  /** Gives back what the operating system lent. The last table stays readable. */
  close(): void {
    this.#collector.close();
  }
}
