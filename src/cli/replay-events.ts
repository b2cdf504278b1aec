import { endpointFilter } from "../filter/endpoint-filter.js";
import { processesNamed } from "../filter/names.js";
import { unlessAborted } from "../format/abort.js";
import type { Family } from "../format/layouts.js";
import type { ConnectionEvent, Moment } from "../frames/index.js";
import { type Clock, SYSTEM_CLOCK, type Timer } from "../sampler/clock.js";
import { onClosedPipe } from "./closed-pipe.js";
import { wantsColour } from "./colours.js";
import type { Streams } from "./events.js";
import { EventsLines } from "./events-lines.js";
import { DONE, FAILED } from "./exit-codes.js";
import { NamedFilter } from "./named-events.js";
import { print } from "./output.js";
import { Progress } from "./progress.js";
import { ofFamilies } from "./recorded-connections.js";
import { type Recording, rangeOf } from "./recording.js";
import type { ReplayArguments } from "./replay-arguments.js";
import { onStopSignal } from "./stopping.js";

/** What is looked at of the command line. */
type Replayed = Pick<
  ReplayArguments,
  "families" | "query" | "owner" | "processes" | "format" | "header" | "utc" | "from" | "to" | "speed"
>;

/**
 * Prints what opened, closed and changed as `tcptable events` has printed it, or would have: at once, or in time. A signal ends it,
 * and so does a reader that goes. Returns the exit code.
 *
 * @param clock what `--speed` waits by
 */
export async function replayEvents(
  { capture, span }: Recording,
  what: Replayed,
  streams: Streams,
  clock: WaitingClock = SYSTEM_CLOCK,
): Promise<number> {
  const { stdout, stderr } = streams;
  const { families, owner, query, speed } = what;
  const range = rangeOf(what, span);
  const lines = new EventsLines({
    format: what.format,
    header: what.header,
    utc: what.utc,
    zone: span.zone,
    owners: owner !== undefined,
    processes: what.processes,
    colour: wantsColour(stdout, process.env),
    onTerminal: stdout.isTTY ?? false,
    width: () => (stdout.isTTY ? stdout.columns || undefined : undefined),
  });
  const stopping = new AbortController();
  const { signal } = stopping;
  const stopListening = onStopSignal(() => stopping.abort());
  const stopWatching = onClosedPipe(stdout.fd ?? -1, () => stopping.abort());
  const progress = new Progress("Reading", stderr);
  const { from = span.start, to = span.end } = range;
  const pace = speed === undefined ? undefined : new Pace(speed, signal, clock);
  let isComplete = true;
  try {
    await print(lines.begin(), stdout);
    const named = query.filter && processesNamed(query.filter).length > 0 ? query.filter : undefined;
    const filter = named ? endpointFilter(named) : query.filter;
    const where = filter ? ofFamilies(filter, families) : undefined;
    const byName = named && new NamedFilter(named);
    for await (const moment of capture.moments({ ...range, where, signal })) {
      if (pace) await pace.waitFor(moment.monotonic);
      else progress.show((moment.time - from) / (to - from));
      if (moment.gaps.some(({ family }) => families.includes(family))) isComplete = false;
      if (hasEvents(moment)) {
        progress.hide();
        const events = wantedEvents(moment, what);
        await print(lines.linesOf(byName ? [...events].filter((event) => byName.matches(event)) : events), stdout);
      }
      if (!stdout.writable) break;
    }
  } catch (error) {
    if (!signal.aborted) throw error;
  } finally {
    progress.hide();
    stopWatching();
    stopListening();
    if (stdout.writable) await print(lines.end(), stdout);
  }
  return isComplete ? DONE : FAILED;
}

function hasEvents({ opened, closed, changed, lost, clockJump, gaps }: Moment): boolean {
  return opened + closed + changed + lost + gaps.length > 0 || clockJump !== 0;
}

/** The events that `tcptable events` tells where it is asked the same: without owners, nobody hears that one has changed. */
export function* wantedEvents(
  moment: Pick<Moment, "events">,
  { families, owner }: Pick<Replayed, "families" | "owner">,
): Generator<ConnectionEvent> {
  for (const event of moment.events()) {
    const family = familyOf(event);
    if (family !== undefined && !families.includes(family)) continue;
    if (owner !== undefined || !("row" in event) || event.pidBefore === undefined) {
      yield event;
      continue;
    }
    const { pidBefore, ...rest } = event;
    if (event.event !== "changed" || event.stateBefore !== undefined) yield rest;
  }
}

/** Whom an event is about; `undefined` where it is about all. */
function familyOf(event: ConnectionEvent): Family | undefined {
  if ("family" in event) return event.family;
  return "row" in event ? (event.row.localAddress.includes(":") ? 6 : 4) : undefined;
}

/** What waiting takes of a clock. */
type WaitingClock = Pick<Clock, "monotonic" | "after" | "cancel">;

/** Waits until it is time for a moment. */
class Pace {
  readonly #speed: number;
  readonly #signal: AbortSignal;
  readonly #clock: WaitingClock;
  /** What the monotonic clocks showed at the first moment: the recorder's, and this machine's. */
  #recorded: number | undefined;
  #begin = 0;

  constructor(speed: number, signal: AbortSignal, clock: WaitingClock) {
    this.#speed = speed;
    this.#signal = signal;
    this.#clock = clock;
  }

  /** @throws {AbortError} the signal has come while it waited */
  async waitFor(monotonic: number): Promise<void> {
    if (this.#recorded === undefined) {
      this.#recorded = monotonic;
      this.#begin = this.#clock.monotonic();
    }
    const due = this.#begin + (monotonic - this.#recorded) / this.#speed;
    // A timer may be early, and none waits for weeks.
    for (let left = due - this.#clock.monotonic(); left > 0; left = due - this.#clock.monotonic())
      await this.#sleep(left);
  }

  async #sleep(milliseconds: number): Promise<void> {
    let timer: Timer | undefined;
    const passed = new Promise<void>((resolve) => {
      timer = this.#clock.after(milliseconds, resolve);
    });
    try {
      await unlessAborted(passed, this.#signal);
    } finally {
      if (timer) this.#clock.cancel(timer);
    }
  }
}
