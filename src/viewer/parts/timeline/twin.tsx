import { STATE_ORDER } from "../../model/states.js";
import { count } from "../../model/texts.js";
import { usePage } from "../context.js";
import { byPlace } from "./from-worker.js";

const STEPS = 60;

/** The timeline for screen readers: its window as a table of 60 steps. */
export function Twin() {
  const { viewer, clock, digits } = usePage();
  const timeline = viewer.state.timeline.value;
  if (!timeline) return null;
  const step = Math.max(1, Math.floor(timeline.length / STEPS));
  const columns = Array.from({ length: Math.ceil(timeline.length / step) }, (_, place) => place * step);
  return (
    <div class="sr">
      <table>
        <caption>Connections over time</caption>
        <thead>
          <tr>
            <th scope="col">Time</th>
            <th scope="col">Rows</th>
            {STATE_ORDER.map(({ name }) => (
              <th scope="col" key={name}>
                {name}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {columns.map((column) => {
            const isSeen = (timeline.samples[column] ?? 0) > 0;
            const time = isSeen
              ? (timeline.time[column] ?? Number.NaN)
              : timeline.from + ((timeline.to - timeline.from) * column) / timeline.length;
            return (
              <tr key={column}>
                <th scope="row">{clock.value.clock(time, digits.value)}</th>
                <td>{isSeen ? count(timeline.rows[column] ?? 0) : "no samples"}</td>
                {byPlace(timeline.states.map((counts) => counts[column] ?? 0)).map((rows, place) => (
                  <td key={STATE_ORDER[place]?.name}>{isSeen ? count(rows) : ""}</td>
                ))}
              </tr>
            );
          })}
        </tbody>
      </table>
    </div>
  );
}
