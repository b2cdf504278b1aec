import type { TcpTable } from "../decoder/table/table.js";
import type { LayoutName } from "../format/layouts.js";
import type { Collection } from "../system/contract.js";

/*
 * Three words, from small to large: a collection is the raw bytes of one family's table, a sample is one family's table
 * decoded, a reading is all families' (reading.ts).
 */

/** One family's table, decoded, and what it took. */
export interface Sample {
  /** Where the table came from, for people. */
  readonly source: string;
  /** What the operating system was asked for, for people; `undefined` where the collector does not say. */
  readonly asked: string | undefined;
  /** Valid until the reader's next sample. */
  readonly table: TcpTable;
  /**
   * What the collector told. The numbers stay; `bytes` are those of the table, without what may follow its last row, and are
   * valid as long as it: then they throw StaleTableError. `sharedOwners` are valid until the next sample.
   */
  readonly collection: Collection;
  /** Time that decoding took. */
  readonly decodeNanoseconds: number;
}

/** A sample that its reader can refresh in place. */
export class DecodedSample implements Sample {
  readonly source: string;
  readonly asked: string | undefined;
  readonly table: TcpTable;
  readonly collection: DecodedCollection;
  decodeNanoseconds = 0;

  constructor({ source, asked }: Pick<Sample, "source" | "asked">, table: TcpTable) {
    this.source = source;
    this.asked = asked;
    this.table = table;
    this.collection = new DecodedCollection(table);
  }

  /** Takes over what the collector told of the table that was just decoded. Returns this. */
  refresh(collection: Collection, decodeNanoseconds: number): this {
    this.collection.refresh(collection);
    this.decodeNanoseconds = decodeNanoseconds;
    return this;
  }
}

/** A collection once it is decoded. The collector's own is refreshed at its next call, and its bytes may have moved. */
class DecodedCollection implements Collection {
  readonly #table: TcpTable;
  layout: LayoutName;
  attempts = 1;
  nanoseconds = 0;
  hiddenOwners?: number;
  unknownOwners?: number;
  sharedOwners?: Uint32Array;

  constructor(table: TcpTable) {
    this.#table = table;
    this.layout = table.layout;
  }

  get bytes(): Uint8Array {
    return this.#table.bytes;
  }

  refresh({ layout, attempts, nanoseconds, hiddenOwners, unknownOwners, sharedOwners }: Collection): void {
    this.layout = layout;
    this.attempts = attempts;
    this.nanoseconds = nanoseconds;
    if (hiddenOwners !== undefined) this.hiddenOwners = hiddenOwners;
    if (unknownOwners !== undefined) this.unknownOwners = unknownOwners;
    if (sharedOwners !== undefined) this.sharedOwners = sharedOwners;
  }
}
