import type { Readable, Writable } from "../../../src/capture/access.js";
import type { CaptureMetadata } from "../../../src/capture/metadata.js";

/** A file on a disk in memory, which may get full. */
export class Disk implements Writable {
  /** What is in the file. */
  bytes = new Uint8Array(0);
  /** The file's size when it was last synced. */
  synced = 0;
  syncs = 0;
  readonly #capacity: number;

  /** @param capacity bytes that the file may have */
  constructor(capacity = Number.POSITIVE_INFINITY) {
    this.#capacity = capacity;
  }

  /** A file with these bytes. */
  static of(bytes: Uint8Array): Disk {
    const disk = new Disk();
    disk.bytes = bytes.slice();
    return disk;
  }

  async write(bytes: Uint8Array): Promise<void> {
    await undefined;
    // As a disk does: what there is room for is written, before it says that there is none for the rest.
    const part = bytes.subarray(0, Math.max(0, this.#capacity - this.bytes.length));
    const longer = new Uint8Array(this.bytes.length + part.length);
    longer.set(this.bytes);
    longer.set(part, this.bytes.length);
    this.bytes = longer;
    if (part.length < bytes.length)
      throw Object.assign(new Error("ENOSPC: no space left on device, write"), { code: "ENOSPC", syscall: "write" });
  }

  async sync(): Promise<void> {
    this.syncs++;
    this.synced = this.bytes.length;
  }

  async truncate(size: number): Promise<void> {
    this.bytes = this.bytes.slice(0, size);
  }

  get size(): number {
    return this.bytes.length;
  }

  /** The same file, for reading. */
  get readable(): Readable {
    return {
      size: async () => BigInt(this.bytes.length),
      read: async (offset, length) => {
        if (Number(offset + length) > this.bytes.length) throw new RangeError("behind the end");
        return this.bytes.slice(Number(offset), Number(offset + length));
      },
    };
  }
}

export const METADATA: CaptureMetadata = {
  host: "web-1",
  system: "linux",
  release: "6.18.0",
  bootId: "b",
  networkNamespace: "net:[1]",
  asked: "socketCookie,inode",
  filter: "dport = :443",
  owner: "",
  every: 100,
  version: "1.2.3",
  timeZone: "Europe/Berlin",
  families: [{ family: 4, layout: "MIB_TCPTABLE", source: "NETLINK_SOCK_DIAG", api: "NETLINK_SOCK_DIAG" }],
};
