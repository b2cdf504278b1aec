import { fstatSync } from "node:fs";
import { closedPipeQuestion } from "../system/system.js";

/** Milliseconds between two questions: soon enough for a person, and each takes a microsecond. */
const INTERVAL = 100;

/**
 * Calls `act` once when the reader of a pipe has gone, as in `| head -n 1`. A write would be told so; but a command that has
 * nothing to write would never end. Does nothing for files and terminals, nor on a system that can't be asked.
 *
 * @returns stops watching
 */
export function onClosedPipe(descriptor: number, act: () => void): () => void {
  const isClosed = isPipe(descriptor) ? askable(descriptor) : undefined;
  if (!isClosed) return () => {};
  const timer = setInterval(() => {
    if (!isClosed()) return;
    clearInterval(timer);
    act();
  }, INTERVAL);
  timer.unref();
  return () => clearInterval(timer);
}

function isPipe(descriptor: number): boolean {
  try {
    const file = fstatSync(descriptor);
    return file.isFIFO() || file.isSocket();
  } catch {
    return false; // closed by who started the command
  }
}

function askable(descriptor: number): (() => boolean) | undefined {
  try {
    return closedPipeQuestion(descriptor);
  } catch {
    return undefined; // without koffi, the next write tells it
  }
}
