import { describe, expect, test } from "vitest";
import { createDecoder } from "../../src/decoder/decoder.js";
import type { EngineName } from "../../src/decoder/table/engine.js";
import { columnsUsed } from "../../src/filter/columns.js";
import { FilterSyntaxError } from "../../src/filter/errors.js";
import { compileFilter } from "../../src/filter/filter.js";
import { lower } from "../../src/filter/lower.js";
import { namedListeners } from "../../src/filter/named-listeners.js";
import { statesOf } from "../../src/filter/possible-states.js";
import { encodeTable } from "../support/tables.js";

const PORTS = [1, 2, 3];
const TABLE = encodeTable(
  PORTS.map((localPort) => ({ state: 5, localAddress: 1, localPort, remoteAddress: 2, remotePort: 9 })),
);
const COUNT = 50_000;

function chain(condition: string, between: string): string {
  return Array(COUNT).fill(condition).join(between);
}

const ADDRESSES = Array.from({ length: COUNT }, (_, index) => `10.0.${index >> 8}.${index & 255}`);
const ENGINES: EngineName[] = ["wasm", "plain"];

/** Recursion over operands, or operands spread as arguments, would overflow the stack. */
describe.each(ENGINES)("filters of 50,000 operands run, %s engine", (engine) => {
  test.each<[name: string, text: string, ports: number[]]>([
    ["or", chain("sport = 2", " or "), [2]],
    ["and", chain("sport != 2", " and "), [1, 3]],
    ["side by side", chain("sport = 2", " "), [2]],
    ["or of ands", chain("(sport = 2 and not dport = 1)", " or "), [2]],
    ["and of ors", chain("(sport = 2 or sport = 3)", " and "), [2, 3]],
    ["behind states", `state established ${chain("sport = 2", " or ")}`, [2]],
    ["a set of addresses", `src in {${ADDRESSES.join(" ")}} or sport = 2`, [2]],
    ["the last operand counts", `${chain("sport = 7", " or ")} or sport = 3`, [3]],
  ])("%s", async (_, text, ports) => {
    expect(await portsOf(engine, text)).toEqual(ports);
  });

  test("and nested as deep as the grammar allows", async () => {
    const levels = 99;
    const text = `${"(sport = 2 or (dport = 9 and ".repeat(levels)}sport = 3${"))".repeat(levels)}`;
    expect(await portsOf(engine, text)).toEqual([2, 3]);
  });
});

test("what is said about a filter of 50,000 operands is found without overflowing the stack", () => {
  const text = `${chain("(state listening sport = 2 dst 10.0.0.0/8)", " or ")} or not (${chain("pid = 1", " ")})`;
  const filter = compileFilter(text);
  expect(columnsUsed(filter.expression)).toEqual(["state", "localPort", "remoteAddress", "owningPid"]);
  expect(statesOf(filter.expression)).toEqual(new Uint8Array(256).fill(1));
  expect(namedListeners(filter)?.expression).toMatchObject({ kind: "or" });
  expect(lower(filter.expression, 6)).toMatchObject({ kind: "or" });
});

/** The local ports of the rows that a filter picks. */
async function portsOf(engine: EngineName, where: string): Promise<number[]> {
  const table = (await createDecoder({ engine })).decode(TABLE);
  return Array.from(table.select({ where }), ({ localPort }) => localPort);
}

/** A pattern that backtracks, or a search begun anew at each token, would not come to an end. */
test.each(
  ["(", "!", "not ", "x", " ", "sport ", "sport=1 ", "[", ":", "1.", "-", "a:", "/", "{", "state ", "unknown("].map(
    (piece) => [piece],
  ),
)("200,000 characters of %j are a filter or a FilterSyntaxError", (piece) => {
  for (const before of ["", "src ", "sport in {", "state "]) {
    for (const after of ["", "]", "x", "ü", " "]) {
      const text = before + piece.repeat(200_000 / piece.length) + after;
      try {
        expect(compileFilter(text).text).toBe(text);
      } catch (error) {
        if (!(error instanceof FilterSyntaxError)) throw error;
        expect(error.column).toBeGreaterThanOrEqual(0);
        expect(error.column).toBeLessThanOrEqual(text.length);
      }
    }
  }
});
