/** A socket as the kernel's program sees it: ports in host order, addresses as octets in network order. */
export interface SeenSocket {
  readonly localAddress: Uint8Array;
  readonly localPort: number;
  readonly remoteAddress: Uint8Array;
  readonly remotePort: number;
}

/** As `inet_diag_bc_audit` of the kernel: throws where that refuses the program. */
export function auditBytecode(program: Uint8Array, knowsEqual = true): void {
  if (program.length < 4) throw new Error("The program is too short.");
  const view = new DataView(program.buffer, program.byteOffset, program.byteLength);
  const begins = new Set<number>();
  const jumps: number[] = [];
  for (let at = 0; at < program.length; ) {
    begins.add(at);
    const left = program.length - at;
    const [code, yes, no] = [view.getUint8(at), view.getUint8(at + 1), view.getUint16(at + 2, true)];
    const length = lengthOf(code, view, at, left, knowsEqual);
    if (length > left) throw new Error(`The operation at ${at} is cut off.`);
    for (const jump of [yes, no]) {
      if (jump < length || jump > left + 4 || jump % 4 !== 0) throw new Error(`The jump at ${at} leads by ${jump}.`);
    }
    if (no < left) jumps.push(at + no);
    at += yes;
    if (at > program.length) throw new Error("The program does not end.");
  }
  for (const jump of jumps) if (!begins.has(jump)) throw new Error(`A jump leads to ${jump}, where nothing begins.`);
}

function lengthOf(code: number, view: DataView, at: number, left: number, knowsEqual: boolean): number {
  if (code === 1) return 4;
  if ((code >= 2 && code <= 5) || (knowsEqual && (code === 11 || code === 12))) return 8;
  if (code !== 7 && code !== 8) throw new Error(`Nobody knows the operation ${code} at ${at}.`);
  if (left < 12) throw new Error(`The address at ${at} is cut off.`);
  const octets = { 0: 0, 2: 4, 10: 16 }[view.getUint8(at + 4)];
  if (octets === undefined || view.getUint8(at + 5) > octets * 8) throw new Error(`The address at ${at} is none.`);
  return 12 + octets;
}

/** As `inet_diag_bc_run` of the kernel: whether the program accepts a socket. */
export function runBytecode(program: Uint8Array, socket: SeenSocket): boolean {
  const view = new DataView(program.buffer, program.byteOffset, program.byteLength);
  let at = 0;
  while (at < program.length) {
    const isYes = answer(view, at, socket);
    at += isYes ? view.getUint8(at + 1) : view.getUint16(at + 2, true);
  }
  return at === program.length;
}

function answer(view: DataView, at: number, socket: SeenSocket): boolean {
  const port = () => view.getUint16(at + 6, true);
  switch (view.getUint8(at)) {
    case 1:
      return false;
    case 2:
      return socket.localPort >= port();
    case 3:
      return socket.localPort <= port();
    case 4:
      return socket.remotePort >= port();
    case 5:
      return socket.remotePort <= port();
    case 11:
      return socket.localPort === port();
    case 12:
      return socket.remotePort === port();
    case 7:
      return hasAddress(view, at, socket.localAddress, socket.localPort);
    case 8:
      return hasAddress(view, at, socket.remoteAddress, socket.remotePort);
    default:
      throw new Error(`Nobody knows the operation at ${at}.`);
  }
}

function hasAddress(view: DataView, at: number, address: Uint8Array, port: number): boolean {
  const [family, prefix, wantedPort] = [view.getUint8(at + 4), view.getUint8(at + 5), view.getInt32(at + 8, true)];
  if (wantedPort !== -1 && wantedPort !== port) return false;
  const octets = family === 0 ? 0 : family === 2 ? 4 : 16;
  const wanted = new Uint8Array(view.buffer, view.byteOffset + at + 12, octets);
  if (family === 0 || octets === address.length) return isSame(address, wanted, prefix);
  // An IPv4 condition holds for IPv4-mapped addresses as well.
  const isMapped = address.length === 16 && address.subarray(0, 12).every((octet, place) => octet === MAPPED[place]);
  return isMapped && isSame(address.subarray(12), wanted, prefix);
}

const MAPPED = [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff];

function isSame(a: Uint8Array, b: Uint8Array, bits: number): boolean {
  for (let bit = 0; bit < bits; bit++) {
    const mask = 0x80 >>> (bit & 7);
    if (((a[bit >>> 3] as number) ^ (b[bit >>> 3] as number)) & mask) return false;
  }
  return true;
}
