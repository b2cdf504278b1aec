import type { Exported } from "../protocol.js";

/** Lets the browser save a file, under its name. */
export function saveFile(exported: Exported): void {
  const address = URL.createObjectURL(exported.file);
  const link = document.createElement("a");
  link.href = address;
  link.download = exported.name;
  link.click();
  // The browser reads it after this turn.
  setTimeout(() => URL.revokeObjectURL(address), 60_000);
}
