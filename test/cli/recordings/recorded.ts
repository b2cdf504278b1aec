import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { CaptureMetadata } from "../../../src/capture/metadata.js";
import { openFileWritable } from "../../../src/capture/node-file.js";
import { createCaptureWriter } from "../../../src/capture/writer.js";
import type { MomentSource } from "../../../src/cli/events.js";
import { createStory } from "../../../src/frames/index.js";
import type { FrameGroup } from "../../../src/sampler/frame-group.js";
import { connection, ScriptedEnds, ScriptedNames, ScriptedSampler } from "../../sampler/scripted-sampler.js";
import type { RawRow } from "../../support/tables.js";

/** When the recordings begin: 2023-11-14 23:13:20 in Berlin, UTC+01:00. */
export const START = 1_700_000_000_000;

/** Samples of the recording, one a second. */
export const SAMPLES = 10;

const METADATA: CaptureMetadata = {
  ...{ host: "web-1", system: "linux", release: "6.1.0", bootId: "b", networkNamespace: "4026531840" },
  ...{ asked: "", filter: "", owner: "pid", every: 1000, version: "0.1.0", timeZone: "Europe/Berlin" },
  families: [
    { family: 4, layout: "LINUX_TCPTABLE", source: "a test's rows", api: "test" },
    { family: 6, layout: "LINUX_TCP6TABLE", source: "a test's rows", api: "test" },
  ],
};

const LISTENER: RawRow = {
  ...{ state: 2, localAddress: 0, localPort: 443, remoteAddress: 0, remotePort: 0 },
  ...{ socketCookie: 1n, owningPid: 10, user: 33, inode: 501 },
};
const LISTENER6: RawRow = {
  ...{ state: 2, localAddress: [0, 0, 0, 0], localPort: 22, remoteAddress: [0, 0, 0, 0], remotePort: 0 },
  ...{ socketCookie: 2n, owningPid: 12, user: 0, inode: 502 },
};

/** A client's connection whose cookie is its port. */
function client(port: number, state: number, owningPid: number): RawRow {
  return connection(port, { state, owningPid, user: 1000, inode: 600 + (port % 100) });
}

/** The rows of IPv4 in each sample. */
export const IPV4: readonly (readonly RawRow[])[] = [
  [LISTENER, client(40001, 5, 10)],
  [LISTENER, client(40001, 5, 10), client(40002, 3, 10)],
  [LISTENER, client(40001, 5, 10), client(40002, 5, 10)],
  [LISTENER, client(40001, 8, 10), client(40002, 5, 10)],
  [LISTENER, client(40002, 5, 10)],
  [LISTENER, client(40002, 5, 10)],
  [LISTENER, client(40002, 5, 10)],
  [LISTENER, client(40002, 5, 10)],
  [LISTENER, client(40002, 5, 11)],
  [LISTENER, client(40002, 5, 11), client(40003, 5, 11)],
];

/** In these samples, IPv6 could not be read. */
export const WITHOUT_IPV6 = [5, 6];

/**
 * A sampler of a small machine: connections come, change, end, one between samples; a family is missing for a while, and somebody
 * sets the clock.
 */
class Machine {
  readonly ends = new ScriptedEnds();
  readonly sampler: ScriptedSampler;
  #tick = 0;

  constructor(onGroup?: (group: FrameGroup) => void) {
    const names = new ScriptedNames();
    names.processes.set(10, { name: "nginx", start: START - 1000 });
    names.processes.set(11, { name: "worker", start: START - 1000 });
    names.processes.set(12, { name: "sshd", start: START - 1000 });
    this.sampler = new ScriptedSampler({
      ...{ every: 1000, openEnds: () => this.ends, names },
      ...(onGroup && { onGroup }),
    });
  }

  async next() {
    const tick = this.#tick++;
    const { ipv4, ipv6, clock } = this.sampler;
    if (tick >= SAMPLES) return { done: true as const, value: undefined };
    ipv4.rows = IPV4[tick] ?? [];
    ipv6.rows = WITHOUT_IPV6.includes(tick) ? new Error("no memory") : [LISTENER6];
    if (tick === 4) this.ends.coming = [client(40001, 1, 0), client(40009, 1, 0)];
    if (tick === 7) clock.time += 5000;
    return this.sampler.passing();
  }

  source(): MomentSource {
    const iterator = { next: () => this.next(), [Symbol.asyncIterator]: () => iterator };
    return { ...iterator, finish() {}, return: async () => undefined };
  }
}

/** What `tcptable events` is given on that machine. */
export function liveSource(): MomentSource {
  return new Machine().source();
}

/** Records that machine into a file. */
export async function record(path: string, metadata: Partial<CaptureMetadata> = {}): Promise<void> {
  const file = await openFileWritable(path, { force: true });
  const writer = await createCaptureWriter(file, { ...METADATA, ...metadata });
  const story = await createStory({ engine: "plain" });
  const adding: Promise<void>[] = [];
  const machine = new Machine((group) => adding.push(writer.add(group, story.read(group.frames))));
  while (!(await machine.next()).done) await Promise.all(adding);
  await writer.close();
  await file.close();
}

/** A folder for a test's files. */
export class Folder implements Disposable {
  readonly path = mkdtempSync(join(tmpdir(), "tcptable-"));

  file(name: string): string {
    return join(this.path, name);
  }

  [Symbol.dispose](): void {
    rmSync(this.path, { recursive: true, force: true });
  }
}
