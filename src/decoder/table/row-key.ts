import type { TcpRow } from "./row.js";

/** Both ends of a row's connection as text, the same in every sample. Several listeners may share theirs (SO_REUSEPORT). */
export function endsOf(row: TcpRow): { readonly local: string; readonly remote: string } {
  const local = `${row.localAddress}%${row.localScopeId ?? 0} ${row.localPort}`;
  const remote =
    row.state === "LISTEN" ? "listens" : `${row.remoteAddress}%${row.remoteScopeId ?? 0} ${row.remotePort}`;
  return { local, remote };
}

/**
 * A text that is the same for all rows of one connection, whatever its state, and another one for every other connection: a key
 * for maps over several samples. Only whole keys are to be compared; what is in them may change with any version.
 *
 * It says both ends, and behind them what tells two connections between the same ends apart: the socket's cookie, or where there
 * is none the time of creation. Tables have those where they are asked for: `columns: ["socketCookie"]` on Linux, `owner:
 * "module"` on Windows. Without them, connections that follow each other between the same ends share their key, as sockets do that
 * listen at the same end (SO_REUSEPORT).
 */
export function rowKey(row: TcpRow): string {
  const { local, remote } = endsOf(row);
  const { socketCookie = "0", createTimestamp } = row;
  if (socketCookie !== "0") return `${local} ${remote} #${socketCookie}`;
  return createTimestamp ? `${local} ${remote} @${createTimestamp}` : `${local} ${remote}`;
}
