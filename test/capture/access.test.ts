import { once } from "node:events";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { blobReadable, CaptureAccessError, httpReadable, openCapture } from "../../src/capture/index.js";
import { timeOf } from "../frames/story-frames.js";
import { BUSY_TICKS } from "../support/busy-ticks.js";
import { MemoryFile, record, TestRecorder } from "../support/recordings.js";

type Answer = (request: IncomingMessage, response: ServerResponse) => void;

let answer: Answer = () => {};
let url: string;
const server = createServer((request, response) => answer(request, response));
beforeAll(async () => {
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/recording.mcap`;
});
afterAll(async () => {
  server.close();
  server.closeAllConnections();
  await once(server, "close");
});

/** A server that knows ranges. */
function serve(bytes: () => Uint8Array, etag = () => `"1"`): Answer {
  return ({ headers }, response) => {
    const [, first, last] = /^bytes=(\d+)-(\d+)$/.exec(headers.range ?? "") ?? [];
    const end = Math.min(Number(last) + 1, bytes().length);
    response.writeHead(206, { "Content-Range": `bytes ${first}-${end - 1}/${bytes().length}`, ETag: etag() });
    response.end(bytes().subarray(Number(first), end));
  };
}

test("a recording is read from a Blob, as a page has it", async () => {
  const { bytes } = await record(BUSY_TICKS);
  const blob = new Blob([bytes.slice()]);
  const capture = await openCapture(blobReadable(blob));
  expect((await capture.at(timeOf(20))).tick).toBe(20);
  await expect(blobReadable(blob).read(0n, BigInt(bytes.length + 1))).rejects.toThrow(CaptureAccessError);
});

describe("a recording over HTTP", () => {
  test("a recording over HTTP is read by ranges, and not as a whole", async () => {
    const { bytes } = await record(BUSY_TICKS);
    let sent = 0;
    const parts = serve(() => bytes);
    answer = (request, response) => {
      const end = response.end.bind(response);
      response.end = ((part: Uint8Array) => {
        sent += part.length;
        return end(part);
      }) as never;
      parts(request, response);
    };
    const capture = await openCapture(httpReadable(url));
    expect(capture.samples).toBe(40);
    expect(sent).toBeLessThan(bytes.length / 2);
  });

  test("a server that answers a range with the whole file is told of, not read to its end", async () => {
    const { bytes } = await record(BUSY_TICKS);
    answer = (_, response) => response.end(bytes);
    await expect(openCapture(httpReadable(url))).rejects.toThrow(/HTTP 200 instead of 206/);
  });

  test.each([404, 416, 500])("an answer of HTTP %i is an error that names it", async (status) => {
    answer = (_, response) => response.writeHead(status).end();
    await expect(openCapture(httpReadable(url))).rejects.toThrow(`answers HTTP ${status}`);
  });

  test("an answer that tells another part, or fewer bytes, than was asked for is refused", async () => {
    answer = (_, response) => response.writeHead(206, { "Content-Range": "bytes 5-9/10" }).end("12345");
    await expect(openCapture(httpReadable(url))).rejects.toThrow(/does not say which part/);
    answer = (_, response) => response.writeHead(206).end("12345");
    await expect(openCapture(httpReadable(url))).rejects.toThrow(/does not say which part/);
    answer = (_, response) => response.writeHead(206, { "Content-Range": "bytes 0-0/100" }).end("1");
    await expect(openCapture(httpReadable(url))).rejects.toThrow(/sent 1 bytes/);
  });

  test("a file that is replaced meanwhile is noticed, by its tag or its length; one that grows is read on", async () => {
    const file = new MemoryFile();
    const recorder = await TestRecorder.open(file);
    for (const tick of BUSY_TICKS.slice(0, 20)) await recorder.add(tick);
    let etag = `"1"`;
    answer = serve(
      () => file.bytes,
      () => etag,
    );
    const capture = await openCapture(httpReadable(url));
    const { samples } = capture;
    for (const tick of BUSY_TICKS.slice(20)) await recorder.add(tick);
    etag = `"2"`;
    expect(await capture.refresh()).toBe(true);
    expect(capture.samples).toBeGreaterThan(samples + 15);
    etag = `"3"`;
    await expect(capture.at(timeOf(3))).rejects.toThrow(/another file than before/);
    await file.writable().truncate(500);
    await expect(capture.refresh()).rejects.toThrow(CaptureAccessError);
  });

  test("a signal ends what is fetched", async () => {
    answer = () => {};
    const signal = AbortSignal.timeout(50);
    await expect(openCapture(httpReadable(url, { signal }))).rejects.toThrow(/timeout/i);
  });
});
