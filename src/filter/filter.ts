import type { Expression } from "./expression.js";
import { mustResolveProcesses, type NameResolver, withProcesses } from "./names.js";
import { parseFilter } from "./parser.js";

/** A filter ready to be run. A listener's remote end has no meaning in the table: filters read it as zeros. */
export interface Filter {
  /** The text that it was compiled from. */
  readonly text: string;
  /** What it means. */
  readonly expression: Expression;
}

/**
 * Compiles a filter in ss's grammar:
 *
 * ```
 * FILTER     := [STATES] [and] [EXPRESSION], or nothing: every row
 * EXPRESSION := OPERAND { (and | or) OPERAND }          and, &, &&, or side by side; or, |, ||
 * OPERAND    := not OPERAND | ( EXPRESSION ) | STATES | PRED       not, !
 * STATES     := { state STATE... | exclude STATE... }   names of any tool, or all, connected, synchronized, bucket, big
 * PRED       := {src | dst} [= | !=] HOST               == and eq for =, ne and neq for !=
 *             | {src | dst} in { HOST... }              commas may stand between
 *             | {sport | dport | pid | user} [OP] NUMBER      [:]443, *, or with = and != a range, 8000-8100
 *             | {sport | dport | pid | user} in { NUMBER... }
 *             | process [= | !=] NAME | process in { NAME... }
 * OP         := = == eq | != ne neq | > gt | < lt | >= ge geq | <= le leq
 * HOST       := ADDRESS[%SCOPE][/PREFIX][:PORT] | *[:PORT] | :PORT       IPv6 in [ ] where a port follows
 * ```
 *
 * **States at the start hold for the whole filter**, as in ss: `state established sport = :80 or dport = :80` is
 * `state established ( sport = :80 or dport = :80 )`. So no `or` can follow them. Anywhere else, and in parentheses, states are
 * a condition like any other: `( state established ) or dport = :80`.
 *
 * **and, or and side by side bind alike, from left to right**, as in ss: `A or B and C` is `( A or B ) and C`. Only `not`
 * binds more tightly: `not A B` is `( not A ) and B`.
 *
 * **An address matches rows of its own family**, as in ss: 0.0.0.0/0 no IPv6 row, [::]/0 no IPv4 row. But an IPv4 address
 * also matches the IPv6 rows of IPv4 connections: 127.0.0.1 those of ::ffff:127.0.0.1, and 0.0.0.0/0 all that are mapped.
 * Host bits of a prefix are ignored: 10.1.2.3/8 is 10.0.0.0/8. `*` matches both families.
 *
 * Adjacent `state` and `exclude` add to and take away from one set of states, which begins empty for `state` and full for
 * `exclude`; where there are none, all states match, the listening ones too. A listener's remote end is zeros: `dport = :0`.
 *
 * Blanks are needed only between words, and case makes no difference. Names of users, services, interfaces (scopes) and
 * processes are looked up where `resolve` says how: they are other ones on each machine. Names of hosts never are. A name with
 * blanks or signs stands in quotes. `user` is only true of sockets that a process holds: it is 0 for TIME-WAIT.
 *
 * Beyond ss's grammar: `in`, ranges, `pid`, `user`, `process`, `!=` for src and dst, several names after one `state` (commas may stand
 * between), states within the expression, `and` behind the states at the start, a prefix behind [ ], IPv6 addresses without
 * [ ], and texts without blanks. Unlike ss, `not` is exact: ss leaves rows out of `not dst 0.0.0.0/0` that match neither.
 *
 * @throws {FilterSyntaxError} with the column of the mistake
 */
export function compileFilter(text: string, { resolve = {} }: FilterOptions = {}): Filter {
  const filter = compileForProcesses(text, resolve);
  const { processIds } = resolve;
  if (processIds) return withProcesses(filter, (name) => processIds.call(resolve, name));
  mustResolveProcesses(filter);
  return filter;
}

/** How a filter's text is understood. */
export interface FilterOptions {
  /** What looks up names in the text. Nothing unless said otherwise. */
  readonly resolve?: NameResolver | undefined;
}

/**
 * The same, but for the PIDs of processes that are named: `withProcesses` puts them in, at each reading anew.
 *
 * @throws {FilterSyntaxError} with the column of the mistake
 */
export function compileForProcesses(text: string, resolve: NameResolver): Filter {
  return { text, expression: parseFilter(text, resolve) };
}
