import { CLOSED, END, type Proc } from "../../src/system/linux/owners/proc.js";
import { SocketOwners } from "../../src/system/linux/owners.js";

/** A machine without processes. */
class NoProcesses implements Proc {
  readonly numbers = new Int32Array(0);
  readonly listed = 0;
  readonly folder = 0;
  readonly size = 0;
  listProcesses(): void {}
  select(): void {}
  look(): boolean {
    return false;
  }
  list(): bigint {
    return END;
  }
  socketOf(): number {
    return CLOSED;
  }
}

/**
 * Owners for tests in which who owns a socket is not the matter. This machine's own processes would be read each time, and
 * many tests run beside each other on it.
 */
export function nobody(): SocketOwners {
  return new SocketOwners({ proc: new NoProcesses() });
}
