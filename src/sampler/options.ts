import type { Filter } from "../filter/filter.js";
import type { AbortSignalLike } from "../format/abort.js";
import { type Check, checkOptions, instanceCheck, oneOf } from "../format/options.js";
import { CHECKS as READER_CHECKS } from "../reader/options.js";
import { compiled, type ReaderOptions } from "../reader/reader.js";
import type { TablesOptions } from "../reader/tables.js";

/** What a sampler needs of an AbortSignal. */
export type SamplerSignal = AbortSignalLike;

/** How to sample, and what. */
export interface SamplerOptions extends Pick<TablesOptions, "families" | "columns" | "owner" | "engine"> {
  /** Milliseconds from one sample to the next, from 1 up; 1000 unless said otherwise. */
  readonly every?: number | undefined;
  /**
   * Which connections are told: text in ss's grammar, or a filter compiled before. Its addresses and ports pick what is sampled,
   * its states and owners only which events are told: so a connection that goes to another state is seen as changed, not as
   * closed. The columns that it uses are asked for by themselves.
   */
  readonly where?: ReaderOptions["where"];
  /**
   * Milliseconds that a sample after the first may spend on finding owners; 5 unless said otherwise. What is not found in that
   * time comes with one of the next samples. Linux only.
   */
  readonly ownerBudget?: number | undefined;
  /**
   * Whether to listen for the ends of connections that the system tells: so that those are told too which no sample has seen.
   * Yes unless said otherwise, where the system has such a thing: `moment.blind` says what is not seen without it.
   */
  readonly events?: boolean | undefined;
  /** Whether to tell the names of the owners' processes, and so the owners too; no unless said otherwise. */
  readonly names?: boolean | undefined;
  /** Whether to sample in a worker thread: this one is not held up while the system lists its sockets. No unless said otherwise. */
  readonly worker?: boolean | undefined;
  /** An AbortSignal. It ends the sampler: the iteration throws an AbortError, whose `cause` is the signal's reason. */
  readonly signal?: SamplerSignal | undefined;
  /** Samples from one that goes as a whole table to the next, as `createFrameWriter` has it. */
  readonly keyInterval?: number | undefined;
}

/** Options, checked and complete. They can be posted to a worker. */
export interface SamplerSettings
  extends Pick<SamplerOptions, "families" | "columns" | "owner" | "engine" | "keyInterval"> {
  readonly where: Filter | undefined;
  readonly every: number;
  readonly ownerBudget: number;
  readonly events: boolean;
  readonly names: boolean;
}

const EVERY = 1000;
/** A sample of a thousand sockets takes less than a millisecond: owners shall not make ten of it. */
const OWNER_BUDGET = 5;

const flag: Check = (value) => oneOf(value, [true, false]);

/**
 * Checks options, and says what those are that were left out.
 *
 * @throws {TypeError} an option is not known, or its value is none
 * @throws {FilterSyntaxError} `where` is not in the grammar
 */
export function settingsOf(options: SamplerOptions): SamplerSettings {
  checkOptions("sampleTcpTables", options, {
    every: (value) =>
      typeof value === "number" && value >= 1 && value < Number.POSITIVE_INFINITY
        ? undefined
        : "is a number of milliseconds from 1 up",
    where: READER_CHECKS.where,
    families: READER_CHECKS.families,
    columns: READER_CHECKS.columns,
    owner: READER_CHECKS.owner,
    ownerBudget: READER_CHECKS.ownerBudget,
    engine: READER_CHECKS.engine,
    events: flag,
    names: flag,
    worker: flag,
    signal: (value) => instanceCheck(value, "AbortSignal"),
    keyInterval: (value) =>
      Number.isSafeInteger(value) && (value as number) > 0 ? undefined : "is a whole number from 1 up",
  });
  const { families, columns, owner, engine, keyInterval, every, ownerBudget, events, names } = options;
  return {
    families,
    columns,
    owner,
    engine,
    keyInterval,
    where: compiled(options.where),
    every: every ?? EVERY,
    ownerBudget: ownerBudget ?? OWNER_BUDGET,
    events: events ?? true,
    names: names ?? false,
  };
}
