import { join } from "node:path";
import type { EngineName } from "../../decoder/table/engine.js";
import { metadataOf, type Recorded } from "../record-metadata.js";
import { RecordedFile, Recorder } from "../recorder.js";
import { NamePattern, openNext } from "../recording-files.js";
import { readVersion } from "../version.js";
import type { RunningRecording } from "./recording-switch.js";
import type { WatchSampler } from "./watch-sampler.js";

/** What a recording's name is made of: the time here. */
const NAME = "tcptable-%Y%m%d-%H%M%S.mcap";

/**
 * Makes a file, under a name by the time that no other file has, for what a sampler gives from now on: all connections of its
 * families, whatever the filter shows of them.
 *
 * @param folder where the file is made
 * @throws what the system says
 */
export async function beginRecording(
  sampler: Pick<WatchSampler, "requestKey" | "sourceOf">,
  what: Omit<Recorded, "filter"> & { readonly engine: EngineName | undefined },
  folder = ".",
): Promise<RunningRecording> {
  const options = {
    engine: what.engine,
    metadata: () => metadataOf({ ...what, filter: undefined }, readVersion(), sampler),
  };
  const since = Date.now();
  const file = await RecordedFile.begin(await openNext(new NamePattern(join(folder, NAME)), new Date(since)), options);
  const recorder = new Recorder(file, options);
  recorder.start({
    // Who looks asks for the groups, and closes their source.
    request: () => {},
    finish: () => {},
    close: async () => {},
    requestKey: () => sampler.requestKey(),
  });
  sampler.requestKey();
  return {
    path: file.path,
    since,
    ended: recorder.ended,
    get samples() {
      return file.writer.samples;
    },
    get bytes() {
      return file.writer.bytes;
    },
    receive: (group) => recorder.receive(group),
    end: () => recorder.end(),
  };
}
