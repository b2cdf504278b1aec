import { once } from "node:events";
import { readFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { createDecoder, type DecoderOptions } from "../../src/decoder/decoder.js";
import { WrongKernelError } from "../../src/decoder/errors.js";
import { familyRows } from "../support/family-rows.js";
import { encodeTable } from "../support/tables.js";

const wasm = readFileSync(new URL("../../dist/decoder/decoder.wasm", import.meta.url));
/** The same kernel under another id: another version's, as far as can be known. */
const other = Buffer.from(wasm);
other[other.length - 1] = (other.at(-1) as number) ^ 1;
/** The smallest module that there is. */
const empty = Buffer.from("0061736d01000000", "hex");

const files: Readonly<Record<string, Buffer>> = {
  "/decoder.wasm": wasm,
  "/other.wasm": other,
  "/empty.wasm": empty,
  "/index.html": Buffer.from("<!doctype html>"),
  "/nothing": Buffer.alloc(0),
};

const rowsOf = async (options: DecoderOptions) => {
  const decoder = await createDecoder(options);
  return { engine: decoder.engine, rows: [...decoder.decode(encodeTable(familyRows(4, 30)))] };
};

describe("a kernel that somebody else has", () => {
  const server = createServer(({ url = "" }, response) => {
    if (url === "/silent") return;
    response.writeHead(files[url] ? 200 : 404).end(files[url]);
  });
  let origin: string;
  beforeAll(async () => {
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  });
  afterAll(() => {
    server.close();
    server.closeAllConnections();
  });

  test("decodes, served at a URL or compiled already, what the one in the code decodes", async () => {
    const expected = await rowsOf({ engine: "wasm" });
    expect(await rowsOf({ url: `${origin}/decoder.wasm` })).toEqual(expected);
    expect(await rowsOf({ url: new URL("/decoder.wasm", origin), engine: "wasm" })).toEqual(expected);
    expect(await rowsOf({ module: await WebAssembly.compile(wasm) })).toEqual(expected);
  });

  test.each(["/other.wasm", "/empty.wasm", "/index.html", "/nothing", "/missing"])(
    "is refused by its URL where it is none or another version's: %s",
    async (path) => {
      const url = `${origin}${path}`;
      const promise = createDecoder({ url });
      await expect(promise).rejects.toThrow(WrongKernelError);
      await expect(promise).rejects.toThrow(url);
    },
  );

  test("is refused with the server's status where the server has none", async () => {
    await expect(createDecoder({ url: `${origin}/missing` })).rejects.toThrow("(HTTP 404)");
  });

  test.each([
    ["another version's", other],
    ["no kernel at all", empty],
  ])("is refused as a module that is %s", async (_, bytes) => {
    const module = await WebAssembly.compile(bytes);
    await expect(createDecoder({ module })).rejects.toThrow(WrongKernelError);
  });

  test("is not waited for any longer once the signal has come", async () => {
    const controller = new AbortController();
    const promise = createDecoder({ url: `${origin}/silent`, signal: controller.signal });
    controller.abort(new Error("enough"));
    await expect(promise).rejects.toThrow("enough");
  });

  test("can't be had at two places, or for the plain engine", async () => {
    const module = await WebAssembly.compile(wasm);
    for (const options of [
      { module, url: origin },
      { module, engine: "plain" as const },
      { url: origin, engine: "plain" as const },
    ])
      await expect(createDecoder(options)).rejects.toThrow(TypeError);
  });

  test.each<[string, unknown]>([
    ["module", {}],
    ["module", new Uint8Array(8)],
    ["url", 7],
    ["url", { href: 1 }],
    ["signal", {}],
  ])("is refused as an option that is none: %s", async (name, value) => {
    await expect(createDecoder({ [name]: value } as DecoderOptions)).rejects.toThrow(
      new RegExp(`^createDecoder: ${name} is of type `),
    );
  });
});
