import type { WebSocket } from "ws";
import type { SampleHead, ServerMessage } from "./messages.js";
import type { Ring, StoredSample } from "./ring.js";

/** Bytes that may wait for a slow reader. More than that stays in the ring, once for all tabs. */
const MOST_WAITING = 4_000_000;

/** One connection. It reads the ring at its own pace; where that has gone on without it, it goes on at the newest key frames. */
export class Tab {
  readonly #socket: WebSocket;
  readonly #ring: Ring;
  /** Number of the sample that comes next. */
  #next: number;

  /** @param after the number of the last sample that it has; -1 for none */
  constructor(socket: WebSocket, ring: Ring, after: number) {
    this.#socket = socket;
    this.#ring = ring;
    this.#next = after >= ring.first - 1 && after <= ring.newest ? after + 1 : ring.first;
  }

  tell(message: ServerMessage): void {
    this.#socket.send(JSON.stringify(message));
  }

  /** Sends as many samples as there are, and as the reader takes. */
  readonly send = (): void => {
    const socket = this.#socket;
    const ring = this.#ring;
    while (socket.readyState === socket.OPEN && socket.bufferedAmount < MOST_WAITING) {
      if (this.#next < ring.first) this.#next = ring.newestKey;
      const sample = ring.at(this.#next);
      if (!sample) return;
      this.#next++;
      this.#sendSample(sample);
    }
  };

  /** Once what was told has gone. */
  close(): void {
    this.#socket.close(1001);
  }

  #sendSample({ number, tick, time, monotonic, late, duration, frames }: StoredSample): void {
    const head: SampleHead = {
      kind: "sample",
      ...{ number, tick, time, monotonic, late, duration, frames: frames.length },
    };
    this.tell(head);
    for (let at = 0; at < frames.length; at++) {
      // Once the last one has gone, there may be room for more.
      if (at === frames.length - 1) this.#socket.send(frames[at] as Uint8Array, this.send);
      else this.#socket.send(frames[at] as Uint8Array);
    }
  }
}
