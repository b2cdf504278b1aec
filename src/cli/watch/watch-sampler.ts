import type { Family } from "../../format/layouts.js";
import type { FrameGroup } from "../../sampler/frame-group.js";
import { type FrameSource, openFrameSource } from "../../sampler/frame-source.js";
import { type SamplerOptions, settingsOf } from "../../sampler/options.js";
import { type Sampler, StorySampler } from "../../sampler/sampler.js";

/** Whoever gets the groups of frames that are shown. */
export interface GroupSink {
  /** Gets a group. Its frames are valid until this returns. */
  receive(group: FrameGroup): void;
}

/** What `watch` needs of a sampler. */
export interface WatchSampler extends Pick<Sampler, "next" | "return"> {
  /** Gives all groups from now on to somebody else as well, who may be absent. */
  recordInto(sink: GroupSink | undefined): void;
  /** Asks that a recording can begin with the next group. A sampler's first one is such a group. */
  requestKey(): void;
  /** Where a family's tables come from, for people; `undefined` where there are none. */
  sourceOf(family: Family): string | undefined;
}

/** Samples this machine's connections once, for those who look and for the recording: both have the same frames. */
export function openWatchSampler(options: Omit<SamplerOptions, "worker" | "signal">): WatchSampler {
  const settings = settingsOf(options);
  let source: FrameSource | undefined;
  let recording: GroupSink | undefined;
  const sampler = new StorySampler(settings, undefined, async (receiver) => {
    source = await openFrameSource(settings, {
      receive(group) {
        receiver.receive(group);
        recording?.receive(group);
      },
      fail: (error) => receiver.fail(error),
    });
    return source;
  });
  return {
    next: () => sampler.next(),
    return: () => sampler.return(),
    recordInto(sink) {
      recording = sink;
    },
    requestKey: () => source?.requestKey(),
    sourceOf: (family) => source?.sourceOf(family),
  };
}
