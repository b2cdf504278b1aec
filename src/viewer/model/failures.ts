import type { ViewerState } from "./state.js";
import { ViewerProblem } from "./worker-client.js";

/** Does what asks the worker; what can't be answered is told on the page. Never rejects. */
export async function orTell(state: ViewerState, work: () => Promise<void>): Promise<void> {
  try {
    await work();
  } catch (error) {
    tellFailure(state, error);
  }
}

/** Tells on the page what has failed; nothing of questions whose answer is of no interest any more. */
export function tellFailure(state: ViewerState, error: unknown): void {
  if (error instanceof ViewerProblem && (error.isSuperseded || error.problem.kind === "closed")) return;
  // A mistake in the filter is told at the filter.
  if (error instanceof ViewerProblem && error.problem.kind === "filter") state.mistake.value = error.problem;
  else state.message.value = sentence(error);
}

export function sentence(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
