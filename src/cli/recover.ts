import { access, rename, unlink } from "node:fs/promises";
import { CaptureError } from "../capture/errors.js";
import { openFileReadable, openFileWritable, zstdCompression } from "../capture/node-file.js";
import { type Recovered, type RecoverOptions, recoverCapture } from "../capture/recover.js";
import { DONE, FAILED } from "./exit-codes.js";
import { printText } from "./output.js";
import { bytesText, durationText } from "./quantities.js";
import type { RecoverArguments } from "./recover-arguments.js";
import { STDERR, STDOUT } from "./standard-streams.js";
import { onStopSignal } from "./stopping.js";
import { printable } from "./unsafe-text.js";
import { warn } from "./warnings.js";

/** Milliseconds after which, and between which, progress is shown. */
const PATIENCE = 1000;

/**
 * Writes what is intact of a recording into a new file. Returns the exit code.
 *
 * @throws what no message explains
 */
export async function recover(what: RecoverArguments): Promise<number> {
  const compression = what.zstd ? await zstdCompression() : undefined;
  if (what.zstd && !compression) {
    await warn(`--zstd takes Node 22.15 or later: this is ${process.version}.`);
    return FAILED;
  }
  const abort = new AbortController();
  const stopListening = onStopSignal(() => abort.abort());
  const clearProgress = progressOnTerminal();
  try {
    if (!what.force && (await exists(what.to))) {
      await warn(`${printable(what.to)} is there already. Choose another name, or --force to replace it.`);
      return FAILED;
    }
    const options = { compression, signal: abort.signal, progress: clearProgress.show };
    const recovered = await recoverFile(what.broken, what.to, options);
    clearProgress();
    await printText(`${report(what, recovered)}\n`, STDOUT);
    return DONE;
  } catch (error) {
    clearProgress();
    if (abort.signal.aborted) {
      await warn(`Stopped. ${printable(what.to)} was not made.`);
      return FAILED;
    }
    if (!(error instanceof CaptureError) && !(error instanceof Error && "syscall" in error)) throw error;
    await warn(error.message);
    return FAILED;
  } finally {
    stopListening();
  }
}

/** Under another name until it is whole: half a file shall not look like one. */
async function recoverFile(broken: string, to: string, options: RecoverOptions): Promise<Recovered> {
  const from = await openFileReadable(broken);
  const part = `${to}.part`;
  try {
    const file = await openFileWritable(part, { force: true });
    try {
      const recovered = await recoverCapture(from, file, options);
      await file.close();
      await rename(part, to);
      return recovered;
    } catch (error) {
      await file.close();
      await unlink(part);
      throw error;
    }
  } finally {
    await from.close();
  }
}

async function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}

/** What was kept and what was lost, for people. */
export function report({ broken, to }: RecoverArguments, recovered: Recovered): string {
  const { samples, start, end, lostTables, intact, bytes } = recovered;
  const times = `${new Date(start).toISOString()} to ${new Date(end).toISOString()}`;
  const lines = [`kept  ${samples} samples, ${durationText(end - start)}, ${times}, in ${printable(to)}`];
  if (intact.complete && lostTables === 0) lines.push(`lost  nothing: ${printable(broken)} is whole`);
  else if (intact.bytes < bytes) lines.push(`lost  the last ${bytesText(bytes - intact.bytes)} of ${bytesText(bytes)}`);
  if (intact.reason !== undefined) lines.push(`why   ${printable(intact.reason)}`);
  if (lostTables > 0) lines.push(`lost  ${lostTables} tables that start from a damaged one`);
  return lines.join("\n");
}

/** Shows how many samples there are, on a terminal, where it takes long. Call it to clear the line. */
function progressOnTerminal(): { (): void; show(samples: number): void } {
  let next = Date.now() + PATIENCE;
  let isShown = false;
  const clear = () => {
    if (isShown) STDERR.stream.write("\r\x1b[K");
  };
  return Object.assign(clear, {
    show: (samples: number) => {
      if (Date.now() < next || !STDERR.isTTY) return;
      next = Date.now() + PATIENCE / 4;
      isShown = true;
      STDERR.stream.write(`\r${samples} samples\x1b[K`);
    },
  });
}
