import type { Filter } from "../filter/filter.js";
import type { ConnectionEvent, RowEvent } from "../frames/index.js";
import type { MomentSource } from "./events.js";
import { RowFilter } from "./watch/row-filter.js";

type Moment = MomentSource extends AsyncIterable<infer One> ? One : never;

/**
 * A sampler's moments without the events that a filter does not match which names processes: it is read with the name that the
 * event tells of its process. As for other words about states and owners, an event that changed matches by what was before or
 * after.
 */
export class NamedEvents implements MomentSource {
  readonly #source: MomentSource;
  readonly #filter: NamedFilter;

  constructor(source: MomentSource, filter: Filter) {
    this.#source = source;
    this.#filter = new NamedFilter(filter);
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<Moment> {
    for await (const moment of this.#source) {
      const events = [...moment.events()].filter((event) => this.#filter.matches(event));
      const each = function* () {
        yield* events;
      };
      const counted = (kind: ConnectionEvent["event"]) => events.filter(({ event }) => event === kind).length;
      const counts = { opened: counted("opened"), closed: counted("closed"), changed: counted("changed") };
      const { monotonic, late, samples, skipped, gaps, lost, neverConnected, sources, blind } = moment;
      const rest = { monotonic, late, samples, skipped, gaps, lost, neverConnected, sources, blind };
      yield { ...rest, ...counts, events: each };
    }
  }

  finish(): void {
    this.#source.finish();
  }

  return(): PromiseLike<unknown> {
    return this.#source.return();
  }
}

/** A filter that names processes, for events that tell the names of theirs. */
export class NamedFilter {
  readonly #filter: RowFilter;

  constructor(filter: Filter) {
    this.#filter = new RowFilter(filter);
  }

  /** Whether an event is to be told; what is about no connection is. */
  matches(event: ConnectionEvent): boolean {
    if (!("row" in event)) return true;
    const name = event.processName;
    if (this.#filter.matches(event.row, name)) return true;
    return event.event === "changed" && this.#filter.matches(before(event), name);
  }
}

function before({ row, stateBefore, pidBefore }: RowEvent): RowEvent["row"] {
  return {
    ...row,
    ...(stateBefore !== undefined && { state: stateBefore }),
    ...(pidBefore !== undefined && { owningPid: pidBefore }),
  };
}
