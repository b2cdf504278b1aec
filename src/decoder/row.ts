import { formatIPv4, formatIPv6 } from "./address.js";
import { LAYOUTS } from "./layouts.js";
import { MIB_TCP_STATE, type OffloadStateName, offloadStateName, type StateName, stateName } from "./states.js";
import type { Engine } from "./table.js";
import { filetimeToDate } from "./times.js";

/** One connection, as people read it. What `--json` and `--ndjson` print. */
export interface TcpRow {
  /** RFC 9293's name, or `UNKNOWN(n)`. */
  state: StateName;
  /** Dotted decimal, or RFC 5952's form of IPv6. */
  localAddress: string;
  /** 0 to 65535. */
  localPort: number;
  /** `0.0.0.0` or `::` for a listener, which has no remote end whatever the table's bytes say. */
  remoteAddress: string;
  /** 0 to 65535; 0 for a listener. */
  remotePort: number;
  /** IPv6: the interface of a link-local address. */
  localScopeId?: number;
  remoteScopeId?: number;
  /** 0 where no process owns it (TIME-WAIT), or where that can't be told. */
  owningPid?: number;
  offloadState?: OffloadStateName;
  /** When it was made, ISO 8601 in UTC; `null` where the system does not tell. */
  createTimestamp?: string | null;
}

/** Reads one row; `index` is in the table. @internal */
export function readRow(engine: Engine, index: number): TcpRow {
  const state = engine.column("state")[index] as number;
  const listening = state === MIB_TCP_STATE.LISTEN;
  const row: TcpRow = {
    state: stateName(state === 255 ? exactState(engine, index) : state),
    localAddress: addressText(engine, engine.column("localAddress"), index),
    localPort: engine.column("localPort")[index] as number,
    remoteAddress: listening ? noAddress(engine) : addressText(engine, engine.column("remoteAddress"), index),
    remotePort: listening ? 0 : (engine.column("remotePort")[index] as number),
  };
  const localScopeId = engine.column("localScopeId")?.[index];
  if (localScopeId !== undefined) row.localScopeId = localScopeId;
  const remoteScopeId = engine.column("remoteScopeId")?.[index];
  if (remoteScopeId !== undefined) row.remoteScopeId = listening ? 0 : remoteScopeId;
  const owningPid = engine.column("owningPid")?.[index];
  if (owningPid !== undefined) row.owningPid = owningPid;
  const offloadState = engine.column("offloadState")?.[index];
  if (offloadState !== undefined) row.offloadState = offloadStateName(offloadState);
  const createTimestamp = engine.column("createTimestamp")?.[index];
  if (createTimestamp !== undefined) row.createTimestamp = filetimeToDate(createTimestamp)?.toISOString() ?? null;
  return row;
}

function addressText(engine: Engine, column: Uint32Array, index: number): string {
  if (LAYOUTS[engine.layout].family === 4) return formatIPv4(column[index] as number);
  const at = index * 4;
  return formatIPv6(column[at] as number, column[at + 1] as number, column[at + 2] as number, column[at + 3] as number);
}

function noAddress(engine: Engine): string {
  return LAYOUTS[engine.layout].family === 4 ? "0.0.0.0" : "::";
}

/** The column saturates at 255: the row itself has the number. */
function exactState({ raw, layout }: Engine, index: number): number {
  const { firstRow, rowSize, fields } = LAYOUTS[layout];
  const { offset } = "dwState" in fields ? fields.dwState : fields.State;
  return new DataView(raw.buffer, raw.byteOffset, raw.byteLength).getUint32(firstRow + index * rowSize + offset, true);
}
