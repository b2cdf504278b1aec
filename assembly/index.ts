// What the kernel exports, nothing else. Integers over a fixed memory; checks are the callers' (src/decoder/wasm.ts), who know
// how to tell what is wrong.

export { countStates } from "./count";
export { decodeTable } from "./decode";
export {
  allIndices, and, andNot, indicesOf, matchAll, matchIPv4, matchIPv6, matchPorts, matchStates, matchWords, not, or, patternAt,
  toggleState,
} from "./filter";
export { addKey, clearKeys } from "./keys";
export { bitmap, columnAt, indicesAt, reserve } from "./memory";
export { sortIndices } from "./sort";
