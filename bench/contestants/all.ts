import type { Kind } from "../data/tables.js";
import type { Contestant, Preparation } from "./contestant.js";
import { decodesCopies, decodesInPlace, selects } from "./engines.js";
import { decodesByExport } from "./export.js";
import { KERNEL, KERNEL_COPYING, KERNEL_EXPORT, NUMBER_OBJECTS, OBJECTS, PLAIN, TUNED } from "./names.js";
import { usesNumberObjects } from "./number-objects.js";
import { usesObjects } from "./objects.js";
import { decodesByHand } from "./tuned.js";

/** Makes a contestant ready to run. */
export async function prepare(name: string, preparation: Preparation, kind: Kind): Promise<Contestant> {
  switch (name) {
    case KERNEL:
      return engine("wasm", preparation);
    case KERNEL_EXPORT:
      return decodesByExport(preparation);
    case KERNEL_COPYING:
      return decodesCopies("wasm", preparation);
    case PLAIN:
      return engine("plain", preparation);
    case TUNED:
      return decodesByHand(preparation);
    case NUMBER_OBJECTS:
      return usesNumberObjects(preparation);
    case OBJECTS:
      return usesObjects(preparation, kind);
    default:
      throw new Error(`There is no contestant "${name}".`);
  }
}

function engine(name: "wasm" | "plain", preparation: Preparation): Promise<Contestant> {
  switch (preparation.task) {
    case "decode":
      return decodesInPlace(name, preparation);
    case "filter":
    case "sort":
      return selects(name, preparation);
    case "pipeline":
      return decodesCopies(name, preparation);
  }
}
