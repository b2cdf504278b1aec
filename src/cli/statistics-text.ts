import type { TcpStatistics } from "../system/contract.js";
import { bold } from "./colours.js";
import type { Look } from "./table-text.js";

/** RFC 4022's tcpRtoAlgorithm, from 1 up. */
const RTO_ALGORITHMS = ["other", "constant", "MIL-STD-1778", "Van Jacobson", "RFC 2988"];

/** What 2³²−1 is in a signed counter: Windows may give either. */
const NO_LIMIT = [-1, 0xffffffff];

type StatisticName = Exclude<keyof TcpStatistics, "family" | "source">;

interface Line {
  readonly label: string;
  /** The value for people; as it is unless said otherwise. */
  text?(value: number): string;
}

/** What is told of each statistic, in the order of `netstat -s`. */
const LINES: Readonly<Record<StatisticName, Line>> = {
  activeOpens: { label: "Active opens" },
  passiveOpens: { label: "Passive opens" },
  attemptFails: { label: "Failed connection attempts" },
  estabResets: { label: "Connections reset" },
  currEstab: { label: "Connections established" },
  numConns: { label: "Connections in all states" },
  maxConn: { label: "Connections at most", text: (most) => (NO_LIMIT.includes(most) ? "no limit" : String(most)) },
  inSegs: { label: "Segments received" },
  inErrs: { label: "Segments received in error" },
  outSegs: { label: "Segments sent" },
  retransSegs: { label: "Segments retransmitted" },
  outRsts: { label: "Resets sent" },
  rtoAlgorithm: { label: "Retransmission algorithm", text: (number) => RTO_ALGORITHMS[number - 1] ?? String(number) },
  rtoMin: { label: "Retransmission time, least", text: (milliseconds) => `${milliseconds} ms` },
  rtoMax: { label: "Retransmission time, most", text: (milliseconds) => `${milliseconds} ms` },
};

/** The counters as a table for people: a column for each family that the system counts by itself. */
export function* statisticsLines(statistics: readonly TcpStatistics[], { header, colour }: Look): Generator<string> {
  const lines = Object.entries(LINES) as [StatisticName, Line][];
  const columns = statistics.map((some) => ({
    label: header ? labelOf(some) : "",
    texts: lines.map(([name, line]) => textOf(line, some[name])),
  }));
  const labelWidth = Math.max(...lines.map(([, { label }]) => label.length));
  const widths = columns.map(({ label, texts }) => Math.max(label.length, ...texts.map((text) => text.length)));
  const lineOf = (label: string, cells: readonly string[]) =>
    [label.padEnd(labelWidth), ...cells.map((cell, at) => cell.padStart(widths[at] as number))].join("  ");

  if (header) {
    const line = lineOf(
      "The whole machine's TCP",
      columns.map(({ label }) => label),
    );
    yield colour ? bold(line) : line;
  }
  for (const [at, [, { label }]] of lines.entries())
    yield lineOf(
      label,
      columns.map(({ texts }) => texts[at] as string),
    );
}

/** @param value a bigint where a number would not be exact; `undefined` where the system does not tell */
function textOf({ text }: Line, value: number | bigint | undefined): string {
  if (value === undefined) return "-";
  return text ? text(Number(value)) : String(value);
}

function labelOf({ family }: TcpStatistics): string {
  return family === "both" ? "IPv4 and IPv6" : `IPv${family}`;
}
