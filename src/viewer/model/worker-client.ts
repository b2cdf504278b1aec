import type { Problem, QuestionName, Questions, Tell, WorkerEvent } from "../protocol.js";

/** What a question could not be answered for. */
export class ViewerProblem extends Error {
  override readonly name = "ViewerProblem";
  readonly problem: Problem;

  constructor(problem: Problem) {
    super(problem.message);
    this.problem = problem;
  }

  /** Whether the answer is of no interest any more. */
  get isSuperseded(): boolean {
    return this.problem.kind === "superseded";
  }
}

/** The part of a Worker that a client needs: tests have one without a thread. */
export interface WorkerPort {
  postMessage(message: unknown): void;
  onmessage: ((event: MessageEvent) => void) | null;
  onerror?: ((event: ErrorEvent) => void) | null;
}

interface Waiting {
  readonly resolve: (answer: never) => void;
  readonly reject: (problem: ViewerProblem) => void;
  readonly progress: ((progress: never) => void) | undefined;
}

/** The page's side of the worker. */
export class WorkerClient {
  readonly #port: WorkerPort;
  readonly #waiting = new Map<number, Waiting>();
  #id = 0;

  /** @param onEvent told of what nobody asked for */
  constructor(port: WorkerPort, onEvent: (event: WorkerEvent) => void) {
    this.#port = port;
    port.onmessage = ({ data }: MessageEvent<Tell>) => {
      if ("event" in data) onEvent(data);
      else this.#settle(data);
    };
    // A worker that could not be loaded, or has died, answers nothing any more.
    port.onerror = (event) => {
      const message = `The viewer's worker has failed: ${event.message || "it could not be loaded"}. Load the page again.`;
      for (const { reject } of this.#waiting.values()) reject(new ViewerProblem({ kind: "other", message }));
      this.#waiting.clear();
    };
  }

  /**
   * Asks the worker.
   *
   * @throws {ViewerProblem} there is no answer: `problem` says why
   */
  ask<Name extends QuestionName>(
    name: Name,
    value: Questions[Name]["ask"],
    progress?: (progress: Questions[Name]["progress"]) => void,
  ): Promise<Questions[Name]["answer"]> {
    const id = ++this.#id;
    return new Promise((resolve, reject) => {
      this.#waiting.set(id, { resolve, reject, progress });
      this.#port.postMessage({ id, ask: name, value });
    });
  }

  #settle(told: Exclude<Tell, WorkerEvent>): void {
    const waiting = this.#waiting.get(told.id);
    if (!waiting) return;
    if ("progress" in told) {
      waiting.progress?.(told.progress as never);
      return;
    }
    this.#waiting.delete(told.id);
    if ("problem" in told) waiting.reject(new ViewerProblem(told.problem));
    else waiting.resolve(told.answer as never);
  }
}
