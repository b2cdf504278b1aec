import { LANES, lowerWord, mixLanes, upperWord } from "../../src/frames/checksum.js";
import { AT } from "../../src/frames/header.js";

/** Gives a frame, whatever was done to it, the checksum that its bytes make: then nothing but its own checks find what is wrong. */
export function mendChecksum(frame: Uint8Array): Uint8Array {
  const view = new DataView(frame.buffer, frame.byteOffset, frame.byteLength);
  const lanes = Int32Array.from(LANES);
  view.setBigUint64(AT.checksum, 0n);
  mixLanes(view, 0, frame.length - (frame.length % 16), lanes);
  view.setUint32(AT.checksum, lowerWord(lanes, frame.length), true);
  view.setUint32(AT.checksum + 4, upperWord(lanes, frame.length), true);
  return frame;
}
