import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { compileFilter } from "../../../src/filter/filter.js";
import type { ColumnName } from "../../../src/format/columns.js";
import type { Family, LayoutName } from "../../../src/format/layouts.js";
import type { Owner } from "../../../src/system/contract.js";
import { openIphlpapi } from "../../../src/system/windows/iphlpapi.js";
import type { TableFunctionName } from "../../../src/system/windows/table-functions.js";
import { familyRows } from "../../support/family-rows.js";
import { describeWith } from "../../support/needs.js";
import { MeanBuffer } from "../../support/raw-buffer.js";
import { ScriptedIphlpapi } from "../../support/scripted-iphlpapi.js";
import { C_COMPILER } from "../../support/scripted-library.js";
import { encodeTable } from "../../support/tables.js";

/** What a collector asks Windows for. The class is GetExtendedTcpTable's. */
interface Question {
  readonly name: TableFunctionName;
  readonly layout: LayoutName;
  readonly tableClass?: number;
}

const PLAIN = {
  4: { name: "GetTcpTable", layout: "MIB_TCPTABLE" },
  6: { name: "GetTcp6Table", layout: "MIB_TCP6TABLE" },
} as const;
const OFFLOAD = {
  4: { name: "GetTcpTable2", layout: "MIB_TCPTABLE2" },
  6: { name: "GetTcp6Table2", layout: "MIB_TCP6TABLE2" },
} as const;

const extended = (layout: LayoutName, tableClass: number): Question => ({
  name: "GetExtendedTcpTable",
  layout,
  tableClass,
});

describeWith([C_COMPILER], "what Windows is asked for, scripted", () => {
  let iphlpapi: ScriptedIphlpapi;
  let old: ScriptedIphlpapi;

  beforeAll(() => {
    iphlpapi = new ScriptedIphlpapi();
    old = new ScriptedIphlpapi("GetExtendedTcpTable");
  });
  afterAll(() => {
    iphlpapi?.remove();
    old?.remove();
  });

  interface Options {
    readonly family: Family;
    readonly columns?: readonly ColumnName[];
    readonly owner?: Owner;
    readonly where?: string;
  }

  /** Opens, reads once, and checks the call. Returns the collector. */
  function check({ where, ...options }: Options, question: Question, library = iphlpapi) {
    const filter = where === undefined ? {} : { where: compileFilter(where) };
    const collector = openIphlpapi({ library: library.path, ...options, ...filter });
    library.play(encodeTable(familyRows(options.family, 3), question.layout));
    expect(collector.collect(new MeanBuffer()).layout).toBe(question.layout);
    expect(collector.source).toBe(`${library.path} ${question.name}`);
    const { function: called, tableClass, family } = library.seen;
    const isExtended = question.tableClass !== undefined;
    expect({ called, tableClass, family }).toEqual({
      called: question.name,
      tableClass: question.tableClass ?? 0,
      family: isExtended ? { 4: 2, 6: 23 }[options.family] : 0,
    });
    return collector;
  }

  describe("the columns", () => {
    test.each<[Family, ColumnName[], Question, ColumnName[]?]>([
      [4, [], PLAIN[4]],
      [6, [], PLAIN[6]],
      [4, ["localPort", "state"], PLAIN[4]],
      [6, ["remoteScopeId"], PLAIN[6]],
      [4, ["owningPid"], extended("MIB_TCPTABLE_OWNER_PID", 5)],
      [6, ["owningPid"], extended("MIB_TCP6TABLE_OWNER_PID", 5)],
      [4, ["createTimestamp"], extended("MIB_TCPTABLE_OWNER_MODULE", 8)],
      [6, ["createTimestamp", "owningPid"], extended("MIB_TCP6TABLE_OWNER_MODULE", 8)],
      [4, ["offloadState"], OFFLOAD[4]],
      [6, ["offloadState", "owningPid"], OFFLOAD[6]],
      [4, ["user", "inode"], PLAIN[4], ["user", "inode"]],
      [6, ["owningPid", "socketCookie"], extended("MIB_TCP6TABLE_OWNER_PID", 5), ["socketCookie"]],
      [4, ["localScopeId"], PLAIN[4], ["localScopeId"]],
      [4, ["owningPid", "createTimestamp", "offloadState"], OFFLOAD[4], ["createTimestamp"]],
    ])("of family %i: %j are had by the smallest table that has them", (family, columns, question, missing = []) => {
      expect(check({ family, columns }, question).missingColumns).toEqual(missing);
    });

    test("and the owner are asked for together", () => {
      const question = extended("MIB_TCPTABLE_OWNER_MODULE", 8);
      expect(check({ family: 4, owner: "pid", columns: ["createTimestamp"] }, question).missingColumns).toEqual([]);
    });

    test.each<[Family, ColumnName[], Question, ColumnName[]]>([
      [4, ["owningPid"], OFFLOAD[4], []],
      [6, ["createTimestamp", "owningPid"], OFFLOAD[6], ["createTimestamp"]],
    ])("of family %i: %j that an old library has not are told as missing", (family, columns, question, missing) => {
      expect(check({ family, columns }, question, old).missingColumns).toEqual(missing);
    });
  });

  describe("the rows", () => {
    test.each([
      "state listening",
      "state listening sport = :8080",
      "( exclude connected ) and ( exclude closed )",
      "not ( exclude listening )",
      "( state listening src 10.0.0.0/8 ) or ( state listening and sport = :22 )",
    ])("of listeners alone are asked for where nothing else can match: %s", (where) => {
      expect(check({ family: 4, where }, extended("MIB_TCPTABLE", 0)).asked).toBe("state listening");
      expect(check({ family: 6, where }, extended("MIB_TCP6TABLE_OWNER_PID", 3)).asked).toBe("state listening");
    });

    test.each(["state established", "state established dport = :443", "( state connected ) and ( state established )"])(
      "of connections are asked for where they must be ESTABLISHED: %s",
      (where) => {
        expect(check({ family: 4, where }, extended("MIB_TCPTABLE", 1)).asked).toBe("state connected");
        expect(check({ family: 6, where }, extended("MIB_TCP6TABLE_OWNER_PID", 4)).asked).toBe("state connected");
      },
    );

    // Whether SYN-SENT and TIME-WAIT are connected is not documented, and under Wine they are not.
    test.each([
      "",
      "sport = :443",
      "exclude listening",
      "state connected",
      "state time-wait",
      "( state listening ) or sport = :8080",
      "not ( state listening sport = :8080 )",
      "( state established ) or ( state close-wait )",
      "( state listening ) or ( state established )",
    ])("are all asked for where others may match: %s", (where) => {
      expect(check({ family: 4, where }, PLAIN[4]).asked).toBe("every row");
      expect(check({ family: 6, where }, PLAIN[6]).asked).toBe("every row");
    });

    test("are all asked for where nothing is said", () => {
      expect(check({ family: 4 }, PLAIN[4]).asked).toBe("every row");
    });

    test.each<[ColumnName[], Question, string]>([
      [["owningPid"], extended("MIB_TCPTABLE_OWNER_PID", 3), "state listening"],
      [["createTimestamp"], extended("MIB_TCPTABLE_OWNER_MODULE", 6), "state listening"],
      // No class has it: the columns come first.
      [["offloadState"], OFFLOAD[4], "every row"],
    ])("of listeners with %j have these columns", (columns, question, asked) => {
      const collector = check({ family: 4, columns, where: "state listening" }, question);
      expect(collector).toMatchObject({ asked, missingColumns: [] });
    });

    test("are all asked for of a library that has no classes", () => {
      expect(check({ family: 4, where: "state listening" }, PLAIN[4], old).asked).toBe("every row");
      expect(check({ family: 6, where: "state listening" }, PLAIN[6], old).asked).toBe("every row");
    });

    test("are those of the class that is named, whatever the filter", () => {
      const where = compileFilter("state listening");
      const open = (options: object) => openIphlpapi({ library: iphlpapi.path, where, ...options }).asked;
      expect(open({ tableClass: "TCP_TABLE_OWNER_PID_ALL" })).toBe("every row");
      expect(open({ tableClass: "TCP_TABLE_OWNER_PID_CONNECTIONS" })).toBe("state connected");
      expect(open({ function: "GetTcpTable" })).toBe("every row");
      expect(open({ function: "GetExtendedTcpTable" })).toBe("state listening");
    });
  });
});
