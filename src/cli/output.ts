import type { Writable } from "node:stream";
import { StandardStream } from "./standard-streams.js";

/** Characters written at a time: few calls for a large table, and a reader such as `head` soon gets its first lines. */
const CHUNK_LENGTH = 1 << 16;

/**
 * Writes lines, and waits for a slow reader. Ends quietly when the reader has gone, as `| head` does.
 *
 * @throws what the system says, when it can't write for another reason: a full disk
 */
export async function print(lines: Iterable<string>, to: Writable | StandardStream): Promise<void> {
  try {
    for (const chunk of inChunks(lines)) await write(chunk, to);
  } catch (error) {
    if (!isClosedPipe(error)) throw error;
  }
}

/** Writes a text as it is; otherwise like `print`. */
export async function printText(text: string, to: Writable | StandardStream): Promise<void> {
  await print([text.replace(/\n$/, "")], to);
}

async function write(chunk: string, to: Writable | StandardStream): Promise<void> {
  if (!(to instanceof StandardStream)) return writeToStream(chunk, to);
  const rest = to.writeDirectly(chunk);
  if (rest.length > 0) await writeToStream(rest, to.stream);
}

function writeToStream(chunk: string | Uint8Array, to: Writable): Promise<void> {
  // Once for a stream, and for good: the event of a failed write comes after its callback.
  if (!to.listeners("error").includes(leaveToCallback)) to.on("error", leaveToCallback);
  return new Promise((resolve, reject) => {
    to.write(chunk, (error) => (error ? reject(error) : resolve()));
  });
}

/** Each write's callback tells of its failure. Without a listener, the event would end the program. */
function leaveToCallback(): void {}

function* inChunks(lines: Iterable<string>): Generator<string> {
  let chunk = "";
  for (const line of lines) {
    chunk += `${line}\n`;
    if (chunk.length >= CHUNK_LENGTH) {
      yield chunk;
      chunk = "";
    }
  }
  if (chunk) yield chunk;
}

/** Windows says EOF where others say EPIPE. */
function isClosedPipe(error: unknown): boolean {
  return error instanceof Error && "code" in error && (error.code === "EPIPE" || error.code === "EOF");
}
