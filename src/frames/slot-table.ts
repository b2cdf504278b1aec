import { SharedOwners } from "../decoder/table/shared-owners.js";
import type { LayoutName } from "../format/layouts.js";
import type { HeldTable } from "./change.js";
import type { Slot } from "./memory.js";

/** A table that a slot of a reader's memory holds, and its shared owners. */
export class SlotTable implements HeldTable {
  readonly slot: Slot;
  layout: LayoutName = "MIB_TCPTABLE";
  rows = 0;
  readonly owners = new SharedOwners();

  constructor(slot: Slot) {
    this.slot = slot;
  }

  get sharedOwners(): Uint32Array {
    return this.owners.pairs;
  }
}
