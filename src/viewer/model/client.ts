import type { Ask, Problem, QuestionName, Questions, Tell, WorkerEvent } from "../protocol.js";

/** What the page needs of a worker: a Worker has it. */
export interface WorkerPort {
  postMessage(ask: Ask): void;
  addEventListener(type: "message", listener: (event: { readonly data: Tell }) => void): void;
}

/** The worker's answer was a problem. `kind` says which. */
export class WorkerProblem extends Error {
  override readonly name = "WorkerProblem";
  readonly problem: Problem;

  constructor(problem: Problem) {
    super(problem.message);
    this.problem = problem;
  }

  /** A newer question has taken this one's place, or nothing is open any more: nobody waits for the answer. */
  get isObsolete(): boolean {
    return this.problem.kind === "superseded" || this.problem.kind === "closed";
  }
}

interface Waiting {
  answered(value: unknown): void;
  failed(problem: WorkerProblem): void;
  progress: ((value: unknown) => void) | undefined;
}

/** Asks the worker, and hands its answers to whom they belong. */
export interface WorkerClient {
  /** Throws WorkerProblem. */
  ask<Name extends QuestionName>(
    name: Name,
    value: Questions[Name]["ask"],
    progress?: (value: Questions[Name]["progress"]) => void,
  ): Promise<Questions[Name]["answer"]>;
}

export function createClient(port: WorkerPort, onEvent: (event: WorkerEvent) => void): WorkerClient {
  const waiting = new Map<number, Waiting>();
  let lastId = 0;
  port.addEventListener("message", ({ data: tell }) => {
    if ("event" in tell) {
      onEvent(tell);
      return;
    }
    const asker = waiting.get(tell.id);
    if (!asker) return;
    if ("progress" in tell) {
      asker.progress?.(tell.progress);
      return;
    }
    waiting.delete(tell.id);
    if ("problem" in tell) asker.failed(new WorkerProblem(tell.problem));
    else asker.answered(tell.answer);
  });
  return {
    ask: (name, value, progress) =>
      new Promise((answered, failed) => {
        lastId++;
        waiting.set(lastId, {
          answered: answered as (value: unknown) => void,
          failed,
          progress: progress as ((value: unknown) => void) | undefined,
        });
        port.postMessage({ id: lastId, ask: name, value } as Ask);
      }),
  };
}
