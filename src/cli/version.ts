import { createRequire } from "node:module";

/** The version of this tcptable. */
export function readVersion(): string {
  // As far away from the sources as from the command that is made of them.
  const { version } = createRequire(import.meta.url)("../../package.json") as { version: string };
  return version;
}
