import type { Collection, RawBuffer } from "../../src/system/contract.js";
import type { Row } from "./linux-rows.js";

/**
 * Memory that is as mean as the contract allows: a new place at each growth, the old one overwritten, and not a byte
 * more than was asked for.
 */
export class MeanBuffer implements RawBuffer {
  /** How often it had to grow. */
  growths = 0;
  readonly #offset: number;
  #view = new Uint8Array(0);

  /** @param offset where the view begins in its ArrayBuffer: an odd number makes words unaligned */
  constructor(offset = 0) {
    this.#offset = offset;
  }

  reserve(byteLength: number): Uint8Array {
    if (byteLength <= this.#view.length) return this.#view;
    this.#view.fill(0xee);
    this.growths++;
    this.#view = new Uint8Array(new ArrayBuffer(this.#offset + byteLength), this.#offset).fill(0xdd);
    return this.#view;
  }
}

/** The rows of a MIB_TCPTABLE, by a reader of its own that knows nothing of layouts.ts. */
export function readTable({ bytes, layout }: Collection): Row[] {
  if (layout !== "MIB_TCPTABLE") throw new Error(`This reader knows MIB_TCPTABLE only, not ${layout}.`);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const count = view.getUint32(0, true);
  if (bytes.byteLength !== 4 + count * 20) throw new Error(`${count} rows in ${bytes.byteLength} bytes`);
  return Array.from({ length: count }, (_, index) => {
    const row = 4 + index * 20;
    const garbage = view.getUint16(row + 10, true) | view.getUint16(row + 18, true);
    return {
      state: view.getUint32(row, true),
      localAddress: view.getUint32(row + 4),
      localPort: view.getUint16(row + 8),
      remoteAddress: view.getUint32(row + 12),
      remotePort: view.getUint16(row + 16),
      ...(garbage && { garbage }),
    };
  });
}
