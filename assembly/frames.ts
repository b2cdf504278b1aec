// The kernel of frames: the decoder's, and what compares two tables and turns one into the other. It is a file of its own, so
// that those who only decode need not load it.

export { mixLanes } from "./checksum";
export { beginComparison, comparisonSize } from "./comparison";
export { copyRows, readRuns, writeDelta } from "./delta";
export { seedHashes } from "./hash";
export * from "./index";
export { compareLeftovers } from "./leftovers";
export { newRows, runsAt } from "./runs";
export { findCopies } from "./walk";
