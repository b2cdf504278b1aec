// A recorder that says on standard output when it has made each sample, for tests that kill it. Run as: program file milliseconds.
import { writeSync } from "node:fs";
import { openFileWritable } from "../../../src/capture/node-file.js";
import { RecordedFile, Recorder, type RecorderOptions } from "../../../src/cli/recorder.js";
import type { FrameGroup, GroupReceiver } from "../../../src/sampler/frame-group.js";
import { openFrameSource } from "../../../src/sampler/frame-source.js";
import { settingsOf } from "../../../src/sampler/options.js";
import { METADATA } from "../../capture/writing/disk.js";

const [path = "", every = "20"] = process.argv.slice(2);
const options: RecorderOptions = {
  metadata: () => METADATA,
  onSample: ({ monotonic }) => writeSync(1, `${monotonic}\n`),
};
const file = await RecordedFile.begin({ path, to: await openFileWritable(path) }, options);
const recorder = new Recorder(file, options);
const receiver: GroupReceiver = {
  receive: (group: FrameGroup) => recorder.receive(group),
  fail: (error) => recorder.fail(error),
};
recorder.start(await openFrameSource({ ...settingsOf({ every: Number(every) }), keyInterval: 2 ** 31 }, receiver));
await recorder.ended;
