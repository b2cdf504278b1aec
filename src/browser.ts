/**
 * What `tcptable` is where there is no Node: a bundle for a browser, or a test that plays one. All that is portable is there as
 * ever; what asks the operating system is there by name, and says at the call what to do instead.
 */

export * from "./decoder/index.js";
export { AbortError } from "./format/abort.js";
export * from "./frames/index.js";
export { SamplerWorkerError } from "./sampler/errors.js";
export { CollectError, UnsupportedSystemError } from "./system/errors.js";
export { TCP_STATISTICS } from "./system/statistics.js";

import { UnsupportedSystemError } from "./system/errors.js";

function needsNode(name: string): never {
  throw new UnsupportedSystemError(
    `${name} asks the operating system, which only Node.js can. Here, import what decodes from "tcptable/decoder", "tcptable/frames" and "tcptable/capture", and let a program in Node send the bytes. In a test of Node code: use its environment "node", not "jsdom".`,
  );
}

export async function closeConnections(): Promise<never> {
  return needsNode("closeConnections");
}

export async function openTcpTable(): Promise<never> {
  return needsNode("openTcpTable");
}

export async function openTcpTables(): Promise<never> {
  return needsNode("openTcpTables");
}

export async function openFileReadable(): Promise<never> {
  return needsNode("openFileReadable");
}

export async function openFileWritable(): Promise<never> {
  return needsNode("openFileWritable");
}

export async function zstdCompression(): Promise<never> {
  return needsNode("zstdCompression");
}

export function closeConnection(): never {
  return needsNode("closeConnection");
}

export function openCollector(): never {
  return needsNode("openCollector");
}

export function openIphlpapi(): never {
  return needsNode("openIphlpapi");
}

export function openProcessNames(): never {
  return needsNode("openProcessNames");
}

export function openSockDiag(): never {
  return needsNode("openSockDiag");
}

export function ownerModuleOf(): never {
  return needsNode("ownerModuleOf");
}

export function readTcpStatistics(): never {
  return needsNode("readTcpStatistics");
}

export function sampleTcpTables(): never {
  return needsNode("sampleTcpTables");
}
