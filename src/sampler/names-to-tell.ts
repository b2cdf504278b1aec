import { fieldOf, LAYOUTS, type LayoutName } from "../format/layouts.js";
import type { ProcessName } from "../frames/index.js";
import type { Collection, ProcessNames } from "../system/contract.js";

interface Told extends ProcessName {
  /** The last table that it was an owner in. */
  table: number;
}

/**
 * The names of the processes that own a table's sockets, each told once: again only where another process has the PID, or the
 * process has put another program in its place. One for each stream of tables.
 */
export class NamesToTell {
  readonly #names: ProcessNames;
  readonly #told = new Map<number, Told>();
  readonly #toTell: ProcessName[] = [];
  #table = 0;

  /** @param names of this machine's processes; whoever has them refreshes them at each sample */
  constructor(names: ProcessNames) {
    this.#names = names;
  }

  /** Lets the next call tell all names: whoever begins to read there has heard none. */
  tellAll(): void {
    this.#told.clear();
  }

  /** The names that a table's reader does not know yet. Valid until the next call. */
  namesOf({ bytes, layout, sharedOwners }: Collection): readonly ProcessName[] {
    if (this.#toTell.length > 0) this.#toTell.length = 0;
    this.#table++;
    this.#lookAtRows(bytes, layout);
    if (sharedOwners) for (let at = 1; at < sharedOwners.length; at += 2) this.#look(sharedOwners[at] as number);
    // A PID that nobody has sockets by may be another process's when it comes again.
    for (const [pid, { table }] of this.#told) if (table !== this.#table) this.#told.delete(pid);
    return this.#toTell;
  }

  #lookAtRows(bytes: Uint8Array, layout: LayoutName): void {
    const field = fieldOf(layout, "owningPid");
    if (!field) return;
    const { firstRow, rowSize } = LAYOUTS[layout];
    let last = 0;
    // Little-endian, at any address.
    for (let at = firstRow + field.offset; at + 4 <= bytes.length; at += rowSize) {
      const low = (bytes[at] as number) | ((bytes[at + 1] as number) << 8);
      const pid = (low | ((bytes[at + 2] as number) << 16) | ((bytes[at + 3] as number) << 24)) >>> 0;
      if (pid !== last) this.#look(pid);
      last = pid;
    }
  }

  #look(pid: number): void {
    if (pid === 0) return; // unknown
    const told = this.#told.get(pid);
    if (told?.table === this.#table) return;
    const name = this.#names.nameOf(pid);
    if (name === undefined) return; // it has ended, or is somebody else's
    const startTime = this.#names.startOf(pid) ?? 0;
    if (told && told.name === name && told.startTime === startTime) {
      told.table = this.#table;
      return;
    }
    const found: Told = { pid, startTime, name, table: this.#table };
    this.#told.set(pid, found);
    this.#toTell.push(found);
  }
}
