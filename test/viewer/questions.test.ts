import { afterEach, beforeEach, expect, test } from "vitest";
import { Viewer } from "../../src/viewer/model/viewer.js";
import type { WorkerPort } from "../../src/viewer/model/worker-client.js";
import type { Ask, RecordingInfo, Tell } from "../../src/viewer/protocol.js";
import { timeOf } from "../frames/story-frames.js";
import { METADATA } from "../support/recordings.js";

const INFO: RecordingInfo = {
  name: "a.mcap",
  metadata: METADATA,
  start: timeOf(0),
  end: timeOf(100),
  samples: 101,
  bytes: 1000,
  intact: { complete: true, bytes: 1000 },
  isLive: false,
  columns: ["state"],
};

/** A worker that opens everything and answers nothing else. */
class OpeningPort implements WorkerPort {
  readonly asked: Ask["ask"][] = [];
  onmessage: ((event: MessageEvent) => void) | null = null;

  postMessage(message: unknown): void {
    const { id, ask } = message as Ask;
    this.asked.push(ask);
    if (ask === "open") queueMicrotask(() => this.#tell({ id, answer: INFO }));
  }

  #tell(data: Tell): void {
    this.onmessage?.({ data } as MessageEvent);
  }
}

let port: OpeningPort;
let viewer: Viewer;
let end: () => void;
beforeEach(() => {
  port = new OpeningPort();
  viewer = new Viewer(port);
  end = viewer.start();
});
afterEach(() => end());

/** What is asked once a recording is open that a link of this scope names. */
async function askedByLink(scope: "moment" | "recording"): Promise<Ask["ask"][]> {
  const { state } = viewer;
  state.typed.value = "state close-wait";
  state.linked.value = { at: timeOf(50), from: timeOf(40), to: timeOf(60), scope };
  port.asked.length = 0;
  await viewer.open({ kind: "address", address: "http://127.0.0.1/a.mcap" });
  return [...port.asked];
}

test.each(["moment", "recording"] as const)(
  "a link of the scope %s asks for the moment before timeline, overview and scan, for each recording that is opened",
  async (scope) => {
    const others = ["timeline", "overview", ...(scope === "recording" ? ["scan"] : [])].sort();
    viewer.state.columns.value = 800;
    for (let turn = 0; turn < 3; turn++) {
      const [open, first, ...rest] = await askedByLink(scope);
      expect([open, first, rest.sort()]).toEqual(["open", "view", others]);
    }
  },
);
