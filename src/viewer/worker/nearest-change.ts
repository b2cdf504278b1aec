import type { Capture } from "../../capture/index.js";
import { compileFilter } from "../../decoder/index.js";
import type { Questions } from "../protocol.js";
import type { Pyramid } from "./pyramid.js";

/** Milliseconds that are looked through backwards, step by step: a part of a recording can only be read forwards. */
const STEPS_BACK = [30_000, 600_000];

/** When something that matches opened, closed or changed next, or before; NaN where nothing did. */
export async function nearestChange(
  capture: Capture,
  pyramid: Pyramid,
  { at, where, direction }: Questions["change"]["ask"],
  signal: AbortSignal,
): Promise<number> {
  const filter = compileFilter(where);
  const isLoaded = pyramid.loadedTo >= capture.end;
  const known = filter.expression.kind === "all" && isLoaded ? pyramid.change(at, direction) : undefined;
  if (known !== undefined) return known;
  if (direction === 1) {
    for await (const moment of capture.moments({ from: at, where: filter, signal }))
      if (moment.time > at && moment.opened + moment.closed + moment.changed > 0) return moment.time;
    return Number.NaN;
  }
  let to = at;
  for (const step of [...STEPS_BACK, Number.POSITIVE_INFINITY]) {
    const from = Math.max(capture.start, to - step);
    let found = Number.NaN;
    for await (const moment of capture.moments({ from, to, where: filter, signal }))
      if (moment.time < at && moment.opened + moment.closed + moment.changed > 0) found = moment.time;
    if (!Number.isNaN(found) || from <= capture.start) return found;
    to = from;
  }
  return Number.NaN;
}
