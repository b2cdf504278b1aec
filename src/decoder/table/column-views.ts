import { COLUMN_NAMES, type ColumnName, type Columns } from "../../format/columns.js";

/** Gives a column's array; it may refuse to. */
type ReadColumn = <Name extends ColumnName>(name: Name) => Columns[Name];

/** An object with a getter for each column, which reads the column when it is asked for. */
export function columnViews(read: ReadColumn): Columns {
  return new ColumnViews(read) as unknown as Columns;
}

/** All of them share one set of getters, which are made with the first: a table costs one object, not one a column. */
class ColumnViews {
  static #hasGetters = false;
  readonly #read: ReadColumn;

  constructor(read: ReadColumn) {
    this.#read = read;
    if (!ColumnViews.#hasGetters) ColumnViews.#defineGetters();
  }

  static #defineGetters(): void {
    for (const name of COLUMN_NAMES) {
      Object.defineProperty(ColumnViews.prototype, name, {
        enumerable: true,
        get(this: ColumnViews) {
          return this.#read(name);
        },
      });
    }
    ColumnViews.#hasGetters = true;
  }
}
