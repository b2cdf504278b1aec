import { wordAt } from "../format/header.js";
import { type Family, LAYOUT_NAMES, LAYOUTS, type LayoutName } from "../format/layouts.js";
import { AT, DELTA, ENDS, GAP, HEADER, KEY, MAGIC, NAMES } from "../frames/header.js";

/** A recording's channels, and which frames are in which. format.md tells what they mean. */

/** The profile of MCAP's header. */
export const PROFILE = "tcptable";

export type Topic = "ipv4" | "ipv6" | "ends" | "names" | "summaries";

/** In the order of the numbers of their channels, which are 1 to 5 in what is written here. A reader goes by their names. */
export const TOPICS: readonly Topic[] = ["ipv4", "ipv6", "ends", "names", "summaries"];

export const FRAME_ENCODING = "tcptable-frame-v1";
export const SUMMARIES_ENCODING = "tcptable-summaries-v1";

/** The topic of a family's tables and gaps. */
export function topicOf(family: Family): Topic {
  return family === 4 ? "ipv4" : "ipv6";
}

/** What a frame's header says; `undefined` for bytes that are no frame. Only its start is looked at. */
export function describeFrame(frame: Uint8Array): DescribedFrame | undefined {
  if (frame.length < HEADER || wordAt(frame, AT.magic) !== MAGIC) return undefined;
  const kind = frame[AT.kind] as number;
  const code = (frame[AT.layout] as number) | ((frame[AT.layout + 1] as number) << 8);
  const layout = LAYOUT_NAMES.find((name) => LAYOUTS[name].code === code);
  return { kind, layout, topic: topicOfFrame(kind, layout) };
}

export interface DescribedFrame {
  readonly kind: number;
  readonly layout: LayoutName | undefined;
  /** Where it belongs; `undefined` where its kind is not known, or no layout has its code. */
  readonly topic: Topic | undefined;
}

function topicOfFrame(kind: number, layout: LayoutName | undefined): Topic | undefined {
  if (kind === NAMES) return "names";
  if (!layout) return undefined;
  if (kind === ENDS) return "ends";
  return kind === KEY || kind === DELTA || kind === GAP ? topicOf(LAYOUTS[layout].family) : undefined;
}
