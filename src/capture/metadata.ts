import { type Family, LAYOUT_NAMES, LAYOUTS, type LayoutName } from "../format/layouts.js";

/** What a recording says of itself. Text that is not known is empty. */
export interface CaptureMetadata {
  /** The recorded host's name. */
  readonly host: string;
  /** `linux` or `win32`. */
  readonly system: string;
  /** The system's release, as it tells it. */
  readonly release: string;
  /** Linux's id of the time since the host was started. */
  readonly bootId: string;
  /** Linux's number of the network namespace. */
  readonly networkNamespace: string;
  /** The columns that were asked for, with commas between them. */
  readonly asked: string;
  /** Which connections were recorded; empty for all of them. */
  readonly filter: string;
  /** `pid` where owners were recorded, else empty. */
  readonly owner: string;
  /** Milliseconds from one sample to the next. */
  readonly every: number;
  /** Of the tcptable that recorded. */
  readonly version: string;
  /** The recorded host's, as IANA names it: `Europe/Berlin`. */
  readonly timeZone: string;
  /** The families that were recorded, IPv4 first. */
  readonly families: readonly FamilyMetadata[];
}

/** What a recording says of one family's tables. */
export interface FamilyMetadata {
  /** IPv4 or IPv6. */
  readonly family: Family;
  /** Of the first table: a recording may go on with another one. */
  readonly layout: LayoutName;
  /** Where the tables come from, for people. */
  readonly source: string;
  /** What the system was asked by: `sock_diag`, `GetExtendedTcpTable`, … */
  readonly api: string;
}

const TEXTS = [
  "host",
  "system",
  "release",
  "bootId",
  "networkNamespace",
  "asked",
  "filter",
  "owner",
  "version",
] as const;

/** The metadata of a family's channel. */
export function channelMetadata(
  metadata: CaptureMetadata,
  { family, layout, source, api }: FamilyMetadata,
): [string, string][] {
  return [
    ["family", String(family)],
    ["layout", layout],
    ["rowSize", String(LAYOUTS[layout].rowSize)],
    ...TEXTS.map((name): [string, string] => [name, metadata[name]]),
    ["every", String(metadata.every)],
    ["timeZone", metadata.timeZone],
    ["source", source],
    ["api", api],
  ];
}

/** What the channels of the families say, IPv4 first; what is missing there is empty here. */
export function metadataOf(channels: readonly ReadonlyMap<string, string>[]): CaptureMetadata {
  const text = (name: string): string => {
    for (const channel of channels) if (channel.get(name)) return channel.get(name) as string;
    return "";
  };
  const texts = Object.fromEntries(TEXTS.map((name) => [name, text(name)])) as Record<(typeof TEXTS)[number], string>;
  const every = Number(text("every"));
  const families: FamilyMetadata[] = [];
  for (const channel of channels) {
    const layout = LAYOUT_NAMES.find((name) => name === channel.get("layout"));
    if (!layout) continue;
    const { family } = LAYOUTS[layout];
    families.push({ family, layout, source: channel.get("source") ?? "", api: channel.get("api") ?? "" });
  }
  families.sort((one, other) => one.family - other.family);
  return { ...texts, every: Number.isFinite(every) && every > 0 ? every : 0, timeZone: text("timeZone"), families };
}
