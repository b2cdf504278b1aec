import type { Expression } from "./expression.js";
import { parseFilter } from "./parser.js";

/** A filter ready to be run. A listener's remote end has no meaning in the table: filters read it as 0.0.0.0:0. */
export interface Filter {
  /** The text that it was compiled from. */
  readonly text: string;
  readonly expression: Expression;
}

/**
 * Compiles a filter in ss's grammar:
 *
 * ```
 * FILTER  := OR, or nothing: every row
 * OR      := AND { or AND }                          or, |, ||; binds loosest (ss reads strictly from left to right)
 * AND     := NOT { [and] NOT }                       and, &, &&, or side by side
 * NOT     := not NOT | ( OR ) | STATES | PRED        not, !
 * STATES  := { state STATE... | exclude STATE... }   names of any tool, or all, connected, synchronized, bucket, big
 * PRED    := {src | dst} [= | !=] HOST               == and eq for =, ne and neq for !=
 *          | {src | dst} in { HOST... }               commas may stand between
 *          | {sport | dport | pid} [OP] NUMBER        [:]443, *, or with = and != a range, 8000-8100
 *          | {sport | dport | pid} in { NUMBER... }
 * OP      := = == eq | != ne neq | > gt | < lt | >= ge geq | <= le leq
 * HOST    := ADDRESS[/PREFIX][:PORT] | *[:PORT] | :PORT      IPv6 in [ ] where a port follows
 * ```
 *
 * Blanks are needed only between words, and case makes no difference. Addresses, ports and process ids are numbers: names
 * of hosts and services are not looked up. Host bits of a prefix are ignored: 10.1.2.3/8 is 10.0.0.0/8.
 *
 * Adjacent `state` and `exclude` add to and take away from one set of states, which begins empty for `state` and full for
 * `exclude`. Unlike in ss they may stand anywhere in the expression, take several names each (commas may stand between),
 * and where there are none all states match, the listening ones too.
 *
 * Beyond ss's grammar: `in`, ranges, `pid`, `!=` for src and dst, and texts without blanks.
 *
 * @throws {FilterSyntaxError} with the column of the mistake
 */
export function compileFilter(text: string): Filter {
  return { text, expression: parseFilter(text) };
}
