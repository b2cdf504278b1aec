import type { AbortSignalLike } from "../format/abort.js";
import { wordAt } from "../format/header.js";
import { LAYOUT_NAMES, LAYOUTS } from "../format/layouts.js";
import { AT, HEADER, MAGIC } from "../frames/header.js";
import type { ChunkPlace } from "./chunk-place.js";
import type { ChunkReader } from "./chunks.js";
import { type CaptureTooLargeError, CorruptCaptureError } from "./errors.js";
import { type Channel, OPCODE, RecordCursor, readChannel } from "./records.js";
import { FRAME_ENCODING } from "./topics.js";
import type { RecordedGroup } from "./types.js";

/** A group, and where its first chunk lies in the file. */
export interface PlacedGroup extends RecordedGroup {
  readonly frames: Uint8Array[];
  readonly offset: number;
}

/** What came out of one chunk. The last group of the chunk may come with the next one, where it goes on. */
export interface GroupBatch {
  readonly groups: readonly PlacedGroup[];
  readonly error: CorruptCaptureError | CaptureTooLargeError | undefined;
}

/** Makes the frames in chunks groups of one tick each. Damaged chunks have no groups. */
export async function* readGroups(
  chunks: ChunkReader,
  channels: Map<number, Channel>,
  places: readonly ChunkPlace[],
  signal?: AbortSignalLike,
): AsyncGenerator<GroupBatch, void, undefined> {
  let last: PlacedGroup | undefined;
  for await (const { place, records, error } of chunks.read(places, signal)) {
    const groups: PlacedGroup[] = last ? [last] : [];
    let damage = error;
    try {
      if (!damage) addGroups(groups, records, place.offset, channels);
    } catch (cause) {
      if (!(cause instanceof CorruptCaptureError)) throw cause;
      damage = cause;
    }
    last = groups.pop();
    if (groups.length > 0 || damage) yield { groups, error: damage };
  }
  if (last) yield { groups: [last], error: undefined };
}

function addGroups(groups: PlacedGroup[], records: Uint8Array, offset: number, channels: Map<number, Channel>): void {
  const cursor = new RecordCursor(records, offset);
  let tick = groups.at(-1)?.tick;
  let group = groups.at(-1);
  while (cursor.next()) {
    if (cursor.opcode === OPCODE.channel) addChannel(channels, records.subarray(cursor.at, cursor.end), offset);
    if (cursor.opcode !== OPCODE.message) continue;
    const channel = channels.get(cursor.channelId);
    if (channel && channel.messageEncoding !== FRAME_ENCODING) continue;
    const frame = records.subarray(cursor.dataAt, cursor.end);
    // Where the channel's record is in a chunk that was not read: a frame shows what it is.
    if (!isFrame(frame)) {
      if (channel) throw new CorruptCaptureError(offset, `message ${cursor.sequence} is no frame`);
      continue;
    }
    if (!group || cursor.sequence !== tick) {
      const { view, dataAt } = cursor;
      const time = view.getFloat64(dataAt + AT.time, true);
      const monotonic = view.getFloat64(dataAt + AT.monotonic, true);
      tick = cursor.sequence;
      group = { tick, time, monotonic, frames: [], offset };
      groups.push(group);
    }
    group.frames.push(frame);
  }
}

function isFrame(data: Uint8Array): boolean {
  return data.length >= HEADER && wordAt(data, AT.magic) === MAGIC;
}

/** Takes in a channel's record that lies in a chunk. */
function addChannel(channels: Map<number, Channel>, content: Uint8Array, offset: number): void {
  const channel = readChannel(content);
  if (!channel) throw new CorruptCaptureError(offset, "a channel's record is damaged");
  if (!channels.has(channel.id)) channels.set(channel.id, channel);
}

/** The channels whose records lie in a chunk, and the messages of one encoding. */
export function messagesOf(
  records: Uint8Array,
  offset: number,
  channels: Map<number, Channel>,
  encoding: string,
): Uint8Array[] {
  const cursor = new RecordCursor(records, offset);
  const found: Uint8Array[] = [];
  while (cursor.next()) {
    if (cursor.opcode === OPCODE.channel) addChannel(channels, records.subarray(cursor.at, cursor.end), offset);
    else if (cursor.opcode === OPCODE.message && channels.get(cursor.channelId)?.messageEncoding === encoding)
      found.push(records.subarray(cursor.dataAt, cursor.end));
  }
  return found;
}

export function kindOf(frame: Uint8Array): number {
  return frame[AT.kind] as number;
}

/** The family of a frame by its layout; 0 where that is none. */
export function familyOf(frame: Uint8Array): 4 | 6 | 0 {
  const code = (frame[AT.layout] as number) | ((frame[AT.layout + 1] as number) << 8);
  for (const name of LAYOUT_NAMES) if (LAYOUTS[name].code === code) return LAYOUTS[name].family;
  return 0;
}

/** Whether two frames are of one stream. */
export function isOfStream(frame: Uint8Array, other: Uint8Array): boolean {
  for (let byte = AT.stream; byte < AT.stream + 8; byte++) if (frame[byte] !== other[byte]) return false;
  return true;
}
