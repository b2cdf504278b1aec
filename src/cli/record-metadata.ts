import { hostname, release } from "node:os";
import type { CaptureMetadata } from "../capture/metadata.js";
import type { Filter } from "../filter/filter.js";
import type { ColumnName } from "../format/columns.js";
import type { Family } from "../format/layouts.js";
import { identityColumns, readHostIdentity } from "../system/system.js";

/** What is recorded. */
export interface Recorded {
  /** IPv4 first. */
  readonly families: readonly Family[];
  readonly filter: Filter | undefined;
  /** `undefined` where owners are not recorded. */
  readonly owner: string | undefined;
  /** Columns that are asked for beside those that tell connections apart. */
  readonly columns?: readonly ColumnName[];
  /** Milliseconds from one sample to the next. */
  readonly every: number;
}

/** Where a family's tables come from, for people; `undefined` where there are none. */
export interface SourceNames {
  sourceOf(family: Family): string | undefined;
}

/**
 * What a recording that begins now says of itself.
 *
 * @param version of tcptable
 */
export function metadataOf(what: Recorded, version: string, source: SourceNames | undefined): CaptureMetadata {
  const { families, filter, owner, columns = [], every } = what;
  return {
    host: hostname(),
    system: process.platform,
    release: release(),
    ...readHostIdentity(),
    asked: [...new Set([...identityColumns(), ...columns, ...(owner ? ["owningPid"] : [])])].join(","),
    filter: filter?.text ?? "",
    owner: owner ?? "",
    every,
    version,
    timeZone: Intl.DateTimeFormat().resolvedOptions().timeZone,
    families: families.map((family) => {
      const from = source?.sourceOf(family) ?? "";
      // Behind the name, a source may say why it is this one.
      const api = from.replace(/ \(.*$/, "");
      return { family, layout: family === 4 ? "MIB_TCPTABLE" : "MIB_TCP6TABLE", source: from, api };
    }),
  };
}
