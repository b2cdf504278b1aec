/**
 * What `tcptable view` and its page tell each other over the WebSocket `/live`, whose subprotocol is `tcptable-frame-v1`.
 *
 * The server sends texts of JSON, and frames as binary messages. First a `Hello`; then for each sample a `SampleHead`, and behind it so
 * many frames as that says, one a message. `RecordingNews` and `EndNews` come between samples. A client begins with the oldest sample that the
 * server has, or behind `after` of the WebSocket's address where `session` there is the server's: `/live?session=…&after=12`. Numbers of
 * samples go up by one; where one is left out, the client was too slow, and the next sample has key frames.
 *
 * The client sends a `RecordRequest`, a text of JSON.
 */
import type { CaptureMetadata } from "../capture/metadata.js";

export const SUBPROTOCOL = "tcptable-frame-v1";

export interface Hello {
  readonly kind: "hello";
  /** Of this run of the server. Samples of another one do not belong to these. */
  readonly session: string;
  /** What a recording of the samples would say of itself. */
  readonly metadata: CaptureMetadata;
  /** Number of the newest sample; -1 where there is none so far. */
  readonly newest: number;
}

/** Stands before the frames of a sample. */
export interface SampleHead {
  readonly kind: "sample";
  /** From 0 up, in this session. */
  readonly number: number;
  readonly tick: number;
  /** Wall clock, milliseconds since 1970-01-01 UTC. */
  readonly time: number;
  /** Monotonic clock, milliseconds since the first sample. */
  readonly monotonic: number;
  /** Milliseconds by which it was late. */
  readonly late: number;
  /** Milliseconds that collecting took. */
  readonly duration: number;
  /** Binary messages that follow. */
  readonly frames: number;
}

/** Whether the server writes the samples into a file. Comes behind `Hello`, and whenever that changes. */
export interface RecordingNews {
  readonly kind: "recording";
  /** The file's path; empty where there is none. */
  readonly to: string;
  /** What has ended the recording, or kept it from beginning, for people; empty where nothing has. */
  readonly problem: string;
}

/** There will be no more samples. */
export interface EndNews {
  readonly kind: "end";
  readonly reason: string;
}

export type ServerMessage = Hello | SampleHead | RecordingNews | EndNews;

export interface RecordRequest {
  readonly record: boolean;
}
