import type { IPv6 } from "../format/address.js";

/** What a filter means, without its text. Both engines evaluate this. */
export type Expression =
  /** Every row. */
  | { readonly kind: "all" }
  /**
   * Rows whose state s has `states[s] === 1`; 256 entries, of which 255 stands for all numbers from 255 up.
   * `namesListeners`: the text says LISTEN by its own name, not only by a group or by what it excludes. Which rows match does
   * not depend on it; see `namedListeners`.
   */
  | { readonly kind: "state"; readonly states: Uint8Array; readonly namesListeners?: boolean }
  /**
   * Rows whose value lies in from…to, both included; nothing where from > to. `process`: the name of processes whose PIDs are not
   * known yet, see `withProcesses`; until then the range is a number that no process has.
   */
  | {
      readonly kind: "range";
      readonly column: RangeColumn;
      readonly from: number;
      readonly to: number;
      readonly process?: string;
    }
  /** Rows whose IPv4 address a has `(a & mask) === address`, both u32 in host order. */
  | { readonly kind: "ipv4"; readonly column: AddressColumn; readonly address: number; readonly mask: number }
  /** The same for IPv6, word by word; with a scope, only rows whose scope at this end it is. */
  | {
      readonly kind: "ipv6";
      readonly column: AddressColumn;
      readonly address: IPv6;
      readonly mask: IPv6;
      readonly scopeId?: number;
    }
  | { readonly kind: "not"; readonly operand: Expression }
  | { readonly kind: "and" | "or"; readonly operands: readonly Expression[] };

export type RangeColumn = "localPort" | "remotePort" | "owningPid" | "user" | "localScopeId" | "remoteScopeId";
export type AddressColumn = "localAddress" | "remoteAddress";
