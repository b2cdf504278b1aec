import type { ColumnName } from "../../format/columns.js";
import { stateOfRow, wordAt } from "../../format/header.js";
import { fieldOf, LAYOUTS } from "../../format/layouts.js";
import { hasRemoteEnd } from "../../format/states.js";
import type { CloseResult, RawRow } from "../contract.js";
import { badMessage, ERRNO, errnoCode, type Libc, loadLibc } from "./libc.js";
import {
  ALL_STATES,
  HEADER_AND_ERRNO,
  NLM_F_ACK,
  NLMSG_ERROR,
  SOCK_DESTROY,
  SOCK_DIAG_BY_FAMILY,
  SOCKET_MESSAGE,
  socketRequest,
} from "./netlink.js";
import { openNetlink, receiveDatagram, sendRequest } from "./netlink-socket.js";
import { TCP_LISTEN } from "./states.js";

/** Where inet_diag_req_v2 and inet_diag_msg have their inet_diag_sockid, in words from the nlmsghdr on. */
const REQUEST_ID = 6;
const REPLY_ID = 5;
/** `struct inet_diag_sockid`: both ports, both addresses, the device, the cookie; words. */
const ADDRESSES = 1;
const DEVICE = 9;
const COOKIE = 10;
const ID_WORDS = 12;
/** A reply about one socket, with what attributes it may have, words. */
const REPLY_WORDS = 2048;

/**
 * Closes the connection of a row by SOCK_DESTROY.
 *
 * A row with a cookie closes that very socket or, where it has gone, nothing: the kernel compares. Without a cookie, the
 * kernel is asked for the socket first, and then destroys the one that it told. Else a row whose connection has ended
 * meanwhile would close the listener on the same port: the kernel takes that for the next best.
 */
export function closeLinuxConnection(row: RawRow, load: () => Libc = loadLibc): CloseResult {
  const listens = !hasRemoteEnd(stateOfRow(row.bytes, row.layout));
  const id = socketId(row, listens);
  const hasCookie = copyCookie(row, id);
  const { family } = LAYOUTS[row.layout];
  const libc = load();
  const socket = openNetlink(libc);
  if (socket < 0) return refusal(libc.errno());
  try {
    const reply = new Int32Array(REPLY_WORDS);
    const ask = (type: number, flags: number): number => {
      const request = socketRequest(type, flags, family, ALL_STATES);
      request.set(id, REQUEST_ID);
      return exchange(libc, socket, request, reply);
    };
    if (!hasCookie) {
      const lookup = ask(SOCK_DIAG_BY_FAMILY, 0);
      if (lookup !== 0) return refusal(lookup);
      const found = reply.subarray(REPLY_ID, REPLY_ID + ID_WORDS);
      const foundState = ((reply[REPLY_ID - 1] as number) >>> 8) & 0xff;
      const isSame = found.subarray(0, DEVICE).every((word, at) => word === id[at]);
      if (!isSame || listens !== (foundState === TCP_LISTEN)) return refusal(ERRNO.ENOENT);
      id.set(found.subarray(DEVICE), DEVICE);
    }
    const destroyed = ask(SOCK_DESTROY, NLM_F_ACK);
    return destroyed === 0 ? { closed: true } : refusal(destroyed);
  } finally {
    libc.close(socket);
  }
}

/** The inet_diag_sockid of a row, with INET_DIAG_NOCOOKIE. Addresses and ports are in network order on both sides. */
function socketId({ layout, bytes: row }: RawRow, listens: boolean): Int32Array {
  const id = new Int32Array(ID_WORDS);
  const bytes = new Uint8Array(id.buffer);
  const addressBytes = LAYOUTS[layout].family === 4 ? 4 : 16;
  const offsetOf = (column: ColumnName): number => fieldOf(layout, column)?.offset ?? -1;
  const copy = (column: ColumnName, byteLength: number, to: number): void => {
    bytes.set(row.subarray(offsetOf(column), offsetOf(column) + byteLength), to);
  };
  const scopeOf = (column: ColumnName): number => (offsetOf(column) < 0 ? 0 : wordAt(row, offsetOf(column)));
  copy("localPort", 2, 0);
  copy("localAddress", addressBytes, ADDRESSES * 4);
  if (!listens) {
    copy("remotePort", 2, 2);
    copy("remoteAddress", addressBytes, ADDRESSES * 4 + 16);
  }
  // A socket that is bound to a device is found by that device only. The table tells it for link-local addresses.
  id[DEVICE] = scopeOf("localScopeId") || scopeOf("remoteScopeId");
  id.fill(-1, COOKIE);
  return id;
}

/** Puts the row's cookie into an inet_diag_sockid. Returns false where the row has none, or does not know it. */
function copyCookie({ layout, bytes: row }: RawRow, id: Int32Array): boolean {
  const offset = fieldOf(layout, "socketCookie")?.offset;
  if (offset === undefined) return false;
  const [low, high] = [wordAt(row, offset), wordAt(row, offset + 4)];
  if (low === 0 && high === 0) return false;
  id[COOKIE] = low;
  id[COOKIE + 1] = high;
  return true;
}

/** Sends a request and receives the reply. Returns an errno: 0 for a socket or an acknowledgement. */
function exchange(libc: Libc, socket: number, request: Int32Array, reply: Int32Array): number {
  if (sendRequest(libc, socket, request) < 0) return libc.errno();
  const byteLength = receiveDatagram(libc, socket, reply);
  if (byteLength < 0) return libc.errno();
  const type = (reply[1] as number) & 0xffff;
  if (type === NLMSG_ERROR && byteLength >= HEADER_AND_ERRNO) return -(reply[4] as number);
  return type === SOCK_DIAG_BY_FAMILY && byteLength >= SOCKET_MESSAGE ? 0 : ERRNO.EBADMSG;
}

function refusal(errno: number): CloseResult {
  const malformed = badMessage("the kernel's reply is not in the format of linux/inet_diag.h");
  return { closed: false, code: errno === ERRNO.EBADMSG ? malformed : errnoCode(errno), advice: advice(errno) };
}

function advice(errno: number): string {
  switch (errno) {
    case ERRNO.EPERM:
    case ERRNO.EACCES:
      return "Closing connections takes the capability CAP_NET_ADMIN: run it as root.";
    case ERRNO.EOPNOTSUPP:
      return "This kernel can't close connections, or not in this state: it needs CONFIG_INET_DIAG_DESTROY.";
    case ERRNO.ENOENT:
      return "The connection has ended meanwhile: there is nothing to close.";
    default:
      return 'See whether "ss -K" can close it.';
  }
}
