import { CorruptFrameError } from "./errors.js";

/** Made when it is first needed: most frames have no text. A mark of byte order is a character like any other. */
let decoder: TextDecoder | undefined;

/** @throws {CorruptFrameError} it is no UTF-8: no writer wrote that */
export function textOf(view: DataView, at: number, byteLength: number): string {
  decoder ??= new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
  try {
    return decoder.decode(new Uint8Array(view.buffer, view.byteOffset + at, byteLength));
  } catch (cause) {
    throw new CorruptFrameError("its text is no UTF-8", { cause });
  }
}
