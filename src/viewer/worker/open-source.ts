import { blobReadable, type Capture, httpReadable, openCapture, type Readable } from "../../capture/index.js";
import type { LiveState, Source } from "../protocol.js";
import { cachedReadable } from "./block-cache.js";

/** A recording that has been opened, wherever it is. */
export interface OpenedSource {
  readonly capture: Capture;
  readonly name: string;
  readonly isLive: boolean;
  /** Whether the file stays as it is, even if it has no end. */
  readonly isFixed?: boolean;
  /** The file, for recovery; `undefined` in live mode. */
  readonly readable: Readable | undefined;
  /** Live mode: starts or ends recording on this machine. */
  record?(isOn: boolean): Promise<void>;
  close(): void;
}

/** What a live source tells. */
export interface LiveListener {
  /** There are new samples: `capture.refresh()` takes them in. */
  grown(): void;
  state(state: LiveState): void;
}

/** Opens live mode's source. src/viewer/worker/live.ts has the one of `tcptable view`. */
export type OpenLive = (address: string, listener: LiveListener, signal: AbortSignal) => Promise<OpenedSource>;

/**
 * Opens what the page was given.
 *
 * @throws what `openCapture` throws
 */
export async function openSource(
  source: Exclude<Source, { kind: "live" }>,
  signal: AbortSignal,
): Promise<OpenedSource> {
  const file = source.kind === "file" ? blobReadable(source.file) : httpReadable(source.address);
  const readable = cachedReadable(file);
  const capture = await openCapture(readable);
  signal.throwIfAborted();
  const name = source.kind === "file" ? source.name : nameOfAddress(source.address);
  return { capture, name, isLive: false, isFixed: source.kind === "file", readable, close: () => capture.close() };
}

/** The last part of an address's path, as it was meant to be read. */
function nameOfAddress(address: string): string {
  const last = /([^/?#]*)(?:[?#].*)?$/.exec(address)?.[1] || address;
  try {
    return decodeURIComponent(last);
  } catch {
    return last;
  }
}
