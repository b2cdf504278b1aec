import { COLUMNS, type Query, type TcpTable } from "../../decoder/index.js";

/** Rows of one table, in a query's order. */
export interface SortedRows {
  readonly table: TcpTable;
  readonly indices: Uint32Array;
}

/** Rows of several tables as one list: of each place the list, and the row in that list's table. */
export interface RowOrder {
  readonly lists: Uint8Array;
  readonly rows: Uint32Array;
}

/** Joins lists that are sorted by the same keys. Rows that are equal in all of them come in the lists' order. */
export function joinSorted(lists: readonly SortedRows[], keys: Query["keys"]): RowOrder {
  const length = lists.reduce((sum, { indices }) => sum + indices.length, 0);
  const order = { lists: new Uint8Array(length), rows: new Uint32Array(length) };
  const heads = lists.map(() => 0);
  const compare = comparison(lists, keys);
  for (let place = 0; place < length; place++) {
    let first = -1;
    for (let list = 0; list < lists.length; list++) {
      if ((heads[list] as number) >= (lists[list] as SortedRows).indices.length) continue;
      if (first < 0 || compare(list, heads[list] as number, first, heads[first] as number) < 0) first = list;
    }
    order.lists[place] = first;
    order.rows[place] = (lists[first] as SortedRows).indices[heads[first] as number] as number;
    (heads[first] as number)++;
  }
  return order;
}

type Compare = (list: number, at: number, other: number, otherAt: number) => number;

function comparison(lists: readonly SortedRows[], keys: Query["keys"]): Compare {
  const columns = keys.map(({ column, descending }) => ({
    sign: descending ? -1 : 1,
    isAddress: COLUMNS[column].kind === "address",
    // A list without rows is never compared.
    values: lists.map(({ table }) => table.columns[column] ?? new Uint32Array(0)),
  }));
  return (list, at, other, otherAt) => {
    const [one, two] = [lists[list] as SortedRows, lists[other] as SortedRows];
    const [row, otherRow] = [one.indices[at] as number, two.indices[otherAt] as number];
    for (const { sign, isAddress, values } of columns) {
      const [mine, others] = [values[list] as Uint32Array, values[other] as Uint32Array];
      if (!isAddress) {
        const [value, otherValue] = [mine[row] as number, others[otherRow] as number];
        if (value !== otherValue) return value < otherValue ? -sign : sign;
        continue;
      }
      const [family, otherFamily] = [one.table.family, two.table.family];
      if (family !== otherFamily) return family < otherFamily ? -sign : sign;
      const words = family === 4 ? 1 : 4;
      for (let word = 0; word < words; word++) {
        const [value, otherValue] = [mine[row * words + word] as number, others[otherRow * words + word] as number];
        if (value !== otherValue) return value < otherValue ? -sign : sign;
      }
    }
    return 0;
  };
}
