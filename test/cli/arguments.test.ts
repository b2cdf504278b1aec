import { describe, expect, test } from "vitest";
import { wantsColour } from "../../src/cli/colours.js";
import { columnNamed, parseColumns, shortNames } from "../../src/cli/column-names.js";
import { parseCommandLine } from "../../src/cli/command-line.js";
import { parseSortKeys } from "../../src/cli/sort-keys.js";
import { hiddenOwners } from "../../src/cli/warnings.js";
import { COLUMN_NAMES } from "../../src/format/columns.js";

function parse(words: readonly string[], platform: NodeJS.Platform = "linux") {
  const parsed = parseCommandLine(words, platform);
  if (parsed.kind !== "arguments") throw new Error("text" in parsed ? parsed.text : parsed.kind);
  return parsed.arguments;
}

function parseClose(...words: string[]) {
  const parsed = parseCommandLine(["close", ...words]);
  if (parsed.kind !== "close") throw new Error("text" in parsed ? parsed.text : parsed.kind);
  return parsed.arguments;
}

describe("--order", () => {
  test("--order is Windows's own affair", () => {
    const { order, sortsForTheSystem, query } = parse(["--order"], "win32");
    expect({ order, sortsForTheSystem, keys: query.keys }).toEqual({ order: true, sortsForTheSystem: false, keys: [] });
  });

  test("--order is sorted by us where the system has no order, behind the keys of --sort", () => {
    const { order, sortsForTheSystem, query } = parse(["--order", "--sort", "-state,lport"]);
    expect({ order, sortsForTheSystem }).toEqual({ order: true, sortsForTheSystem: true });
    expect(query.keys.map(({ column, descending }) => (descending ? `-${column}` : column))).toEqual([
      "-state",
      "localPort",
      "localAddress",
      "localScopeId",
      "remoteAddress",
      "remoteScopeId",
      "remotePort",
    ]);
  });
});

describe("what is not said", () => {
  test("without words, the whole table is shown as it is, for people", () => {
    const { query, ...rest } = parse([]);
    expect(query).toEqual({ filter: undefined, keys: [], limit: Number.POSITIVE_INFINITY });
    expect(rest).toEqual({
      families: [4, 6],
      owner: undefined,
      columns: undefined,
      processes: false,
      services: false,
      by: undefined,
      notes: [],
      format: "table",
      header: true,
      summary: false,
      stats: false,
      engine: undefined,
      order: false,
      sortsForTheSystem: false,
    });
  });

  test("an empty filter is no filter", () => {
    expect(parse(["", " "]).query.filter).toBeUndefined();
  });
});

test("filter words are joined by blanks, wherever options stand between them", () => {
  expect(parse(["state", "established", "-H", "dport", "=", ":443", "--csv"]).query.filter?.text).toBe(
    "state established dport = :443",
  );
  expect(parse(["--", "sport", "=", ":22"]).query.filter?.text).toBe("sport = :22");
});

test("sort keys have short names and the columns' own", () => {
  expect(parseSortKeys("state,local,lport,remote,rport")).toEqual([
    "state",
    "localAddress",
    "localPort",
    "remoteAddress",
    "remotePort",
  ]);
  expect(parseSortKeys("-state,-src,-sport,-dst,-dport")).toEqual([
    "-state",
    "-localAddress",
    "-localPort",
    "-remoteAddress",
    "-remotePort",
  ]);
  expect(parseSortKeys("-remotePort")).toEqual(["-remotePort"]);
  expect(parseSortKeys("-pid,created,offload,scope,rscope")).toEqual([
    "-owningPid",
    "createTimestamp",
    "offloadState",
    "localScopeId",
    "remoteScopeId",
  ]);
  expect(() => parseSortKeys("process")).toThrow(/can't be sorted by them: sort by pid/);
  for (const wrong of ["", "-", "--state", "State", "constructor", "lport, rport"])
    expect(() => parseSortKeys(wrong), wrong).toThrow(/There is no column/);
});

test("every column has a short name that messages tell, and no two have the same", () => {
  const columns = shortNames().map((name) => columnNamed(name));
  const added = ["processName", "programPath", "userName", "localService", "remoteService", "family"];
  expect(columns.toSorted()).toEqual([...COLUMN_NAMES, ...added].toSorted());
  for (const column of COLUMN_NAMES) expect(columnNamed(column)).toBe(column);
  expect(parseColumns("user,inode,cookie,recvq,sendq")).toEqual([
    ...["user", "inode", "socketCookie", "receiveQueue", "sendQueue"],
  ]);
  expect(() => parseColumns("uid")).toThrow(
    'There is no column "uid". The columns are: state, local, lport, remote, rport, pid, process, path, recvq, sendq, user, username, inode, cookie, created, offload, scope, rscope, lservice, rservice, family; or by their names in JSON.',
  );
});

describe("-e", () => {
  test("asks for what is waiting in the queues, the user and the inode, as ss does", () => {
    for (const words of [["-e"], ["--extended"], ["-tane"]])
      expect(parse(words).columns).toEqual([
        ...["state", "receiveQueue", "sendQueue", "localAddress", "localPort", "remoteAddress", "remotePort"],
        ...["user", "inode"],
      ]);
    expect(parse(["-e"]).owner).toBeUndefined();
  });

  test("joins -p, and has the scopes of IPv6 for programs", () => {
    const { columns, processes, owner } = parse(["-ep", "--json"]);
    expect({ processes, owner }).toEqual({ processes: true, owner: "pid" });
    expect(columns?.slice(7)).toEqual([
      ...["localScopeId", "remoteScopeId", "owningPid", "processName", "user", "inode"],
    ]);
    expect(parse(["-e4", "--csv"]).columns).not.toContain("localScopeId");
  });

  test("can't be joined with --columns or with a summary", () => {
    for (const words of [
      ["-e", "--columns", "user"],
      ["-s", "-e"],
    ])
      expect(() => parse(words), words.join(" ")).toThrow(/cannot be used with option/);
  });
});

test("columns have the same names, and the process's", () => {
  expect(parseColumns("process,pid,rport,localAddress")).toEqual([
    "processName",
    "owningPid",
    "remotePort",
    "localAddress",
  ]);
  for (const wrong of ["", "pid,", "-pid", "PID", "toString"])
    expect(() => parseColumns(wrong), wrong).toThrow(/There is no column/);
  expect(() => parseColumns("lport,pid,sport")).toThrow("The column localPort stands there twice.");
});

test("families are both, unless one is asked for", () => {
  expect(parse(["-4"]).families).toEqual([4]);
  expect(parse(["--ipv6"]).families).toEqual([6]);
  expect(parse(["-6", "-4"]).families).toEqual([4, 6]);
});

describe("owners are asked for only where something needs them", () => {
  test.each([
    ["nothing", ["--sort", "lport", "--columns", "state,lport", "sport = :80"], undefined],
    ["-p", ["-p"], "pid"],
    ["a filter", ["sport = :80 or not ( state listening pid = 1 )"], "pid"],
    ["--sort", ["--sort", "-pid"], "pid"],
    ["--columns", ["--columns", "pid"], "pid"],
    ["the column of names", ["--columns", "process"], "pid"],
    ["the time of creation", ["--columns", "state,created"], "module"],
    ["a sort by it", ["-p", "--sort", "created"], "module"],
    ["what the adapter has taken over", ["--columns", "lport,offload"], "offload"],
  ])("owners are asked for only where something needs them: %s (%j) asks for %s", (_, words, owner) => {
    expect(parse(words).owner).toBe(owner);
  });

  test("names of processes are asked for only where they are printed", () => {
    expect(parse(["-p"]).processes).toBe(true);
    expect(parse(["--columns", "process"]).processes).toBe(true);
    expect(parse(["--columns", "pid", "--sort", "pid"]).processes).toBe(false);
  });
});

describe("close", () => {
  test("close is a command in front alone: behind it, the words are the filter", () => {
    expect(parseClose("state", "close", "-4").filter.text).toBe("state close");
    expect(parseClose("state", "close", "-4").families).toEqual([4]);
    expect(parse(["state", "close"]).query.filter?.text).toBe("state close");
  });

  test("close asks, unless it is told not to", () => {
    expect(parseClose("dport", "=", ":80").yes).toBe(false);
    expect(parseClose("dport", "=", ":80", "--yes").yes).toBe(true);
    expect(parseClose("-y", "dport", "=", ":80").yes).toBe(true);
  });

  test("close never closes everything for want of a filter", () => {
    for (const words of [[], [""], ["--yes"], ["-4", " "]])
      expect(() => parseClose(...words), words.join()).toThrow(/close needs a filter/);
    expect(parseClose("state", "all").filter.text).toBe("state all");
  });
});

test("what this user may not see is told with the way to see it", () => {
  expect(hiddenOwners(2, "linux", false)).toBe(
    "2 connections belong to processes that this user may not see. Run tcptable with sudo to see all.",
  );
  expect(hiddenOwners(1, "win32", false)).toBe(
    "1 connection belongs to a process that this user may not see. Run tcptable in a terminal that is run as administrator to see all.",
  );
  expect(hiddenOwners(1, "linux", true)).toBe(
    "1 connection belongs to a process that /proc does not show here: another container's, or the kernel itself.",
  );
});

test.each([
  ["a terminal with colours", true, true, {}, true],
  ["a terminal without", true, false, {}, false],
  ["a pipe", false, false, {}, false],
  ["NO_COLOR on a terminal", true, true, { NO_COLOR: "1" }, false],
  ["an empty NO_COLOR", true, true, { NO_COLOR: "" }, true],
  ["FORCE_COLOR in a pipe", false, false, { FORCE_COLOR: "1" }, true],
  ["FORCE_COLOR=0 on a terminal", true, true, { FORCE_COLOR: "0" }, false],
  ["FORCE_COLOR=false on a terminal", true, true, { FORCE_COLOR: "false" }, false],
  ["an empty FORCE_COLOR in a pipe", false, false, { FORCE_COLOR: "" }, false],
  ["both", true, true, { FORCE_COLOR: "1", NO_COLOR: "1" }, false],
])("colour for %s", (_, isTTY, has, environment, expected) => {
  expect(wantsColour({ isTTY, hasColors: () => has }, environment)).toBe(expected);
});
