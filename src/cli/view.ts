import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { openFileReadable } from "../capture/node-file.js";
import { isRecording } from "../capture/recording-start.js";
import { Broadcast } from "../live/broadcast.js";
import type { RecordingNews } from "../live/messages.js";
import { openViewServer, type ViewServer } from "../live/server.js";
import { type FrameSource, openFrameSource } from "../sampler/frame-source.js";
import { settingsOf } from "../sampler/options.js";
import { answerWith } from "./answer.js";
import { DONE, FAILED } from "./exit-codes.js";
import { tellFailure } from "./failures.js";
import { openBrowser } from "./open-browser.js";
import { printText } from "./output.js";
import { metadataOf } from "./record-metadata.js";
import { NamePattern, openNext } from "./recording-files.js";
import { STDERR, STDOUT } from "./standard-streams.js";
import { onStopSignal } from "./stopping.js";
import { printable } from "./unsafe-text.js";
import { readVersion } from "./version.js";
import { parseViewLine, type ViewArguments } from "./view-arguments.js";
import { warn } from "./warnings.js";

/** Also the end of a session: what is recorded is made whole. */
const SIGNALS: readonly NodeJS.Signals[] = ["SIGINT", "SIGTERM", "SIGHUP"];

/** Key frames come where ring and recording want them. */
const NEVER = 2 ** 32 - 1;

/** Where the page's recordings go: the folder that the command was started in. */
const RECORDINGS = new NamePattern("tcptable-%Y%m%d-%H%M%S.mcap");

/**
 * `tcptable view`, a bundle of its own, see build.mjs: no other command has a server. Returns the exit code.
 *
 * @param words the words after `tcptable view`
 * @throws what no message explains
 */
export async function view(words: readonly string[]): Promise<number> {
  const parsed = parseViewLine(words);
  switch (parsed.kind) {
    case "text":
    case "mistake":
      return await answerWith(parsed);
    case "view":
      try {
        return await serve(parsed.arguments);
      } catch (error) {
        return await tellFailure(error);
      }
  }
}

/** @throws what keeps it from beginning */
async function serve(what: ViewArguments): Promise<number> {
  const { file, port } = what;
  if (file !== undefined && !(await holdsRecording(file))) {
    await warn(`${printable(file)} is no recording of tcptable.`);
    return FAILED;
  }
  const stopped = new Promise<void>((resolve) => onStopSignal(resolve, SIGNALS));
  const broadcast = file === undefined ? await openBroadcast(what) : undefined;
  let server: ViewServer | undefined;
  try {
    server = await openViewServer({ page: pageFolder(), port, recording: file, broadcast });
    if (what.records) await broadcast?.record(true);
    await tellLink(server, what);
    await stopped;
    return DONE;
  } finally {
    await broadcast?.close();
    await server?.close();
  }
}

/** @throws what the system says */
async function holdsRecording(path: string): Promise<boolean> {
  const file = await openFileReadable(path);
  try {
    return await isRecording(file);
  } finally {
    await file.close();
  }
}

/** Begins to sample. @throws what keeps it from that */
async function openBroadcast(what: ViewArguments): Promise<Broadcast> {
  const { every, families, owner, processes } = what;
  const version = readVersion();
  let source: FrameSource | undefined;
  const broadcast = new Broadcast({
    metadata: () => metadataOf(what, version, source),
    openRecording: () => openNext(RECORDINGS, new Date()),
    onRecording: recordingTeller(),
    onFailure: (error) => void warn(`There are no more samples: ${error.message}`),
  });
  const settings = { ...settingsOf({ every, families, owner, names: processes }), keyInterval: NEVER };
  source = await openFrameSource(settings, broadcast);
  broadcast.start(source);
  return broadcast;
}

/** Tells in the terminal what is recorded: pages can begin and end that. */
function recordingTeller(): (news: RecordingNews) => void {
  let before = "";
  return ({ to, problem }) => {
    if (problem) void warn(`The recording${before && ` into ${printable(before)}`} has ended: ${problem}`);
    else if (to && to !== before) void warn(`Recording into ${printable(to)}.`);
    else if (before && !to) void warn(`The recording ${printable(before)} is whole.`);
    before = to;
  };
}

async function tellLink(server: ViewServer, { opens, file }: ViewArguments): Promise<void> {
  await printText(`${server.link}\n`, STDOUT);
  if (STDERR.isTTY) {
    const shown = file === undefined ? "This machine's connections" : printable(file);
    await printText(`tcptable: ${shown} can be seen there, until Ctrl-C. Who has the link may see it.\n`, STDERR);
  }
  if (opens && !(await openBrowser(server.issueOpeningLink())))
    await warn("No browser could be opened: open the link yourself.");
}

/** As far away from the sources as from the command that is made of them. */
function pageFolder(): string {
  return join(dirname(createRequire(import.meta.url).resolve("../../package.json")), "dist", "viewer");
}
