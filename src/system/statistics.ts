/**
 * What a TCP stack tells of itself, by RFC 4022's names, each as one record. The fields of TcpStatistics, the members of Windows'
 * MIB_TCPSTATS and MIB_TCPSTATS2, whose order this is, and the names in Linux's /proc/net/snmp follow from here.
 *
 * - `kind` says what its numbers mean, see `StatisticKind`
 * - `signed` marks what may be negative; `wide` what has 64 bits in MIB_TCPSTATS2, where the rest has 32
 * - `optional` marks what not every system tells
 */
export const TCP_STATISTICS = {
  /** How the retransmission time is found: 1 other, 2 constant, 3 MIL-STD-1778, 4 Van Jacobson, 5 RFC 2988. */
  rtoAlgorithm: { kind: "setting" },
  /** Shortest retransmission time, milliseconds. */
  rtoMin: { kind: "setting" },
  /** Longest retransmission time, milliseconds. */
  rtoMax: { kind: "setting" },
  /** Most connections that there may be; −1 where there is no such limit. */
  maxConn: { kind: "setting", signed: true },
  /** Connections that were opened from here. */
  activeOpens: { kind: "counter" },
  /** Connections that were accepted. */
  passiveOpens: { kind: "counter" },
  /** Connections that came to nothing. */
  attemptFails: { kind: "counter" },
  /** Established connections that were reset. */
  estabResets: { kind: "counter" },
  /** Connections that are ESTABLISHED or CLOSE-WAIT now. */
  currEstab: { kind: "gauge" },
  /** Segments received, those with errors included. */
  inSegs: { kind: "counter", wide: true },
  /** Segments sent, without those that only repeat what was sent before. */
  outSegs: { kind: "counter", wide: true },
  /** Segments that were sent again. */
  retransSegs: { kind: "counter" },
  /** Segments received with errors. */
  inErrs: { kind: "counter" },
  /** Segments sent with RST. */
  outRsts: { kind: "counter" },
  /** Connections that there are now, whatever their state; `undefined` where the system does not tell: on Linux. */
  numConns: { kind: "gauge", optional: true },
} as const satisfies Readonly<Record<string, Statistic>>;

export interface Statistic {
  readonly kind: StatisticKind;
  readonly signed?: true;
  readonly wide?: true;
  readonly optional?: true;
}

/**
 * What the numbers of a statistic mean.
 *
 * - `counter`: only goes up, and starts again at 0 where its bits are used up: 32 of them on Windows (64 where `wide`), 64 on
 *   Linux. A bigint, because a number is exact only up to 2⁵³: the difference of two readings must be right
 * - `gauge`: what there is now, which goes up and down; a number
 * - `setting`: what stays as it is; a number
 */
export type StatisticKind = "counter" | "gauge" | "setting";

/** The name of a statistic. */
export type StatisticName = keyof typeof TCP_STATISTICS;

/** The names of all statistics, in the order of TCP_STATISTICS. */
export const STATISTIC_NAMES: readonly StatisticName[] = /* @__PURE__ */ Object.keys(TCP_STATISTICS) as StatisticName[];

/** A value of each statistic: counters as bigints, all others as numbers. */
export type StatisticValues = {
  readonly [Name in keyof typeof TCP_STATISTICS]:
    | ((typeof TCP_STATISTICS)[Name] extends { kind: "counter" } ? bigint : number)
    | ((typeof TCP_STATISTICS)[Name] extends { optional: true } ? undefined : never);
};

/**
 * The values of all statistics.
 *
 * @param read the whole number that a system tells for one; `undefined` where it tells none, which only an optional one may be
 */
export function statisticValues(
  read: (name: StatisticName, statistic: Statistic) => bigint | undefined,
): StatisticValues {
  const values: Partial<Record<StatisticName, bigint | number | undefined>> = {};
  for (const name of STATISTIC_NAMES) {
    const value = read(name, TCP_STATISTICS[name]);
    values[name] = value === undefined || TCP_STATISTICS[name].kind === "counter" ? value : Number(value);
  }
  return values as StatisticValues;
}
