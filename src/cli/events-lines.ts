import type { ConnectionEvent } from "../frames/index.js";
import type { Format } from "./arguments.js";
import { csvColumns, recordOf } from "./events-records.js";
import { type EventsLook, EventsText } from "./events-text.js";
import { csvLines, ndjsonLines } from "./formats.js";

export interface EventsFormat extends EventsLook {
  readonly format: Format;
  /** Whether a terminal shows it. Programs get names as they are. */
  readonly onTerminal: boolean;
}

/**
 * Events as lines, without their ends, in any format. Every line is whole when it is printed, also in `--json`: there, commas stand
 * in front of the second event and those after it, not behind the one before.
 */
export class EventsLines {
  readonly #look: EventsFormat;
  readonly #text: EventsText;
  #hasEvent = false;

  constructor(look: EventsFormat) {
    this.#look = look;
    this.#text = new EventsText(look);
  }

  /** What comes before all events. */
  begin(): string[] {
    const { format, header } = this.#look;
    if (format === "json") return ["["];
    return format === "csv" && header ? [csvColumns(this.#look).join(",")] : [];
  }

  *linesOf(events: Iterable<ConnectionEvent>): Generator<string> {
    switch (this.#look.format) {
      case "table":
        yield* this.#text.linesOf(events);
        break;
      case "csv": {
        const { onTerminal } = this.#look;
        yield* csvLines(this.#csvRecords(events), csvColumns(this.#look), { header: false, onTerminal });
        break;
      }
      case "ndjson":
        yield* ndjsonLines(this.#records(events));
        break;
      case "json":
        for (const line of ndjsonLines(this.#records(events))) {
          yield `${this.#hasEvent ? "," : " "}${line}`;
          this.#hasEvent = true;
        }
    }
  }

  /** What comes behind all events. */
  end(): string[] {
    return this.#look.format === "json" ? ["]"] : [];
  }

  *#records(events: Iterable<ConnectionEvent>) {
    for (const event of events) yield recordOf(event, this.#look);
  }

  /** CSV knows texts and numbers. Of several owners it has the one that the row tells. */
  *#csvRecords(events: Iterable<ConnectionEvent>) {
    for (const { owningPids, sampled, ...record } of this.#records(events)) {
      yield { ...record, ...(sampled !== undefined && { sampled: String(sampled) }) } as Record<
        string,
        string | number | null
      >;
    }
  }
}
