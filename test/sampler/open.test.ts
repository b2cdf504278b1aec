import { beforeEach, describe, expect, test, vi } from "vitest";
import { compileFilter } from "../../src/filter/filter.js";
import { openFrameSource } from "../../src/sampler/frame-source.js";
import { type SamplerOptions, settingsOf } from "../../src/sampler/options.js";
import type { CollectorOptions } from "../../src/system/contract.js";
import { identityColumns, openCollectors, openEnds, openProcessNames } from "../../src/system/system.js";
import { TableCollector } from "../support/table-collector.js";
import { ScriptedEnds, ScriptedNames } from "./scripted-sampler.js";

vi.mock("../../src/system/system.js", () => ({
  openCollectors: vi.fn(),
  openEnds: vi.fn(),
  openProcessNames: vi.fn(),
  identityColumns: vi.fn(),
}));

const receiver = { receive: () => {}, fail: () => {} };
let asked: CollectorOptions;
let families: readonly number[];
let ends: ScriptedEnds;
let ipv4: TableCollector;

beforeEach(() => {
  vi.mocked(openCollectors)
    .mockReset()
    .mockImplementation((which, options = {}) => {
      asked = options;
      families = which;
      ipv4 = new TableCollector("LINUX_TCPTABLE");
      return which.map((family) => ({
        family,
        collector: family === 4 ? ipv4 : new TableCollector("LINUX_TCP6TABLE"),
      }));
    });
  ends = new ScriptedEnds();
  vi.mocked(openEnds).mockReset().mockReturnValue(ends);
  vi.mocked(openProcessNames).mockReset().mockReturnValue(new ScriptedNames());
  vi.mocked(identityColumns).mockReset().mockReturnValue(["socketCookie", "inode"]);
});

/** Opens the source of these options, and closes it. */
async function open(options: SamplerOptions): Promise<void> {
  const source = await openFrameSource(settingsOf(options), receiver);
  await source.close();
}

describe("what the system is asked for", () => {
  test("are the columns that tell connections apart, those that are wanted, and those of the filter", async () => {
    await open({ where: "user = 0 or dport = :443", columns: ["receiveQueue", "inode"], owner: "pid" });
    expect(asked).toMatchObject({ owner: "pid", ownerBudget: 5 });
    expect([...(asked.columns ?? [])].sort()).toEqual(["inode", "receiveQueue", "remotePort", "socketCookie", "user"]);
  });

  test("of a filter is what it says of addresses and ports: a row must not be missing because of its state or its owner", async () => {
    await open({ where: "state established dport = :443 pid = 7" });
    expect(asked.where?.expression).toEqual(compileFilter("dport = :443").expression);
  });

  test("are both families, IPv4 first, or those that are wanted, and their ends", async () => {
    await open({});
    expect(families).toEqual([4, 6]);
    await open({ families: [6] });
    expect(families).toEqual([6]);
    expect(vi.mocked(openEnds).mock.calls).toEqual([[{ families: [4, 6] }], [{ families: [6] }]]);
    await open({ families: [6, 4] });
    expect(families).toEqual([4, 6]);
  });

  test("are the owners where names are wanted, and names only then", async () => {
    await open({});
    expect(asked.columns).not.toContain("owningPid");
    expect(openProcessNames).not.toHaveBeenCalled();
    await open({ names: true });
    expect(asked.columns).toContain("owningPid");
    expect(openProcessNames).toHaveBeenCalledOnce();
  });

  test("are no ends where they are not wanted", async () => {
    await open({ events: false });
    expect(openEnds).not.toHaveBeenCalled();
  });
});

describe("what was opened is closed", () => {
  test("with the source", async () => {
    await open({});
    expect([ipv4.closed, ends.closed]).toEqual([1, 1]);
  });

  test("where the names of processes can't be had", async () => {
    const error = new Error("kernel32.dll is not there");
    vi.mocked(openProcessNames).mockImplementation(() => {
      throw error;
    });
    await expect(open({ names: true })).rejects.toBe(error);
    expect(ipv4?.closed ?? 1).toBe(1);
  });

  test("where there is no memory for frames", async () => {
    await expect(openFrameSource({ ...settingsOf({}), keyInterval: 0 }, receiver)).rejects.toThrow(RangeError);
    expect(ipv4.closed).toBe(1);
  });
});
