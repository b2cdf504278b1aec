import type { ChunkCompression } from "../capture/chunk-file.js";
import type { CaptureMetadata } from "../capture/metadata.js";
import { zstdCompression } from "../capture/node-file.js";
import { type FrameSource, openFrameSource } from "../sampler/frame-source.js";
import { settingsOf } from "../sampler/options.js";
import { DONE, FAILED } from "./exit-codes.js";
import { printText } from "./output.js";
import { durationText } from "./quantities.js";
import type { RecordArguments } from "./record-arguments.js";
import { RecordStatus } from "./record-status.js";
import { recordedMetadata } from "./recorded-metadata.js";
import { RecordedFile, Recorder, type RecorderOptions } from "./recorder.js";
import { deleteOldest, openFirst, openNext } from "./recording-files.js";
import { STDERR } from "./standard-streams.js";
import { onStopSignal } from "./stopping.js";
import { printable } from "./unsafe-text.js";
import { warn } from "./warnings.js";

/** Also the end of a session: a recording goes on until somebody says so, and his terminal is gone then. */
const SIGNALS: readonly NodeJS.Signals[] = ["SIGINT", "SIGTERM", "SIGHUP"];

/** Key frames come where the recording wants them. */
const NEVER = 2 ** 32 - 1;

/**
 * Records this machine's connections into files. Returns the exit code.
 *
 * @param version of tcptable
 * @throws what no message explains
 */
export async function record(what: RecordArguments, version: string): Promise<number> {
  const compression = what.zstd ? await zstdCompression() : undefined;
  if (what.zstd && !compression) {
    await warn(`--zstd takes Node 22.15 or later: this is ${process.version}.`);
    return FAILED;
  }
  let source: FrameSource | undefined;
  const status = new RecordStatus(STDERR.isTTY ? STDERR.stream : process.stderr);
  const options = recorderOptions(what, compression, status, () => recordedMetadata(what, version, source));
  const receiver = new Forwarder();
  source = await openFrameSource(sourceSettings(what), receiver);
  let recorder: Recorder;
  try {
    const file = await openFirst(what.pattern, what.force, new Date());
    recorder = new Recorder(await RecordedFile.begin(file, options), options);
  } catch (error) {
    await source.close();
    return await tellProblem(error as NodeJS.ErrnoException, what, status);
  }
  receiver.to = recorder;
  const { finish } = { finish: () => source?.finish() };
  const stopListening = onStopSignal(finish, SIGNALS);
  if (STDERR.isTTY) await printText(`${introduction(what)}\n`, STDERR);
  const timer = what.duration === undefined ? undefined : setTimeout(finish, what.duration);
  try {
    recorder.start(source);
    await recorder.ended;
    status.end();
  } catch (error) {
    status.end();
    return await tellProblem(error as NodeJS.ErrnoException, what, status);
  } finally {
    clearTimeout(timer);
    stopListening();
  }
  return status.gaps > 0 ? FAILED : DONE;
}

/** Passes on to the recorder, which is made when the source is there. */
class Forwarder {
  to: Recorder | undefined;

  receive(group: Parameters<Recorder["receive"]>[0]): void {
    this.to?.receive(group);
  }

  fail(error: Error): void {
    this.to?.fail(error);
  }
}

function sourceSettings(what: RecordArguments) {
  const { every, filter, families, owner, processes } = what;
  return { ...settingsOf({ every, where: filter, families, owner, names: processes }), keyInterval: NEVER };
}

function recorderOptions(
  what: RecordArguments,
  compression: ChunkCompression | undefined,
  status: RecordStatus,
  metadata: () => CaptureMetadata,
): RecorderOptions {
  const { pattern, rotate, keep } = what;
  return {
    metadata,
    compression,
    openNext: rotate && (() => openNext(pattern, new Date())),
    isFull: rotate && ((file) => isFull(file, rotate)),
    onSample: (group, moment, file) => status.count(group, moment, file.path, file.writer.bytes),
    onFile: async (_, current) => {
      if (keep !== undefined) await deleteOldest(pattern, keep, current);
    },
  };
}

function isFull(file: RecordedFile, rotate: NonNullable<RecordArguments["rotate"]>): boolean {
  if ("bytes" in rotate) return file.writer.bytes >= rotate.bytes;
  return file.lastMonotonic - (file.begun ?? file.lastMonotonic) >= rotate.milliseconds;
}

function introduction({ families, filter, every, duration, pattern }: RecordArguments): string {
  const over = families.length > 1 ? "" : ` over IPv${families[0]}`;
  const which = `TCP connections${over}${filter ? ` that match "${printable(filter.text)}"` : ""}`;
  const until = duration === undefined ? "until Ctrl-C" : `for ${durationText(duration)}`;
  return `tcptable: Recording ${which} into ${printable(pattern.text)}, a sample every ${durationText(every)}, ${until}.`;
}

/**
 * Says what has ended the recording, and how much there is of it.
 *
 * @throws what no message explains
 */
async function tellProblem(error: NodeJS.ErrnoException, what: RecordArguments, status: RecordStatus): Promise<number> {
  if (!("syscall" in error) && error.name !== "CollectError" && error.name !== "UnsupportedSystemError") throw error;
  const path = printable(error.path ?? what.pattern.text);
  const kept = status.samples > 0 ? " What was recorded until then is whole." : "";
  switch (error.code) {
    case "EEXIST":
      await warn(`${path} is there already. Choose another name, or --force to replace it.`);
      break;
    case "ENOSPC":
    case "EDQUOT":
      await warn(`There is no room left for ${path}: the recording has ended.${kept} (${error.message})`);
      break;
    default:
      await warn(`${error.message}${kept && `: the recording has ended.${kept}`}`);
  }
  return FAILED;
}
