import { describe, expect, test } from "vitest";
import * as browser from "../../src/browser.js";
import * as root from "../../src/index.js";
import { UnsupportedSystemError } from "../../src/system/errors.js";

type Names = Readonly<Record<string, unknown>>;

describe("the root entry in browsers", () => {
  test("has every name that the root entry has in Node, so that each bundle finds what it imports", () => {
    expect(Object.keys(browser).toSorted()).toEqual(Object.keys(root).toSorted());
  });

  const needNode = Object.keys(browser).filter((name) => (browser as Names)[name] !== (root as Names)[name]);

  test("has the same as in Node but for what asks the operating system", () => {
    expect(needNode.toSorted()).toEqual([
      "closeConnection",
      "closeConnections",
      "openCollector",
      "openFileReadable",
      "openFileWritable",
      "openIphlpapi",
      "openProcessNames",
      "openSockDiag",
      "openTcpTable",
      "openTcpTables",
      "ownerModuleOf",
      "readTcpStatistics",
      "sampleTcpTables",
      "zstdCompression",
    ]);
  });

  test.each(needNode)("%s says what to import instead, by a rejection where it would give a promise", async (name) => {
    const call = (browser as Names)[name] as () => unknown;
    const isAsync = (root as Names)[name]?.constructor.name === "AsyncFunction";
    expect(call.constructor.name).toBe(isAsync ? "AsyncFunction" : "Function");
    const words = `${name} asks the operating system, which only Node.js can. Here, import what decodes from "tcptable/decoder"`;
    await expect((async () => call())()).rejects.toThrow(UnsupportedSystemError);
    await expect((async () => call())()).rejects.toThrow(words);
  });
});
