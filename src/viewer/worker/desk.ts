import type { Ask, QuestionName, Questions, Tell } from "../protocol.js";
import type { OpenLive } from "./open-source.js";
import { NothingOpenError, problemOf, SupersededError } from "./problems.js";
import { Session } from "./session.js";

/** What an answer may be asked with. */
interface Work<Name extends QuestionName> {
  readonly value: Questions[Name]["ask"];
  readonly signal: AbortSignal;
  readonly progress: (progress: Questions[Name]["progress"]) => void;
}

/**
 * Takes the page's questions and answers each once. Of one kind the newest wins: the one before is ended, and answered with
 * `superseded`. What asks for rows in memory is answered at once, and never superseded.
 */
export class Desk {
  readonly #tell: (tell: Tell, transfer?: Transferable[]) => void;
  readonly #openLive: OpenLive | undefined;
  readonly #running = new Map<QuestionName, AbortController>();
  #session: Session | undefined;
  /** Views change one table: one after the other. */
  #viewing: Promise<unknown> = Promise.resolve();

  constructor(tell: (tell: Tell, transfer?: Transferable[]) => void, openLive?: OpenLive) {
    this.#tell = tell;
    this.#openLive = openLive;
  }

  /** Answers a question by `tell`. Never throws. */
  async answer({ id, ask, value }: Ask): Promise<void> {
    const controller = new AbortController();
    this.#running.get(ask)?.abort(new SupersededError());
    this.#running.set(ask, controller);
    const { signal } = controller;
    const progress = (told: unknown) => {
      if (!signal.aborted) this.#tell({ id, progress: told });
    };
    try {
      const answer = await this.#work(ask, { value, signal, progress } as never);
      signal.throwIfAborted();
      this.#tell({ id, answer }, buffersOf(ask, answer));
    } catch (error) {
      this.#tell({ id, problem: problemOf(signal.aborted ? signal.reason : error) });
    } finally {
      if (this.#running.get(ask) === controller) this.#running.delete(ask);
    }
  }

  /** Ends everything. */
  close(): void {
    for (const [name, controller] of this.#running) if (name !== "close") controller.abort(new NothingOpenError());
    this.#session?.close();
    this.#session = undefined;
  }

  #work<Name extends QuestionName>(ask: Name, work: Work<Name>): Promise<Questions[QuestionName]["answer"]> {
    return (this.#answers[ask] as (work: Work<Name>) => Promise<Questions[QuestionName]["answer"]>)(work);
  }

  get #open(): Session {
    if (!this.#session) throw new NothingOpenError();
    return this.#session;
  }

  readonly #answers: { [Name in QuestionName]: (work: Work<Name>) => Promise<Questions[Name]["answer"]> } = {
    open: async ({ value, signal }) => {
      for (const [name, controller] of this.#running) if (name !== "open") controller.abort(new NothingOpenError());
      const options = { tell: (event: Tell) => this.#tell(event), openLive: this.#openLive };
      const session = await Session.open(value, options, signal);
      if (signal.aborted) session.close();
      signal.throwIfAborted();
      // What was open stays open until there is something else.
      this.#session?.close();
      this.#session = session;
      // The page hears that it is open before it hears of its summaries.
      queueMicrotask(() => session.start());
      return session.info;
    },
    close: async () => {
      this.close();
      return undefined;
    },
    timeline: async ({ value }) => this.#open.timeline(value),
    overview: async ({ value }) => this.#open.overview(value),
    view: ({ value, signal }) => {
      const session = this.#open;
      const viewed = this.#viewing.then(() => {
        signal.throwIfAborted();
        return session.view(value, signal);
      });
      this.#viewing = viewed.catch(() => {});
      return viewed;
    },
    rows: async ({ value }) => this.#open.rows(value),
    place: async ({ value }) => this.#open.place(value),
    step: async ({ value }) => this.#open.step(value),
    change: async ({ value, signal }) => this.#open.change(value, signal),
    firstSeen: async ({ value, signal }) => this.#open.firstSeen(value, signal),
    groups: async ({ value }) => this.#open.groups(value),
    scan: async ({ value, signal, progress }) => this.#open.scan(value, signal, progress),
    stopScan: async () => this.#open.stopScan(new SupersededError()),
    lane: async ({ value }) => this.#open.lane(value),
    lives: async ({ value }) => this.#open.lives(value),
    life: async ({ value, signal, progress }) => this.#open.life(value, signal, progress),
    export: async ({ value, signal, progress }) => this.#open.export(value, signal, progress),
    recover: async ({ signal, progress }) => this.#open.recover(signal, progress),
    record: async ({ value }) => this.#open.record(value),
  };
}

/** Columns that are made for one answer change hands instead of being copied. */
function buffersOf(ask: QuestionName, answer: unknown): Transferable[] {
  if ((ask !== "timeline" && ask !== "overview" && ask !== "lane") || !answer) return [];
  const columns = Object.values(answer as object).flat() as unknown[];
  return columns.filter((column) => ArrayBuffer.isView(column)).map(({ buffer }) => buffer as ArrayBuffer);
}
