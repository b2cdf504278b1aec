import type { Mode } from "./view.js";

/** Lines from one on, to before another one. */
export interface Lines {
  readonly from: number;
  readonly to: number;
}

/** Which lines of the screen show what, from 0. The title is the first one, the keys are the last. */
export interface Areas {
  readonly states: Lines;
  /** Whether each state has a line of its own. */
  readonly allStates: boolean;
  /** Columns of states, where each has a line. */
  readonly stateColumns: number;
  readonly filter: Lines;
  /** The line of the column heads. */
  readonly head: number;
  readonly rows: Lines;
  readonly question: Lines;
}

/** Fewer have no room for what must be there. */
export const SMALLEST = { width: 60, height: 8 } as const;

/** Lines from which on each state has its own, and below which there is one for the rates no more. */
const TALL = 28;
const LOW = 14;

/** While a filter is edited: itself, its caret, the message, and the words. */
const EDITOR_LINES = 4;

export function areasOf(view: {
  readonly width: number;
  readonly height: number;
  readonly mode: Mode;
  readonly statesAreTurned: boolean;
  readonly editor?: unknown;
  readonly question?: unknown;
}): Areas {
  const { width, height, mode, statesAreTurned } = view;
  const isTall = height >= TALL;
  const allStates = isTall !== statesAreTurned;
  const stateColumns = width >= 210 ? 4 : width >= 150 ? 3 : 2;
  // One connection's life needs the lines itself where there are few.
  const hidesStates = mode === "help" || (mode === "life" && !isTall);
  const wanted = hidesStates ? 0 : allStates ? 12 / stateColumns : height < LOW ? 1 : 2;
  const states = { from: 1, to: 1 + Math.min(wanted, Math.max(0, height - 6)) };
  const filterLines = mode === "help" ? 0 : view.editor ? EDITOR_LINES : 1;
  const filter = { from: states.to, to: states.to + filterLines };
  const isList = mode === "rows" || mode === "groups";
  const head = isList ? filter.to : -1;
  const last = height - 1;
  const question = { from: view.question ? last - 3 : last, to: last };
  return {
    states,
    allStates,
    stateColumns,
    filter,
    head,
    rows: { from: filter.to + (isList ? 1 : 0), to: question.from },
    question,
  };
}
