import type { Writable } from "node:stream";
import { endpointFilter } from "../filter/endpoint-filter.js";
import { processesNamed } from "../filter/names.js";
import type { SampledMoment } from "../sampler/sampler.js";
import { sampleTcpTables } from "../sampler/sampler.js";
import { onClosedPipe } from "./closed-pipe.js";
import { wantsColour } from "./colours.js";
import type { EventsArguments } from "./events-arguments.js";
import { EventsLines } from "./events-lines.js";
import { type CountedMoment, EventsStats } from "./events-stats.js";
import { DONE, FAILED } from "./exit-codes.js";
import { tellFailure } from "./failures.js";
import { namesOfNumbers } from "./filters.js";
import { NamedEvents } from "./named-events.js";
import { print, printText } from "./output.js";
import { durationText } from "./quantities.js";
import { STDERR, STDOUT } from "./standard-streams.js";
import { onStopSignal } from "./stopping.js";
import { printable } from "./unsafe-text.js";

/** In the bundle of what samples, whose entry this file is: see build.mjs. */
export { watch } from "./watch/watch.js";

/**
 * Samples this machine's connections, and prints what opened, closed and changed. Returns the exit code.
 *
 * @throws what no message explains. Another bundle's classes of errors are not this one's: all others are told here
 */
export async function events(what: EventsArguments): Promise<number> {
  const { every, filter, families, owner, engine, processes } = what;
  const namesProcesses = filter !== undefined && processesNamed(filter).length > 0;
  // Words about processes pick events by the names that these tell: a process that begins later may have the same.
  const where = namesProcesses ? endpointFilter(filter) : filter;
  try {
    const sampler = sampleTcpTables({ every, where, families, owner, engine, names: processes || namesProcesses });
    const source = namesProcesses ? new NamedEvents(sampler, filter) : sampler;
    // Node's streams: they do not hold the thread while a pipe is full, so that signals are heard and ends taken in meanwhile.
    return await tellEvents(source, what, { stdout: STDOUT.stream, stderr: STDERR.stream });
  } catch (error) {
    return await tellFailure(error);
  }
}

/** What yields the moments: a sampler. */
export interface MomentSource extends AsyncIterable<CountedMoment & Pick<SampledMoment, "events">> {
  /** Takes one last sample at once, yields its moment, and ends. */
  finish(): void;
  /** Ends at once. */
  return(): PromiseLike<unknown>;
}

/** Where the lines go. */
export interface Streams {
  readonly stdout: Writable & { readonly isTTY?: boolean; readonly fd?: number; readonly columns?: number };
  readonly stderr: Writable & { readonly isTTY?: boolean };
}

/**
 * Prints what opened, closed and changed, as it happens, until the time is up, a signal comes, or nobody reads any more. A slow
 * reader slows the sampling: what it has missed comes as one moment. Returns the exit code.
 */
export async function tellEvents(source: MomentSource, what: EventsArguments, streams: Streams): Promise<number> {
  const { stdout, stderr } = streams;
  const lines = new EventsLines({
    format: what.format,
    header: what.header,
    utc: what.utc,
    owners: what.owner !== undefined,
    processes: what.processes,
    colour: wantsColour(stdout, process.env),
    interfaces: namesOfNumbers(),
    onTerminal: stdout.isTTY ?? false,
    width: () => (stdout.isTTY ? stdout.columns || undefined : undefined),
  });
  const stats = new EventsStats();
  let timer: NodeJS.Timeout | undefined;
  let isComplete = true;
  const stopListening = onStopSignal(() => source.finish());
  const stopWatching = onClosedPipe(stdout.fd ?? -1, () => source.return());
  try {
    await print(lines.begin(), stdout);
    for await (const moment of source) {
      if (stats.isEmpty) {
        if (stderr.isTTY) await printText(`${introduction(what, moment.blind)}\n`, stderr);
        if (what.duration !== undefined) timer = setTimeout(() => source.finish(), what.duration);
      }
      stats.count(moment);
      if (moment.gaps.length > 0) isComplete = false;
      if (stdout.writable) await print(lines.linesOf(moment.events()), stdout);
      if (!stdout.writable) break;
    }
  } finally {
    clearTimeout(timer);
    stopWatching();
    stopListening();
    if (stdout.writable) await print(lines.end(), stdout);
    if (what.stats && !stats.isEmpty) await printText(stats.text(what.every), stderr);
  }
  return isComplete ? DONE : FAILED;
}

/** What is watched, and what can't be seen, for people. */
export function introduction({ families, filter, every, duration }: EventsArguments, blind?: string): string {
  const over = families.length > 1 ? "" : ` over IPv${families[0]}`;
  const which = `TCP connections${over}${filter ? ` that match "${printable(filter.text)}"` : ""}`;
  const until = duration === undefined ? "until Ctrl-C" : `for ${durationText(duration)}`;
  const sentence = `tcptable: Watching ${which}, a sample every ${durationText(every)}, ${until}.`;
  return blind ? `${sentence} ${blind}` : sentence;
}
