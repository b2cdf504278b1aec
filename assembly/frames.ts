// The kernel of frames: the decoder's, and what compares two tables and turns one into the other. It is a file of its own, so
// that those who only decode need not load it.

export * from "./index";
export { beginComparison, comparisonSize, compareLeftovers, findCopies, runsAt, seedHashes } from "./compare";
export { copyRows, mixLanes, newRows, readRuns, writeDelta } from "./delta";
