import { hostText, shortened, visible } from "../model/texts.js";

interface EndProps {
  readonly address: string;
  readonly port: number;
  /** Letters that have room. */
  readonly room: number;
  /** Whether this is the remote end of a listener, which has none. */
  readonly isAbsent?: boolean;
}

/** An end of a connection in two cells: the address up to the colon, and the port. */
export function End({ address, port, room, isAbsent }: EndProps) {
  const host = hostText(address);
  return (
    <>
      <span class="td a" role="gridcell" title={host.length > room ? host : undefined}>
        {isAbsent ? "*" : shortened(host, room)}
      </span>
      <span class="td p" role="gridcell">
        <i>:</i>
        {isAbsent ? "*" : port}
      </span>
    </>
  );
}

/** A process's name from a file. */
export function ProcessName({ name, pid }: { readonly name: string; readonly pid?: number | undefined }) {
  if (name) return <>{visible(name)}</>;
  return <span class="dim">{pid ? pid : "none"}</span>;
}

/** A condition for the remote end of a row; of a listener, for its local port. */
export function conditionOf(row: {
  localPort: number;
  remoteAddress: string;
  remotePort: number;
  state: string;
}): string {
  if (row.state === "LISTEN") return `sport = :${row.localPort}`;
  return `dst ${hostText(row.remoteAddress)}:${row.remotePort}`;
}
