import type { TcpStatistics } from "../system/contract.js";
import { bold } from "./colours.js";
import type { Look } from "./table-text.js";

/** RFC 4022's tcpRtoAlgorithm, from 1 up. */
const RTO_ALGORITHMS = ["other", "constant", "MIL-STD-1778", "Van Jacobson", "RFC 2988"];

/** What 2³²−1 is in a signed counter: Windows may give either. */
const NO_LIMIT = [-1, 0xffffffff];

/** What each line says. The order is that of `netstat -s`. */
const LINES: readonly { readonly label: string; text(statistics: TcpStatistics): string }[] = [
  { label: "Active opens", text: ({ activeOpens }) => String(activeOpens) },
  { label: "Passive opens", text: ({ passiveOpens }) => String(passiveOpens) },
  { label: "Failed connection attempts", text: ({ attemptFails }) => String(attemptFails) },
  { label: "Connections reset", text: ({ estabResets }) => String(estabResets) },
  { label: "Connections established", text: ({ currEstab }) => String(currEstab) },
  { label: "Connections in all states", text: ({ numConns }) => String(numConns ?? "-") },
  { label: "Connections at most", text: ({ maxConn }) => (NO_LIMIT.includes(maxConn) ? "no limit" : String(maxConn)) },
  { label: "Segments received", text: ({ inSegs }) => String(inSegs) },
  { label: "Segments received in error", text: ({ inErrs }) => String(inErrs) },
  { label: "Segments sent", text: ({ outSegs }) => String(outSegs) },
  { label: "Segments retransmitted", text: ({ retransSegs }) => String(retransSegs) },
  { label: "Resets sent", text: ({ outRsts }) => String(outRsts) },
  {
    label: "Retransmission algorithm",
    text: ({ rtoAlgorithm }) => RTO_ALGORITHMS[rtoAlgorithm - 1] ?? String(rtoAlgorithm),
  },
  { label: "Retransmission time, least", text: ({ rtoMin }) => `${rtoMin} ms` },
  { label: "Retransmission time, most", text: ({ rtoMax }) => `${rtoMax} ms` },
];

/** The counters as a table for people: a column for each family that the system counts by itself. */
export function* statisticsLines(statistics: readonly TcpStatistics[], { header, colour }: Look): Generator<string> {
  const columns = statistics.map((some) => ({
    label: header ? labelOf(some) : "",
    texts: LINES.map(({ text }) => text(some)),
  }));
  const labelWidth = Math.max(...LINES.map(({ label }) => label.length));
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
  for (const [at, { label }] of LINES.entries())
    yield lineOf(
      label,
      columns.map(({ texts }) => texts[at] as string),
    );
}

function labelOf({ family }: TcpStatistics): string {
  return family === "both" ? "IPv4 and IPv6" : `IPv${family}`;
}
