import { END_AT } from "../../format/ends.js";
import { ATTRIBUTE_HEADER, attributeAt, INET_DIAG_INFO } from "./netlink.js";

/**
 * Where `struct tcp_info` (`linux/tcp.h`) has its figures, in bytes. It grows at its end only, so that an older kernel's is the
 * beginning of a newer one's: bytes_sent came with Linux 4.19.
 */
const AT = { rtt: 68, total_retrans: 100, bytes_received: 128, data_segs_in: 152, bytes_sent: 200 } as const;

/** All bits set: UNKNOWN_U32, and each half of UNKNOWN_U64. */
const UNKNOWN = -1;

/**
 * Writes what `struct tcp_info` tells of a socket that was destroyed into a record of format/ends.ts. What this kernel's has
 * not, or what was never measured, is unknown.
 *
 * The kernel counts the other end's FIN as a byte that was received, and does not say whether one came: a socket that is destroyed
 * is in TCP_CLOSE and shut down in both directions, whoever closed it, and tcp_info has no flag for it. Only where no segment had data
 * is it sure that no byte did.
 *
 * @param message the event, which has `byteLength` bytes
 * @param words where the records are
 * @param record where in them this one begins, in words
 * @throws {MalformedReplyError} an attribute does not lie within the message
 */
export function writeFigures(message: Int32Array, byteLength: number, words: Int32Array, record: number): void {
  const info = attributeAt(message, byteLength, INET_DIAG_INFO);
  const infoBytes = info === 0 ? 0 : ((message[info] as number) & 0xffff) - ATTRIBUTE_HEADER;
  const figures = info + ATTRIBUTE_HEADER / 4;
  copyLong(message, figures, infoBytes, AT.bytes_sent, words, record + END_AT.bytesSent / 4);
  copyLong(message, figures, infoBytes, AT.bytes_received, words, record + END_AT.bytesReceived / 4);
  if (has(infoBytes, AT.data_segs_in, 4) && message[figures + AT.data_segs_in / 4] === 0)
    words.fill(0, record + END_AT.bytesReceived / 4, record + END_AT.bytesReceived / 4 + 2);
  words[record + END_AT.retransmits / 4] = wordOf(message, figures, infoBytes, AT.total_retrans);
  words[record + END_AT.rtt / 4] = wordOf(message, figures, infoBytes, AT.rtt) || UNKNOWN; // 0: never measured
}

/** Writes that nothing is known. */
export function writeUnknownFigures(words: Int32Array, record: number): void {
  words.fill(UNKNOWN, record + END_AT.bytesSent / 4, record + END_AT.flags / 4);
}

function has(infoBytes: number, at: number, size: number): boolean {
  return at + size <= infoBytes;
}

function wordOf(message: Int32Array, figures: number, infoBytes: number, at: number): number {
  return has(infoBytes, at, 4) ? (message[figures + at / 4] as number) : UNKNOWN;
}

/** Copies a u64, both halves of it. */
function copyLong(message: Int32Array, figures: number, infoBytes: number, at: number, words: Int32Array, to: number) {
  const isThere = has(infoBytes, at, 8);
  words[to] = isThere ? (message[figures + at / 4] as number) : UNKNOWN;
  words[to + 1] = isThere ? (message[figures + at / 4 + 1] as number) : UNKNOWN;
}
