import { AF_INET, AF_INET6 } from "./netlink.js";

/**
 * INET_DIAG_REQ_BYTECODE (`linux/inet_diag.h`, `net/ipv4/inet_diag.c`): a program by which the kernel picks the sockets of a
 * dump. It knows ports and addresses. Every operation is a question; where the answer is yes the next one follows, where it
 * is no the program goes on `no` bytes later:
 *
 * ```
 *  0      1     2      4
 *  | code | yes | no   |                                                    JMP: the answer is always no
 *  | code | yes | no   | 0 0 | port |                                       S_GE, S_LE, S_EQ, D_GE, D_LE, D_EQ
 *  | code | yes | no   | family | prefix | 0 0 | port −1 | 4 or 16 octets   S_COND, D_COND
 * ```
 *
 * `yes` is the operation's own length. Numbers are in the host's byte order, addresses in the network's; S is the local end,
 * D the remote one. A program that comes to its end accepts the socket; one that jumps four bytes behind it refuses. Jumps
 * lead forward only, and to a place where an operation begins, else the kernel refuses the program with EINVAL.
 */
const JMP = 1;
const PORT_CODES = {
  local: { atLeast: 2, atMost: 3, equal: 11 },
  remote: { atLeast: 4, atMost: 5, equal: 12 },
} as const;
const ADDRESS_CODES = { local: 7, remote: 8 } as const;

const HIGHEST_PORT = 65535;

/** What is asked of a socket. */
export type Condition =
  /** The port lies in from…to, both included. */
  | { readonly kind: "port"; readonly end: End; readonly from: number; readonly to: number }
  /** The first `prefix` bits of the address are these; 4 octets in an IPv4 dump, 16 in an IPv6 one. */
  | { readonly kind: "address"; readonly end: End; readonly octets: Uint8Array; readonly prefix: number }
  | { readonly kind: "not"; readonly operand: Condition }
  /** All of them, or some of them. */
  | { readonly kind: "and" | "or"; readonly operands: readonly Condition[] };

/** Of a connection. A listener's remote port is 0. */
export type End = "local" | "remote";

/**
 * The program for a condition; empty where every socket has it.
 *
 * @param hasEqual whether the kernel knows S_EQ and D_EQ: older ones compare twice
 */
export function assembleBytecode(condition: Condition, hasEqual: boolean): Uint8Array {
  const assembler = new Assembler(hasEqual);
  const refusal: Label = { at: 0 };
  assembler.goOnIf(condition, refusal);
  return assembler.finish(refusal);
}

/** A place in the program, which is known once the program has come to it. */
interface Label {
  at: number;
}

class Assembler {
  readonly #hasEqual: boolean;
  readonly #bytes: number[] = [];
  readonly #jumps: { readonly at: number; readonly to: Label }[] = [];

  constructor(hasEqual: boolean) {
    this.#hasEqual = hasEqual;
  }

  /** Jumps unless the condition holds. */
  goOnIf(condition: Condition, otherwise: Label): void {
    switch (condition.kind) {
      case "port":
        this.#goOnIfPort(condition.end, condition.from, condition.to, otherwise);
        break;
      case "address":
        this.#address(condition.end, condition.octets, condition.prefix, otherwise);
        break;
      case "not":
        this.jumpIf(condition.operand, otherwise);
        break;
      case "and":
        for (const operand of condition.operands) this.goOnIf(operand, otherwise);
        break;
      case "or": {
        const found: Label = { at: 0 };
        for (const operand of condition.operands.slice(0, -1)) this.jumpIf(operand, found);
        const last = condition.operands.at(-1);
        if (last) this.goOnIf(last, otherwise);
        else this.#jump(otherwise);
        this.#here(found);
      }
    }
  }

  /** Jumps where the condition holds. */
  jumpIf(condition: Condition, target: Label): void {
    switch (condition.kind) {
      case "port":
        this.#jumpIfPort(condition.end, condition.from, condition.to, target);
        break;
      case "not":
        this.goOnIf(condition.operand, target);
        break;
      case "or":
        for (const operand of condition.operands) this.jumpIf(operand, target);
        break;
      default: {
        const otherwise: Label = { at: 0 };
        this.goOnIf(condition, otherwise);
        this.#jump(target);
        this.#here(otherwise);
      }
    }
  }

  /** The program. @param refusal where those jumps lead that refuse the socket */
  finish(refusal: Label): Uint8Array {
    refusal.at = this.#bytes.length + 4;
    const program = Uint8Array.from(this.#bytes);
    const view = new DataView(program.buffer);
    for (const { at, to } of this.#jumps) view.setUint16(at + 2, to.at - at, true);
    return program;
  }

  #goOnIfPort(end: End, from: number, to: number, otherwise: Label): void {
    const { atLeast, atMost, equal } = PORT_CODES[end];
    if (from === to && this.#hasEqual) {
      this.#port(equal, from, otherwise);
      return;
    }
    if (from > 0) this.#port(atLeast, from, otherwise);
    if (to < HIGHEST_PORT) this.#port(atMost, to, otherwise);
  }

  #jumpIfPort(end: End, from: number, to: number, target: Label): void {
    const { atLeast, atMost, equal } = PORT_CODES[end];
    const otherwise: Label = { at: 0 };
    if (from === to && this.#hasEqual) {
      this.#port(equal, from, otherwise);
      this.#jump(target);
    } else if (to === HIGHEST_PORT) {
      if (from > 0) this.#port(atMost, from - 1, target);
      else this.#jump(target);
    } else {
      if (from > 0) this.#port(atLeast, from, otherwise);
      this.#port(atLeast, to + 1, target);
    }
    this.#here(otherwise);
  }

  #port(code: number, port: number, no: Label): void {
    this.#operation(code, [0, 0, port & 0xff, port >>> 8], no);
  }

  #address(end: End, octets: Uint8Array, prefix: number, no: Label): void {
    const family = octets.length === 4 ? AF_INET : AF_INET6;
    this.#operation(ADDRESS_CODES[end], [family, prefix, 0, 0, 0xff, 0xff, 0xff, 0xff, ...octets], no);
  }

  #jump(to: Label): void {
    this.#operation(JMP, [], to);
  }

  #operation(code: number, rest: readonly number[], no: Label): void {
    this.#jumps.push({ at: this.#bytes.length, to: no });
    this.#bytes.push(code, 4 + rest.length, 0, 0, ...rest);
  }

  #here(label: Label): void {
    label.at = this.#bytes.length;
  }
}
