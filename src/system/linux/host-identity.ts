import { readFileSync, readlinkSync } from "node:fs";
import type { HostIdentity } from "../contract.js";

/** @param root where the process file system is mounted */
export function readLinuxHostIdentity(root = "/proc"): HostIdentity {
  return {
    bootId: textOf(() => readFileSync(`${root}/sys/kernel/random/boot_id`, "utf8").trim()),
    networkNamespace: textOf(() => readlinkSync(`${root}/self/ns/net`)),
  };
}

/** A sandbox may not let us. */
function textOf(read: () => string): string {
  try {
    return read();
  } catch {
    return "";
  }
}
