import type { ScanResult } from "../capture/types.js";
import { wantsColour } from "./colours.js";
import { DONE, FAILED } from "./exit-codes.js";
import { csvLines, jsonLines, ndjsonLines } from "./formats.js";
import { lifeColumns, lifeRecord, lifeValues } from "./life-records.js";
import { lifeLines } from "./life-text.js";
import { print } from "./output.js";
import { Progress } from "./progress.js";
import { type Recording, rangeOf, withRecording } from "./recording.js";
import type { ScanArguments } from "./scan-arguments.js";
import { STDOUT } from "./standard-streams.js";
import { onStopSignal } from "./stopping.js";
import { Zone } from "./times.js";
import { warn } from "./warnings.js";

/** Looks for connections in a recording, and prints how they lived. Returns the exit code. */
export async function scan(what: ScanArguments): Promise<number> {
  return withRecording(what.file, what.engine, async (recording) => {
    const result = await lookFor(recording, what);
    if (!result) {
      await warn("Stopped. Nothing is shown of what was found so far.");
      return FAILED;
    }
    await print(linesOf(result, recording, what), STDOUT);
    if (result.count > result.lives.length)
      await warn(`${result.count} connections matched. Those that were found first are told: ${result.lives.length}.`);
    return DONE;
  });
}

/** `undefined` where a signal has stopped it. */
async function lookFor({ capture, span }: Recording, what: ScanArguments): Promise<ScanResult | undefined> {
  const stopping = new AbortController();
  const { signal } = stopping;
  const stopListening = onStopSignal(() => stopping.abort());
  const progress = new Progress("Scanning");
  try {
    return await capture.scan(what.filter, {
      ...rangeOf(what, span),
      signal,
      progress: ({ fraction }) => progress.show(fraction),
    });
  } catch (error) {
    if (signal.aborted) return undefined;
    throw error;
  } finally {
    progress.hide();
    stopListening();
  }
}

function linesOf(result: ScanResult, { capture, span }: Recording, what: ScanArguments): Iterable<string> {
  const { format, header } = what;
  const lives = result.lives.slice(0, what.limit);
  const owners = capture.metadata.owner !== "";
  switch (format) {
    case "json":
      return jsonLines(lives.map((life) => lifeRecord(life, owners)));
    case "ndjson":
      return ndjsonLines(lives.map((life) => lifeRecord(life, owners)));
    case "csv":
      return csvLines(
        lives.map((life) => lifeValues(life, owners)),
        lifeColumns(owners),
        { header, onTerminal: STDOUT.isTTY },
      );
    case "table": {
      const zone = what.utc ? new Zone("UTC") : span.zone;
      return lifeLines(lives, { header, colour: wantsColour(STDOUT, process.env), zone, owners });
    }
  }
}
