import type { TcpRow } from "../../decoder/index.js";

/**
 * A connection's name: its ends, and where the system tells one, the number that no other connection has. The same in every sample.
 * `10.0.0.1:443,10.0.0.2:50000,1a2b`; an IPv6 address stands in brackets, with its scope.
 */
export function keyOf(row: TcpRow): string {
  const ends = `${endOf(row.localAddress, row.localScopeId, row.localPort)},${endOf(row.remoteAddress, row.remoteScopeId, row.remotePort)}`;
  // A row that the system gave no number has 0.
  const own = row.socketCookie && row.socketCookie !== "0" ? row.socketCookie : (row.createTimestamp ?? undefined);
  return own === undefined ? ends : `${ends},${own}`;
}

/** The key without what tells apart connections of the same two ends. */
export function endsOf(key: string): string {
  return key.split(",", 2).join(",");
}

/** The local port of a key; NaN where it is none. */
export function localPortOf(key: string): number {
  const [local = ""] = key.split(",", 1);
  return Number(/:(\d+)$/.exec(local)?.[1] ?? Number.NaN);
}

/** A filter that a connection of these ends matches, and few others. */
export function filterOfEnds(row: TcpRow): string {
  const local = `src = ${hostOf(row.localAddress)}:${row.localPort}`;
  if (row.state === "LISTEN") return `( state listening ) and ${local}`;
  return `${local} and dst = ${hostOf(row.remoteAddress)}:${row.remotePort}`;
}

function endOf(address: string, scope: number | undefined, port: number): string {
  if (!address.includes(":")) return `${address}:${port}`;
  return `[${address}${scope ? `%${scope}` : ""}]:${port}`;
}

function hostOf(address: string): string {
  return address.includes(":") ? `[${address}]` : address;
}
