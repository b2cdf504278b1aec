/** What can be wrong with a recording. A damaged one is opened as far as it is intact: `Capture.intact` says how far that is. */

/** The base of every error that is thrown for a recording. */
export abstract class CaptureError extends Error {}

/** The bytes are no recording of tcptable: no MCAP file, or one that another program made for another purpose. */
export class NotACaptureError extends CaptureError {
  /** Always `"NotACaptureError"`, also in minified code. */
  override readonly name = "NotACaptureError";
  constructor(what: string) {
    super(`This is no recording of tcptable: ${what}. Choose a file that \`tcptable record\` has made.`);
  }
}

/** The recording has a form that this version does not know. */
export class CaptureVersionError extends CaptureError {
  /** Always `"CaptureVersionError"`, also in minified code. */
  override readonly name = "CaptureVersionError";
  constructor(what: string) {
    super(`The recording is newer than this tcptable: ${what}. Read it with a newer one.`);
  }
}

/** The file ends before its first table does. */
export class TruncatedCaptureError extends CaptureError {
  /** Always `"TruncatedCaptureError"`, also in minified code. */
  override readonly name = "TruncatedCaptureError";
  /** Bytes from the file's start that are intact. */
  readonly intactBytes: number;

  constructor(intactBytes: number, byteLength: number) {
    super(
      `The recording was cut before its first table was whole: of its ${byteLength} bytes, ${intactBytes} are intact. There is nothing in it to read.`,
    );
    this.intactBytes = intactBytes;
  }
}

/** A part of the recording is not what it was. */
export class CorruptCaptureError extends CaptureError {
  /** Always `"CorruptCaptureError"`, also in minified code. */
  override readonly name = "CorruptCaptureError";
  /** Where the part begins: bytes from the file's start. */
  readonly offset: number;

  constructor(offset: number, what: string, options?: ErrorOptions) {
    super(
      `The recording is damaged at byte ${offset}: ${what}. \`tcptable recover\` writes what is intact into a new file.`,
      options,
    );
    this.offset = offset;
  }
}

/** A part of the recording says that it is larger than what is read of a file that nobody vouches for. */
export class CaptureTooLargeError extends CaptureError {
  /** Always `"CaptureTooLargeError"`, also in minified code. */
  override readonly name = "CaptureTooLargeError";
  /** Bytes that the part says it has. */
  readonly byteLength: number;
  /** Bytes that it may have. */
  readonly limit: number;

  constructor(what: string, offset: number, byteLength: number, limit: number) {
    super(
      `${what} at byte ${offset} of the recording has ${byteLength} bytes, more than the ${limit} that are allowed. If the file is to be trusted, raise maxTableBytes.`,
    );
    this.byteLength = byteLength;
    this.limit = limit;
  }
}

/** The file could not be read: the server gave something else than what was asked for, or the file is another one by now. */
export class CaptureAccessError extends CaptureError {
  /** Always `"CaptureAccessError"`, also in minified code. */
  override readonly name = "CaptureAccessError";
}
