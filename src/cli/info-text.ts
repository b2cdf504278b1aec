import type { Capture } from "../capture/types.js";
import type { InfoFigures } from "./info-figures.js";
import { bytesText, countText, durationText } from "./quantities.js";
import { sparkline } from "./sparkline.js";
import { clockText, type Zone, zoneText } from "./times.js";
import { printable } from "./unsafe-text.js";

/** Bars of the line of connections: as wide as the widest of the other lines may be. */
const WIDTH = 64;

/** What a recording holds, for people. */
export function infoLines(file: string, capture: Capture, figures: InfoFigures, zone: Zone): string[] {
  const { metadata, start, end, samples, bytes, intact } = capture;
  const { rows, monotonic, least, most, gaps, late, duration } = figures;
  const length = (monotonic.at(-1) ?? 0) - (monotonic[0] ?? 0);
  const [first, last] = [start, end].map((time) => clockText(time, zone.offsetAt(time))) as [Clock, Clock];
  const until = first.date === last.date ? last.clock : `${last.date} ${last.clock}`;
  const offsets = new Set([start, end].map((time) => zoneText(time, zone)));
  const lines: (readonly [label: string, text: string] | undefined)[] = [
    ["file", printable(file)],
    ["size", `${bytesText(bytes)}, ${bytesText(bytes / Math.max(1, samples))} a sample`],
    ["host", hostText(metadata)],
    ["from", `${first.date} ${first.clock} to ${until} (${[...offsets].join("; ")})`],
    ["length", durationText(length)],
    ["samples", `${countText(samples)}${metadata.every > 0 ? `, one every ${durationText(metadata.every)}` : ""}`],
    metadata.filter ? ["filter", printable(metadata.filter)] : undefined,
    ["owners", metadata.owner ? "processes" : "none: recorded without -p"],
    ...metadata.families.map(({ family, source }) => [`IPv${family}`, printable(source)] as const),
    [
      "events",
      `${countText(figures.opened)} opened, ${countText(figures.closed)} closed, ${countText(figures.changed)} changed`,
    ],
    late ? ["late", `${durationText(late.median)} in the median, ${durationText(late.most)} at most`] : undefined,
    duration
      ? ["took", `${durationText(duration.median)} in the median, ${durationText(duration.most)} at most`]
      : undefined,
    figures.missed > 0 ? ["skipped", `${countText(figures.missed)} ticks, as the recorder was busy`] : undefined,
    figures.lost > 0 ? ["lost", `${countText(figures.lost)} ends, for which there was no room`] : undefined,
    ["gaps", gapsText(gaps, figures.incomplete)],
    ["by", `tcptable ${printable(metadata.version)}`],
    intact.complete ? undefined : ["intact", `${bytesText(intact.bytes)} of ${bytesText(bytes)}`],
  ];
  const width = Math.max(...lines.map((line) => line?.[0].length ?? 0));
  return [
    ...lines.flatMap((line) => (line ? [`${line[0].padEnd(width)}  ${line[1]}`] : [])),
    "",
    `Connections: ${countText(least)} to ${countText(most)}, ${countText(rows.at(-1) ?? 0)} at the end`,
    sparkline(rows, monotonic, WIDTH),
    `${clockOf(first)}${clockOf(last).padStart(Math.max(clockOf(last).length + 1, Math.min(WIDTH, rows.length) - clockOf(first).length))}`,
    ...figures.states.map(({ state, count }) => `  ${state.padEnd(12)}  ${countText(count).padStart(9)}`),
  ];
}

type Clock = ReturnType<typeof clockText>;

function clockOf({ clock }: Clock): string {
  return clock.slice(0, 8);
}

function hostText({ host, system, release }: Capture["metadata"]): string {
  const about = [system, release].filter((text) => text !== "").join(" ");
  return printable([host || "unknown", ...(about ? [about] : [])].join(", "));
}

function gapsText({ ipv4, ipv6 }: InfoFigures["gaps"], incomplete: number): string {
  const parts = [
    ...(ipv4 > 0 ? [`IPv4 is missing in ${samplesText(ipv4)}`] : []),
    ...(ipv6 > 0 ? [`IPv6 is missing in ${samplesText(ipv6)}`] : []),
    ...(incomplete > 0 ? [`${samplesText(incomplete)} not known to be whole`] : []),
  ];
  return parts.length > 0 ? parts.join("; ") : "none";
}

function samplesText(count: number): string {
  return `${countText(count)} ${count === 1 ? "sample" : "samples"}`;
}
