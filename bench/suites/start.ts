import { fileURLToPath } from "node:url";
import { inShort, sharedOut } from "../collect/loopback.js";
import type { Command, CommandsOrder, Expected } from "../command/case.js";
import { KERNEL, NODE, SS_COMMAND } from "../contestants/names.js";
import type { Row } from "../data/checksum.js";
import { isThere, type Network, openNetwork } from "../network/network.js";
import { COMMANDS, START } from "../results.js";
import type { Case, Entrant } from "../turns.js";
import type { Run } from "./suite.js";

/** Connections in the small table. */
const FEW = 25;
const LISTEN = 2;
/** Processes a turn, for each sample that other suites take at least. */
export const PROCESSES = 2;

/** Commands as whole processes: on a small table beside Node alone, and on a large one beside ss. */
export async function* startCases(sockets: number, run: Run): AsyncGenerator<Case> {
  const small = await openNetwork([FEW], run.programs);
  if (!small) {
    run.note(`Without the suite "start": it takes Linux, ip (iproute2), and root or user namespaces.`);
    return;
  }
  try {
    yield* startsOf(small, run);
  } finally {
    await small.close();
  }
  if (!(await isThere("ss"))) {
    run.note(`Without ${SS_COMMAND}: ss is missing. Get it: apt-get install iproute2`);
    return;
  }
  const large = await openNetwork(sharedOut(sockets), run.programs);
  if (!large) return;
  try {
    yield* commandsOf(large, run);
  } finally {
    await large.close();
  }
}

/** What the command prints in a network. */
function expectations({ held }: Network) {
  const rows = held.flat();
  const listeners = rows.filter(({ state }: Row) => state === LISTEN);
  return {
    size: rows.length,
    all: { ...inShort([rows]), owners: false },
    owned: { ...inShort([rows]), owners: true },
    listening: { ...inShort([listeners]), owners: false },
    total: { pattern: `\\nTotal +${rows.length} ` },
  };
}

function* startsOf(network: Network, run: Run): Generator<Case> {
  const { size, all, owned, listening, total } = expectations(network);
  const commands: readonly (readonly [args: string[], expected: Expected])[] = [
    [["--version"], { pattern: "^\\d+\\.\\d+\\.\\d+" }],
    [["--help"], { pattern: "^Usage: tcptable " }],
    [[], all],
    [["-l"], listening],
    [["-s"], total],
    [["--json"], all],
    [["-e"], all],
    [["-p"], owned],
  ];
  const nothing = { contestant: NODE, program: process.execPath, args: ["-e", "0"], expected: { pattern: "^$" } };
  for (const [args, expected] of commands) {
    yield {
      suite: START,
      kind: ["tcptable", ...args].join(" "),
      size,
      rows: size,
      entrants: entrantsOf([tcptable(args, expected), nothing], network, run),
    };
  }
}

function* commandsOf(network: Network, run: Run): Generator<Case> {
  const { size, all, owned, listening } = expectations(network);
  const commands: readonly (readonly [ours: string[], theirs: string[], expected: Expected])[] = [
    [[], ["-tan"], all],
    [["-l"], ["-ltn"], listening],
    [["-p"], ["-tanp"], owned],
  ];
  const ss = { contestant: SS_COMMAND, program: "ss" };
  for (const [ours, theirs, expected] of commands) {
    yield {
      suite: COMMANDS,
      kind: `${["tcptable", ...ours].join(" ")}, ${["ss", ...theirs].join(" ")}`,
      size,
      rows: size,
      entrants: entrantsOf([tcptable(ours, expected), { ...ss, args: theirs, expected }], network, run),
    };
  }
}

function tcptable(args: readonly string[], expected: Expected): Command {
  const program = fileURLToPath(new URL("cli/tcptable.cjs", import.meta.resolve("tcptable")));
  return { contestant: KERNEL, program: process.execPath, args: [program, ...args], expected };
}

/** They take turns within each measurement of the first; the others tell what theirs was. */
function entrantsOf(commands: readonly Command[], network: Network, { effort }: Run): Entrant[] {
  const order: CommandsOrder = { commands, samples: effort.samples * PROCESSES };
  let times: readonly number[] = [];
  return commands.map(({ contestant }, number) => ({
    name: contestant,
    async measure() {
      if (number === 0) times = await network.ask<number[]>("command/case.js", order);
      return times[number] as number;
    },
  }));
}
