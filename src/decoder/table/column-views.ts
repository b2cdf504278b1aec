import { COLUMN_NAMES, type ColumnName, type Columns } from "../../format/columns.js";

/** Gives a column's array; it may refuse to. */
type ReadColumn = <Name extends ColumnName>(name: Name) => Columns[Name];

/** An object with a getter for each column, which reads the column when it is asked for. */
export function columnViews(read: ReadColumn): Columns {
  prototype ??= gettersOfAllColumns();
  return Object.assign(Object.create(prototype), { read }) as Columns;
}

/** Made when the first table is: the same for all of them. */
let prototype: object | undefined;

function gettersOfAllColumns(): object {
  const getters: PropertyDescriptorMap = {};
  for (const name of COLUMN_NAMES) {
    getters[name] = {
      enumerable: true,
      get(this: { readonly read: ReadColumn }) {
        return this.read(name);
      },
    };
  }
  return Object.create(null, getters) as object;
}
