import koffi from "koffi";
import { parseIPv4 } from "../../src/format/address.js";

const AF_UNSPEC = 0;
const AF_INET = 2;
const SOCK_STREAM = 1;
const SOCK_CLOEXEC = 0x80000;

/** A listener whose socket was connected before, to `host` and `port`: the kernel leaves the remote address in it. */
export function openLeftOverListener(host: string, port: number): { readonly port: number; close(): void } {
  const library = koffi.load(null);
  const bind = (name: string, types: string[]): ((...values: unknown[]) => number) => library.func(name, "int", types);
  const check = (name: string, result: number): number => {
    if (result < 0) throw new Error(`${name} failed with errno ${koffi.errno()}`);
    return result;
  };
  const socket = check("socket", bind("socket", ["int", "int", "int"])(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  const connect = bind("connect", ["int", "void *", "uint32_t"]);
  const own = socketAddress(AF_INET, host, 0);
  check("bind", bind("bind", ["int", "void *", "uint32_t"])(socket, own, own.byteLength));
  check("connect", connect(socket, socketAddress(AF_INET, host, port), 16));
  check("connect", connect(socket, socketAddress(AF_UNSPEC, host, 0), 16));
  check("listen", bind("listen", ["int", "int"])(socket, 16));
  check("getsockname", bind("getsockname", ["int", "void *", "void *"])(socket, own, new Int32Array([own.byteLength])));
  return {
    port: new DataView(own.buffer).getUint16(2),
    close: () => check("close", bind("close", ["int"])(socket)),
  };
}

/** A sockaddr_in; the system chooses a port where it is 0. */
function socketAddress(family: number, host: string, port: number): Uint8Array {
  const bytes = new Uint8Array(16);
  const view = new DataView(bytes.buffer);
  view.setUint16(0, family, true);
  view.setUint16(2, port);
  view.setUint32(4, parseIPv4(host) ?? 0);
  return bytes;
}
