import { describe, expect, test } from "vitest";
import { createDecoder } from "../../src/decoder/decoder.js";
import type { EngineName } from "../../src/decoder/table/engine.js";
import { endpointFilter } from "../../src/filter/endpoint-filter.js";
import { compileFilter, compileForProcesses } from "../../src/filter/filter.js";
import { type NameResolver, processesNamed, withProcesses } from "../../src/filter/names.js";
import { statesOf } from "../../src/filter/possible-states.js";
import { encodeTable, type RawRow } from "../support/tables.js";

const RESOLVE: NameResolver = {
  userId: (name) => ({ root: 0, alice: 1000, "with blank": 7 })[name],
  servicePort: (name) => ({ https: 443 })[name],
  interfaceIndex: (name) => ({ eth0: 2 })[name],
  processIds: (name) => ({ nginx: [7, 8, 12] })[name] ?? [],
};

const meaning = (text: string) => compileFilter(text, { resolve: RESOLVE }).expression;

describe("names in filters", () => {
  test.each([
    ["user = alice", "user = 1000"],
    ["user != root and user in {alice 5}", "user != 0 and user in {1000 5}"],
    ["user = 'with blank'", "user = 7"],
    ['user = "alice"', "user = 1000"],
    ["dport = :https or sport > https", "dport = :443 or sport > 443"],
    ["dst [fe80::1%eth0]:https", "dst [fe80::1%2]:443"],
    ["src fe80::1%eth0", "src [fe80::1]%2"],
    ["process = nginx", "pid in {7, 8, 12}"],
    ["process != nginx", "not pid in {7-8, 12}"],
    ["process nginx", "pid in {7 8 12}"],
  ])("%s means %s, where somebody looks names up", (text, same) => {
    expect(meaning(text)).toEqual(meaning(same));
  });

  test.each([
    ["user = bob", 'This system knows no name "bob" of users.', 7],
    ["dport = :nope", 'This system knows no name "nope" of services.', 8],
    ["src [fe80::1%wlan9]:1", 'This system has no interface "wlan9".', 13],
    ["src 10.0.0.1%eth0", "Only IPv6 addresses have scopes in a table", 12],
    ["process > nginx", "Expected an operator (= != in) or the name of a process", 8],
  ])("%s is a mistake where names are looked up, with its column", (text, problem, column) => {
    expect(() => compileFilter(text, { resolve: RESOLVE })).toThrow(
      expect.objectContaining({ name: "FilterSyntaxError", problem: expect.stringContaining(problem), column }),
    );
  });

  test("process = is a mistake where nobody looks names up", () => {
    expect(() => compileFilter("sport = 1 or process = nginx")).toThrow(
      expect.objectContaining({
        problem: expect.stringContaining("Names of processes are not looked up here"),
        column: 23,
      }),
    );
  });

  test("names of processes wait for their PIDs; no PID is a filter that still looks at owners", () => {
    const filter = compileForProcesses("process in { nginx node } or not process = nginx", {});
    expect(processesNamed(filter)).toEqual(["nginx", "node"]);
    const resolved = withProcesses(filter, (name) => (name === "node" ? [] : [3]));
    expect(processesNamed(resolved)).toEqual([]);
    expect(JSON.stringify(resolved.expression)).toContain('"owningPid"');
  });

  test("what may be asked before PIDs are known leaves no row out that may match", () => {
    const filter = compileForProcesses("state listening process = nginx process != node sport = :80", {});
    expect(endpointFilter(filter).expression).toEqual(compileFilter("sport = :80").expression);
    expect(Array.from(statesOf(filter.expression)).flatMap((mark, state) => (mark ? [state] : []))).toEqual([2]);
    // A socket that several processes hold is both's.
    const both = compileForProcesses("process = nginx process = node", {});
    expect(endpointFilter(both).expression).toEqual({ kind: "all" });
  });
});

describe.each(["wasm", "plain"] as const)("scopes, with the engine %s", (engine: EngineName) => {
  const LINK_LOCAL = [0xfe800000, 0, 0, 1] as const;
  const rows: RawRow[] = [
    ...[0, 2, 3].map((localScopeId) => ({
      ...{ state: 5, localAddress: [...LINK_LOCAL] as [number, number, number, number], localPort: 1 },
      ...{ remoteAddress: [...LINK_LOCAL] as [number, number, number, number], remotePort: 2, localScopeId },
      ...{ remoteScopeId: 3 },
    })),
    {
      ...{ state: 2, localAddress: [0, 0, 0, 0], localPort: 1, remoteAddress: [0, 0, 0, 0], remotePort: 0 },
      ...{ localScopeId: 0, remoteScopeId: 3 },
    },
  ];

  test.each([
    ["src fe80::1", [0, 1, 2]],
    ["src fe80::1%2", [1]],
    ["src [fe80::1%3]:1 dst [fe80::1]%3:2", [2]],
    ["not src fe80::1%2", [0, 2, 3]],
    ["src fe80::%0/10", [0]],
    ["dst ::%3", []],
    ["dst ::", [3]],
  ])("%s matches the rows of that scope alone", async (text, expected) => {
    const decoder = await createDecoder({ engine });
    const table = decoder.decode(encodeTable(rows, "MIB_TCP6TABLE"), "MIB_TCP6TABLE");
    expect([...table.select({ where: text }).indices]).toEqual(expected);
    const ipv4 = (await createDecoder({ engine })).decode(
      encodeTable([{ ...rows[0], localAddress: 1, remoteAddress: 2 } as RawRow]),
    );
    expect(ipv4.select({ where: text }).length).toBe(text.startsWith("not") ? 1 : 0);
  });
});
