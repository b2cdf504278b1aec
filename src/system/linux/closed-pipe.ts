import { loadKoffi } from "../koffi.js";

const POLLERR = 0x8;
const POLLHUP = 0x10;

/**
 * A question that tells whether the other end of a pipe or a socket has been closed. It never waits. A write would tell it too;
 * who has nothing to write must ask.
 *
 * @param descriptor the number of the open file
 * @throws where koffi or its native part can't be loaded
 */
export function closedPipeQuestion(descriptor: number): () => boolean {
  const poll = loadKoffi().load(null).func("poll", "int", ["void *", "unsigned long", "int"]);
  // A struct pollfd, in the machine's own order: i32 fd, i16 events, i16 revents. Errors and hang-ups are told unasked.
  const pollfd = new Int32Array([descriptor, 0]);
  const revents = new Int16Array(pollfd.buffer).subarray(3);
  return () => poll(pollfd, 1, 0) > 0 && ((revents[0] as number) & (POLLERR | POLLHUP)) !== 0;
}
