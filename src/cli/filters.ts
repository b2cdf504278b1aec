import type { Query } from "../decoder/query.js";
import { endpointFilter } from "../filter/endpoint-filter.js";
import type { Filter } from "../filter/filter.js";
import { type NameResolver, processesNamed, withProcesses } from "../filter/names.js";
import { statesOf } from "../filter/possible-states.js";
import type { Sample } from "../reader/sample.js";
import type { NumberNames, ProcessNames } from "../system/contract.js";
import { UnsupportedSystemError } from "../system/errors.js";
import { openNumberNames } from "../system/system.js";

/** The filter of a command line, and the names in it. */

let numberNames: NumberNames | undefined;

/** The names of this machine, opened once. @throws {UnsupportedSystemError} neither Windows nor Linux */
export function namesOfNumbers(): NumberNames {
  numberNames ??= openNumberNames();
  return numberNames;
}

/** Looks up the names of users, services and interfaces of this machine. Those of processes are looked up at each reading. */
export const NAMES_HERE: NameResolver = {
  userId: (name) => lookUp(({ userId }, names) => userId.call(names, name)),
  servicePort: (name) => lookUp(({ servicePort }, names) => servicePort.call(names, name)),
  interfaceIndex: (name) => lookUp(({ interfaceIndex }, names) => interfaceIndex.call(names, name)),
};

/** On a system that we do not know, nothing has a name; that it has no table either is told later. */
function lookUp(question: (names: NumberNames, self: NumberNames) => number | undefined): number | undefined {
  try {
    const names = namesOfNumbers();
    return question(names, names);
  } catch (error) {
    if (error instanceof UnsupportedSystemError) return undefined;
    throw error;
  }
}

/**
 * The words of a command line as the text of a filter; empty where there are none. Windows' cmd.exe passes single quotes on: no
 * filter begins with one, so they are left out where they stand around the whole.
 */
export function filterText(words: readonly string[]): string {
  const text = words.join(" ").trim();
  const [, inside] = /^'([^']*)'$/.exec(text) ?? [];
  return (inside ?? text).trim();
}

/**
 * What the system may be asked for instead of a filter that names processes, whose PIDs are not known before the table is read: the
 * addresses, ports and states that may match.
 */
export function whereToRead(filter: Filter | undefined): Filter | undefined {
  if (!filter || processesNamed(filter).length === 0) return filter;
  const states = { kind: "state", states: statesOf(filter.expression) } as const;
  return { text: filter.text, expression: { kind: "and", operands: [states, endpointFilter(filter).expression] } };
}

/** The query with the PIDs of the processes that its filter names: those that hold connections in these samples. */
export function queryOf(
  query: Query,
  samples: readonly Pick<Sample, "table">[],
  names: Pick<ProcessNames, "nameOf">,
): Query {
  const { filter } = query;
  if (!filter || processesNamed(filter).length === 0) return query;
  return { ...query, filter: withOwners(filter, samples, names) };
}

/** The filter with the PIDs of the processes that it names. */
export function withOwners(
  filter: Filter,
  samples: readonly Pick<Sample, "table">[],
  names: Pick<ProcessNames, "nameOf">,
): Filter {
  const ids = new Set<number>();
  for (const { table } of samples) {
    for (let row = 0; row < table.length; row++) for (const id of table.ownersOf(row)) if (id > 0) ids.add(id);
  }
  const called = new Map<number, string | undefined>();
  for (const id of ids) called.set(id, names.nameOf(id));
  return withProcesses(filter, (name) => [...ids].filter((id) => isCalled(called.get(id), name)));
}

/** Whether a process is meant. On Windows small and large letters are the same, and `.exe` may be left out. */
export function isCalled(processName: string | null | undefined, name: string, platform = process.platform): boolean {
  if (processName === undefined || processName === null) return false;
  if (platform !== "win32") return processName === name;
  const [is, wanted] = [processName.toLowerCase(), name.toLowerCase()];
  return is === wanted || is === `${wanted}.exe`;
}
