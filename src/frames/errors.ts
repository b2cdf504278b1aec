/** What can be wrong with a frame. After any of these a reader goes on with the next good frame of its stream. */

/** The base of every error that a frame's reader throws for the frame. */
export abstract class FrameError extends Error {}

/** The bytes are no frame at all: they do not begin with "TCPF". */
export class NotAFrameError extends FrameError {
  /** `"NotAFrameError"`, also in minified code. */
  override readonly name = "NotAFrameError";
  constructor(first: string) {
    super(
      `These bytes are no frame: they begin with ${first}, not with 54 43 50 46 ("TCPF"). Pass one whole frame, from its first byte on.`,
    );
  }
}

/** The frame is of a version of the format that this reader does not know. */
export class FrameVersionError extends FrameError {
  /** `"FrameVersionError"`, also in minified code. */
  override readonly name = "FrameVersionError";
  /** The frame's own. */
  readonly version: number;

  constructor(version: number, known: number) {
    super(
      `The frame is of version ${version} of the format; this reader knows version ${known}. Read it with a newer tcptable.`,
    );
    this.version = version;
  }
}

/** There are not as many bytes as the frame says that it has. */
export class TruncatedFrameError extends FrameError {
  /** `"TruncatedFrameError"`, also in minified code. */
  override readonly name = "TruncatedFrameError";
  /** Bytes that were given. */
  readonly byteLength: number;
  /** Bytes that the frame has by its header, or that a header takes. */
  readonly requiredByteLength: number;

  constructor(byteLength: number, requiredByteLength: number) {
    super(
      `The frame takes ${requiredByteLength} bytes, but there are ${byteLength}. It was cut: get it again, or wait for the next key frame.`,
    );
    this.byteLength = byteLength;
    this.requiredByteLength = requiredByteLength;
  }
}

/** The frame is not what it was: its checksum, or what it says of itself, is wrong. */
export class CorruptFrameError extends FrameError {
  /** `"CorruptFrameError"`, also in minified code. */
  override readonly name = "CorruptFrameError";
  constructor(what: string, options?: ErrorOptions) {
    super(`The frame is corrupt: ${what}. Get it again, or wait for the next key frame.`, options);
  }
}

/** The delta starts from a table that the reader has not. */
export class MissingBaseError extends FrameError {
  /** `"MissingBaseError"`, also in minified code. */
  override readonly name = "MissingBaseError";
  /** Sequence of the frame whose table it starts from. */
  readonly base: number;
  /** Sequence of the frame whose table the reader has; `undefined` for none of that stream. */
  readonly sequence: number | undefined;

  constructor(base: number, sequence: number | undefined) {
    super(
      `The delta starts from the table of frame ${base}, but the reader has ${sequence === undefined ? "no table of that stream" : `that of frame ${sequence}`}. Frames were lost: wait for the next key frame, or ask for one.`,
    );
    this.base = base;
    this.sequence = sequence;
  }
}

/** The frame, the table in it, or the list of the ends that came before a table, is larger than the reader's limit. */
export class FrameTooLargeError extends FrameError {
  /** `"FrameTooLargeError"`, also in minified code. */
  override readonly name = "FrameTooLargeError";
  /** Bytes that it would take. */
  readonly byteLength: number;
  /** Bytes that the reader allows. */
  readonly limit: number;

  constructor(what: "frame" | "table" | "list of ends", byteLength: number, limit: number) {
    super(
      `The ${what} has ${byteLength} bytes, more than the ${limit} that are allowed. If it is to be trusted, raise maxTableBytes.`,
    );
    this.byteLength = byteLength;
    this.limit = limit;
  }
}
