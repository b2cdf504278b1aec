/** Bytes from hexadecimal text, in which blanks and line ends are free and `#` starts a comment. */
export function hex(text: string): Uint8Array {
  return Uint8Array.from(Buffer.from(text.replace(/#.*$/gm, "").replace(/\s/g, ""), "hex"));
}
