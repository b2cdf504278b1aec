import { STATE_ORDER } from "../../model/states.js";
import { count } from "../../model/texts.js";
import { usePage } from "../context.js";
import { byPlace } from "./from-worker.js";
import { twinSteps } from "./twin-steps.js";

const STEPS = 60;

/** The timeline for screen readers: its window as a table of 60 steps at most. */
export function Twin() {
  const { viewer, clock, digits } = usePage();
  const timeline = viewer.state.timeline.value;
  if (!timeline) return null;
  const steps = twinSteps(timeline, viewer.state.info.value?.metadata.every ?? 0, STEPS);
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
          {steps.map(({ time, column }) => (
            <tr key={time}>
              <th scope="row">{clock.value.clock(time, digits.value)}</th>
              <td>{column === null ? "no samples" : count(timeline.rows[column] ?? 0)}</td>
              {byPlace(timeline.states.map((counts) => counts[column ?? 0] ?? 0)).map((rows, place) => (
                <td key={STATE_ORDER[place]?.name}>{column === null ? "" : count(rows)}</td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
