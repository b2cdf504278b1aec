import type { Decoder } from "./decoder.js";
import type { Expression } from "./filter.js";
import { byteLengthOf, readRowCount } from "./header.js";
import { type ColumnName, LAYOUTS, type LayoutName } from "./layouts.js";
import type { Query } from "./query.js";
import { MIB_TCP_STATE } from "./states.js";
import { type Columns, type Engine, TcpTable } from "./table.js";
import { Views } from "./views.js";

/** Whether a row of the current table matches. */
type Predicate = (row: number) => boolean;

/** The plain TypeScript Decoder: the baseline, the oracle, and the fallback where there is no WebAssembly. */
export class PlainDecoder implements Decoder, Engine {
  readonly engine = "plain";
  #arrays: Columns = columnsOf(0);
  #indices = new Uint32Array(0);
  readonly #counters = new Uint32Array(256);
  readonly #views: { readonly [Name in ColumnName]: Views<Columns[Name]> } = {
    state: new Views((length) => this.#arrays.state.subarray(0, length)),
    localAddress: new Views((length) => this.#arrays.localAddress.subarray(0, length)),
    localPort: new Views((length) => this.#arrays.localPort.subarray(0, length)),
    remoteAddress: new Views((length) => this.#arrays.remoteAddress.subarray(0, length)),
    remotePort: new Views((length) => this.#arrays.remotePort.subarray(0, length)),
  };
  readonly #indexViews = new Views((length) => this.#indices.subarray(0, length));
  #reserved = new Uint8Array(0);
  #generation = 0;
  #layout: LayoutName = "MIB_TCPTABLE";
  #length = 0;
  #raw: Uint8Array = this.#reserved;

  get generation(): number {
    return this.#generation;
  }

  get layout(): LayoutName {
    return this.#layout;
  }

  get length(): number {
    return this.#length;
  }

  get raw(): Uint8Array {
    return this.#raw;
  }

  reserve(byteLength: number): Uint8Array {
    this.#generation++;
    if (byteLength > this.#reserved.length) this.#reserved = new Uint8Array(byteLength);
    return this.#reserved;
  }

  decode(bytes: Uint8Array, layout: LayoutName = "MIB_TCPTABLE", reuse?: TcpTable): TcpTable {
    const count = readRowCount(bytes, layout);
    const { firstRow, rowSize, fields } = LAYOUTS[layout];
    this.#generation++;
    const byteLength = byteLengthOf(layout, count);
    this.#keep(bytes, byteLength);
    if (count > this.#arrays.state.length) this.#grow(count);
    const source = this.#raw;
    const { state, localAddress, localPort, remoteAddress, remotePort } = this.#arrays;
    const stateAt = fields.dwState.offset;
    const localAddressAt = fields.dwLocalAddr.offset;
    const localPortAt = fields.dwLocalPort.offset;
    const remoteAddressAt = fields.dwRemoteAddr.offset;
    const remotePortAt = fields.dwRemotePort.offset;
    let at: number = firstRow;
    for (let row = 0; row < count; row++) {
      state[row] = saturatedAt(source, at + stateAt);
      localAddress[row] = addressAt(source, at + localAddressAt);
      localPort[row] = portAt(source, at + localPortAt);
      remoteAddress[row] = addressAt(source, at + remoteAddressAt);
      remotePort[row] = portAt(source, at + remotePortAt);
      at += rowSize;
    }
    this.#layout = layout;
    this.#length = count;
    return reuse ? reuse.renew(this) : new TcpTable(this);
  }

  column<Name extends ColumnName>(name: Name): Columns[Name] {
    return this.#views[name].of(this.#length);
  }

  countStates(): Uint32Array {
    const counters = this.#counters.fill(0);
    const { state } = this.#arrays;
    for (let row = 0; row < this.#length; row++) (counters[state[row] as number] as number)++;
    return counters;
  }

  select(query: Query): number {
    const indices = this.#indices;
    let length = 0;
    if (query.filter) {
      const matches = this.#predicate(query.filter.expression);
      for (let row = 0; row < this.#length; row++) if (matches(row)) indices[length++] = row;
    } else {
      for (; length < this.#length; length++) indices[length] = length;
    }
    if (query.keys.length > 0) {
      const keys = query.keys.map(({ column, descending }) => ({
        column: this.#arrays[column],
        sign: descending ? -1 : 1,
      }));
      indices.subarray(0, length).sort((a, b) => {
        for (const { column, sign } of keys) {
          const difference = (column[a] as number) - (column[b] as number);
          if (difference !== 0) return difference * sign;
        }
        return a - b;
      });
    }
    return Math.min(length, query.limit);
  }

  indices(length: number): Uint32Array {
    return this.#indexViews.of(length);
  }

  copy(): TcpTable {
    return new PlainDecoder().decode(this.#raw.slice(), this.#layout);
  }

  /** Like the kernel, it holds the bytes of its table: they stay readable whatever their owner does with his. */
  #keep(bytes: Uint8Array, byteLength: number): void {
    const own = bytes.buffer === this.#reserved.buffer && bytes.byteOffset === 0;
    if (!own) {
      if (byteLength > this.#reserved.length) this.#reserved = new Uint8Array(byteLength);
      this.#reserved.set(bytes.length === byteLength ? bytes : bytes.subarray(0, byteLength));
    }
    if (this.#raw.buffer !== this.#reserved.buffer || this.#raw.length !== byteLength)
      this.#raw = this.#reserved.subarray(0, byteLength);
  }

  #grow(count: number): void {
    const capacity = count + (count >> 2);
    this.#arrays = columnsOf(capacity);
    this.#indices = new Uint32Array(capacity);
    this.#indexViews.clear();
    for (const views of Object.values(this.#views)) views.clear();
  }

  #predicate(expression: Expression): Predicate {
    const { state, ...columns } = this.#arrays;
    switch (expression.kind) {
      case "all":
        return () => true;
      case "state": {
        const { states } = expression;
        return (row) => states[state[row] as number] === 1;
      }
      case "range": {
        const { from, to } = expression;
        const column = columns[expression.column];
        const matches = (port: number) => port >= from && port <= to;
        if (expression.column === "localPort") return (row) => matches(column[row] as number);
        return (row) => matches(state[row] === MIB_TCP_STATE.LISTEN ? 0 : (column[row] as number));
      }
      case "address": {
        const { address, mask } = expression;
        const column = columns[expression.column];
        const matches = (value: number) => (value & mask) >>> 0 === address;
        if (expression.column === "localAddress") return (row) => matches(column[row] as number);
        return (row) => matches(state[row] === MIB_TCP_STATE.LISTEN ? 0 : (column[row] as number));
      }
      case "not": {
        const operand = this.#predicate(expression.operand);
        return (row) => !operand(row);
      }
      case "and": {
        const operands = expression.operands.map((operand) => this.#predicate(operand));
        return (row) => operands.every((operand) => operand(row));
      }
      case "or": {
        const operands = expression.operands.map((operand) => this.#predicate(operand));
        return (row) => operands.some((operand) => operand(row));
      }
    }
  }
}

function columnsOf(length: number): Columns {
  return {
    state: new Uint8Array(length),
    localAddress: new Uint32Array(length),
    localPort: new Uint16Array(length),
    remoteAddress: new Uint32Array(length),
    remotePort: new Uint16Array(length),
  };
}

/** A little-endian u32; 255 where it is larger. */
function saturatedAt(bytes: Uint8Array, at: number): number {
  const upper = (bytes[at + 1] as number) | (bytes[at + 2] as number) | (bytes[at + 3] as number);
  return upper === 0 ? (bytes[at] as number) : 255;
}

/** Four octets in network order, as a u32 in host order. */
function addressAt(bytes: Uint8Array, at: number): number {
  return (
    (((bytes[at] as number) << 24) |
      ((bytes[at + 1] as number) << 16) |
      ((bytes[at + 2] as number) << 8) |
      (bytes[at + 3] as number)) >>>
    0
  );
}

/** Two bytes in network order, as a number. The two that follow are never looked at. */
function portAt(bytes: Uint8Array, at: number): number {
  return ((bytes[at] as number) << 8) | (bytes[at + 1] as number);
}
