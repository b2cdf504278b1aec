import type { AbortSignalLike } from "../format/abort.js";
import type { Readable } from "./access.js";
import { CaptureAccessError } from "./errors.js";

/** How a file on a server is fetched. */
export interface HttpOptions {
  /** Ends what is being fetched: what `fetch` throws then is thrown. */
  readonly signal?: AbortSignalLike | undefined;
  /** Instead of the platform's own; what it is given and gives is what the platform's own is and does. */
  readonly fetch?:
    | ((url: string, options: { readonly headers: { readonly Range: string } }) => Promise<object>)
    | undefined;
}

/**
 * A file on a server, of which only those parts are fetched that are read: the server must answer ranges (RFC 9110, 14). One that
 * grows is the same file as long as what it had stays.
 */
export function httpReadable(url: string, options: HttpOptions = {}): Readable {
  const { signal } = options;
  const fetchPart = (options.fetch ?? fetch) as typeof fetch;
  /** What the file was known by first. */
  let etag: string | undefined;
  let size = 0;

  const get = async (first: number, last: number): Promise<Response> => {
    const response = await fetchPart(url, {
      headers: { Range: `bytes=${first}-${last}` },
      // Else a cache may answer with parts of what a file has been.
      cache: "no-store",
      ...(signal ? { signal: signal as AbortSignal } : undefined),
    });
    if (response.status === 206) return response;
    await response.body?.cancel();
    if (response.status === 200)
      throw new CaptureAccessError(
        `The server sends the whole of ${url} where a part was asked for (HTTP 200 instead of 206). Serve it by one that answers ranges, or download it.`,
      );
    throw new CaptureAccessError(`${url} can't be read: the server answers HTTP ${response.status}.`);
  };

  /** The size that an answer tells: of `bytes 0-0/1234`. */
  const sizeOf = (response: Response, first: number): number => {
    const range = /^bytes (\d+)-\d+\/(\d+)$/.exec(response.headers.get("Content-Range") ?? "");
    if (!range || Number(range[1]) !== first)
      throw new CaptureAccessError(
        `The server's answer for ${url} does not say which part it is: Content-Range is ${response.headers.get("Content-Range")}.`,
      );
    return Number(range[2]);
  };

  const mustBeSame = (response: Response, now: number): void => {
    const tag = response.headers.get("ETag") ?? undefined;
    // A file that has grown has another tag.
    if (now < size || (now === size && etag !== undefined && tag !== undefined && tag !== etag))
      throw new CaptureAccessError(`${url} is another file than before. Open it again.`);
    if (now > size || etag === undefined) etag = tag;
    size = now;
  };

  return {
    async size() {
      const response = await get(0, 0);
      const now = sizeOf(response, 0);
      await response.arrayBuffer();
      mustBeSame(response, now);
      return BigInt(now);
    },
    async read(offset, length) {
      if (length === 0n) return new Uint8Array(0);
      const [first, last] = [Number(offset), Number(offset + length) - 1];
      const response = await get(first, last);
      mustBeSame(response, sizeOf(response, first));
      const bytes = new Uint8Array(await response.arrayBuffer());
      if (bytes.length !== Number(length))
        throw new CaptureAccessError(`The server sent ${bytes.length} bytes of ${url} where ${length} were asked for.`);
      return bytes;
    },
  };
}
