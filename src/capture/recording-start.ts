import type { Readable } from "./access.js";
import { PROFILE } from "./topics.js";

/** MCAP's magic, the opcode and the length of its header, the length of the profile. */
const PROFILE_AT = 8 + 9 + 4;
const MAGIC = [0x89, 0x4d, 0x43, 0x41, 0x50, 0x30, 0x0d, 0x0a, 0x01];

/** Whether a file begins as a recording of tcptable does. Reads a few bytes alone. */
export async function isRecording(from: Readable): Promise<boolean> {
  const length = PROFILE_AT + PROFILE.length;
  if ((await from.size()) < length) return false;
  const bytes = await from.read(0n, BigInt(length));
  if (MAGIC.some((byte, at) => bytes[at] !== byte)) return false;
  if (bytes[PROFILE_AT - 4] !== PROFILE.length) return false;
  return new TextDecoder().decode(bytes.subarray(PROFILE_AT)) === PROFILE;
}
