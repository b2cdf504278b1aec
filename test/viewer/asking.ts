import type { Ask, Problem, QuestionName, Questions, Tell, WorkerEvent } from "../../src/viewer/protocol.js";
import { Desk } from "../../src/viewer/worker/desk.js";
import type { OpenLive } from "../../src/viewer/worker/open-source.js";
import type { MemoryFile } from "../support/recordings.js";

/** A question that was not answered. */
export class Unanswered extends Error {
  readonly problem: Problem;
  constructor(problem: Problem) {
    super(problem.message);
    this.problem = problem;
  }
}

/** Asks a desk as the page does, without a worker between: what is told goes through a structured clone, as there. */
export class Asker {
  readonly events: WorkerEvent[] = [];
  readonly progress: unknown[] = [];
  readonly #desk: Desk;
  readonly #answers = new Map<number, (tell: Tell) => void>();
  #id = 0;
  #summariesDone: (() => void) | undefined;

  constructor(openLive?: OpenLive) {
    this.#desk = new Desk((told) => {
      const tell = structuredClone(told);
      if ("event" in tell) {
        this.events.push(tell);
        if (tell.event === "summaries" && tell.isDone) this.#summariesDone?.();
      } else if ("progress" in tell) this.progress.push(tell.progress);
      else this.#answers.get(tell.id)?.(tell);
    }, openLive);
  }

  ask<Name extends QuestionName>(ask: Name, value: Questions[Name]["ask"]): Promise<Questions[Name]["answer"]> {
    const id = ++this.#id;
    const answer = new Promise<Questions[Name]["answer"]>((resolve, reject) => {
      this.#answers.set(id, (tell) => {
        this.#answers.delete(id);
        if ("problem" in tell) reject(new Unanswered(tell.problem));
        else if ("answer" in tell) resolve(tell.answer as Questions[Name]["answer"]);
      });
    });
    void this.#desk.answer({ id, ask, value } as Ask);
    return answer;
  }

  /** The problem instead of an answer. */
  async problem<Name extends QuestionName>(ask: Name, value: Questions[Name]["ask"]): Promise<Problem> {
    try {
      await this.ask(ask, value);
    } catch (error) {
      if (error instanceof Unanswered) return error.problem;
      throw error;
    }
    throw new Error(`${ask} was answered`);
  }

  /** Opens a recording, and waits until its summaries are read. */
  async open(file: MemoryFile | Blob, name = "x.mcap"): Promise<Questions["open"]["answer"]> {
    const done = new Promise<void>((resolve) => {
      this.#summariesDone = resolve;
    });
    const blob = file instanceof Blob ? file : new Blob([file.bytes.slice()]);
    const info = await this.ask("open", { kind: "file", file: blob, name });
    await done;
    return info;
  }

  close(): void {
    this.#desk.close();
  }
}
