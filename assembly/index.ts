// What the decoder's kernel exports, nothing else. Integers over a fixed memory; checks are the callers' (src/decoder/wasm/decoder.ts), who know
// how to tell what is wrong.

export { countStates } from "./count";
export { decodeTable } from "./decode";
export { addKey, clearKeys } from "./keys";
export { columnAt, indicesAt, programAt, reserve } from "./memory";
export { runProgram, selectAll } from "./run";
export { sortIndices } from "./sort";
