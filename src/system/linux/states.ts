/** Linux's TCP states (`net/tcp_states.h`) as MIB_TCP_STATE numbers. There is no state 0. */
const MIB_STATE_BY_LINUX_STATE = [undefined, 5, 3, 4, 6, 7, 11, 1, 8, 10, 2, 9, 4];

/** The MIB_TCP_STATE of one of Linux's states. A number n that the MIB has no state for is told as 256 + n. */
export function mibStateOf(linuxState: number): number {
  return MIB_STATE_BY_LINUX_STATE[linuxState] ?? 256 + linuxState;
}

/** Linux's number of LISTEN. */
export const TCP_LISTEN = 10;
