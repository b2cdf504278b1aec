import { hostname, release } from "node:os";
import type { CaptureMetadata } from "../capture/metadata.js";
import type { FrameSource } from "../sampler/frame-source.js";
import { identityColumns, readHostIdentity } from "../system/system.js";
import type { RecordArguments } from "./record-arguments.js";

/**
 * What a recording of this machine's samples says of itself.
 *
 * @param version of tcptable
 * @param source of the samples, where it is open already
 */
export function recordedMetadata(
  what: Pick<RecordArguments, "families" | "filter" | "owner" | "every">,
  version: string,
  source: FrameSource | undefined,
): CaptureMetadata {
  const { families, filter, owner, every } = what;
  return {
    host: hostname(),
    system: process.platform,
    release: release(),
    ...readHostIdentity(),
    asked: [...new Set([...identityColumns(), ...(owner ? ["owningPid"] : [])])].join(","),
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
