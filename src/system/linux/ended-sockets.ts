import { END_AT, END_RECORD, type Ends } from "../../format/ends.js";
import type { Family } from "../../format/layouts.js";
import type { RefreshedCollection } from "../collector-base.js";
import type { RawBuffer } from "../contract.js";
import { UsedBytes } from "../used-bytes.js";
import {
  attributeAt,
  DumpReader,
  INET_DIAG_PROTOCOL,
  IPPROTO_TCP,
  MalformedReplyError,
  SOCKET_MESSAGE,
} from "./netlink.js";
import { TableWriter } from "./table-writer.js";
import { writeFigures, writeUnknownFigures } from "./tcp-info.js";

/** Words of a record. */
const RECORD_WORDS = END_RECORD / 4;
/** Records that there is room for at first. */
const FIRST_RECORDS = 64;

/** The sockets of one family that were destroyed: their rows, and a record of figures for each. */
export class EndedSockets {
  /** Ends that there was no room for. */
  lost = 0;
  readonly #limit: number;
  readonly #reader = new DumpReader();
  readonly #table: TableWriter;
  readonly #collection: RefreshedCollection;
  readonly #usedRecords = new UsedBytes();
  /** The records, as bytes, as words and as numbers of 64 bits. */
  #bytes = new Uint8Array(FIRST_RECORDS * END_RECORD);
  #words = new Int32Array(this.#bytes.buffer);
  #doubles = new Float64Array(this.#bytes.buffer);
  readonly #ends: { -readonly [Key in keyof Ends]: Ends[Key] };

  /** @param limit how many are kept */
  constructor(family: Family, limit: number) {
    this.#limit = limit;
    this.#table = new TableWriter({ family, columns: ["user", "inode", "socketCookie"] });
    this.#table.begin(new GrowingBuffer());
    const { layout } = this.#table;
    const nothing = new Uint8Array(0);
    this.#collection = { layout, bytes: nothing, attempts: 1, nanoseconds: 0 };
    this.#ends = { layout, length: 0, rows: nothing, records: nothing };
  }

  /**
   * Adds the socket that an event tells. An event looks like a row of a dump that nobody asked for: its sequence number is 0.
   *
   * @param event one message, from its nlmsghdr on, and nothing behind it
   * @param time when it was read, milliseconds since 1970
   * @throws {MalformedReplyError} it is none of this family; then nothing is added
   */
  add(event: Int32Array, byteLength: number, time: number): void {
    const length = event[0] as number;
    if (length < SOCKET_MESSAGE || byteLength - length > 3 || byteLength < length)
      throw new MalformedReplyError(`a message of ${length} bytes in an event of ${byteLength}`);
    const protocol = attributeAt(event, length, INET_DIAG_PROTOCOL);
    if (protocol !== 0 && ((event[protocol + 1] as number) & 0xff) !== IPPROTO_TCP) return;
    const table = this.#table;
    const index = table.rows;
    if (index >= this.#limit) {
      this.lost++;
      return;
    }
    this.#makeRoom();
    this.#reader.begin(0);
    this.#reader.read(event, byteLength, table);
    if (table.rows === index) throw new MalformedReplyError(`a message of ${length} bytes that tells no socket`);
    try {
      this.#writeRecord(index * RECORD_WORDS, event, length, time);
    } catch (error) {
      table.rows = index;
      throw error;
    }
  }

  #writeRecord(record: number, event: Int32Array, byteLength: number, time: number): void {
    const words = this.#words;
    const remotePort = (event[5] as number) >>> 16;
    // A listener, or a socket that was disconnected, by linger 0 perhaps: the kernel has set its figures to 0 then.
    if (remotePort === 0) writeUnknownFigures(words, record);
    else writeFigures(event, byteLength, words, record);
    words.fill(0, record + END_AT.flags / 4, record + RECORD_WORDS);
    this.#doubles[(record + END_AT.time / 4) / 2] = time;
  }

  /** What has been added since `clear`. One object; its bytes are valid until the next `add`. */
  get ends(): Ends {
    const ends = this.#ends;
    this.#table.finish(this.#collection);
    ends.length = this.#table.rows;
    ends.rows = this.#collection.bytes;
    ends.records = this.#usedRecords.of(this.#bytes, ends.length * END_RECORD);
    return ends;
  }

  /** The memory stays, for those to come. */
  clear(): void {
    this.#table.rows = 0;
    this.lost = 0;
  }

  /** Makes room for one more. */
  #makeRoom(): void {
    this.#table.makeRoom(1);
    if ((this.#table.rows + 1) * END_RECORD <= this.#bytes.length) return;
    const bytes = new Uint8Array(this.#bytes.length * 2);
    bytes.set(this.#bytes);
    this.#bytes = bytes;
    this.#words = new Int32Array(bytes.buffer);
    this.#doubles = new Float64Array(bytes.buffer);
  }
}

/** Memory of its own for a table. What it held before is lost when it grows. */
class GrowingBuffer implements RawBuffer {
  #view = new Uint8Array(0);

  reserve(byteLength: number): Uint8Array {
    if (byteLength > this.#view.length) this.#view = new Uint8Array(byteLength);
    return this.#view;
  }
}
