import { useLayoutEffect, useRef } from "preact/hooks";
import type { Life } from "../../capture/index.js";
import { bytesText, count, hostText, spanText, visible } from "../model/texts.js";
import { conditionOf } from "./cells.js";
import { usePage } from "./context.js";
import { Icon, StateSign } from "./icons.js";
import { pairText } from "./table-row.js";
import { paintBand } from "./timeline/paint-band.js";
import { lifeParts } from "./timeline/use-picture.js";

/** What a state says, in a sentence. */
const MEANINGS: Readonly<Record<string, string>> = {
  LISTEN: "Waits for others to connect.",
  "SYN-SENT": "The other end has not answered.",
  "SYN-RECEIVED": "The other end asks; not yet agreed.",
  ESTABLISHED: "Both ends may send.",
  "FIN-WAIT-1": "This machine has closed; not yet acknowledged.",
  "FIN-WAIT-2": "This machine has closed.",
  "CLOSE-WAIT": "The other end has closed.",
  CLOSING: "Both have closed at once.",
  "LAST-ACK": "Both have closed; the last word is on its way.",
  "TIME-WAIT": "Closed; waits for what is still under way.",
};

/** States of a life that the panel lists. */
const MOST_STATES = 12;

/** One connection: its ends, its life on its own scale, what its end told, other lives of the pair. */
export function Detail() {
  const { viewer, isNarrow, clock, digits } = usePage();
  const { state } = viewer;
  const shown = state.selected.value;
  if (!shown) return null;
  const { row } = shown;
  const found = state.life.value;
  const life = found?.life;
  const now = state.moment.value?.time ?? state.at.value;
  const time = (at: number) => clock.value.clock(at, digits.value);
  const parts = life ? lifeParts(life) : [];
  const current = parts.findLast(({ from }) => from <= now);
  const inState = current && now <= (life?.lastSeen ?? 0) ? `${spanText(now - current.from)} so far. ` : "";
  const close = () => {
    viewer.select(null);
    document.getElementById("grid")?.focus();
  };
  const ends = row.state === "LISTEN" ? "*" : `${hostText(row.remoteAddress)}:${row.remotePort}`;
  const process = visible([row.owningPid || "", shown.processName].filter(Boolean).join(" "));
  return (
    <aside
      class="detail"
      aria-label="Connection"
      data-region
      tabIndex={-1}
      onKeyDown={(event) => {
        if (event.key !== "Escape") return;
        event.stopPropagation();
        close();
      }}
    >
      <header>
        <StateSign state={current?.state ?? row.state} />
        <div class="grow">
          <h2>{current?.state ?? row.state}</h2>
          {isNarrow.value ? (
            <>
              <p class="mono">{pairText(row)}</p>
              <p>
                {process || "No process"}
                {inState && `, in this state for ${spanText(now - (current?.from ?? now))}`}
              </p>
            </>
          ) : (
            <p>
              {inState}
              {MEANINGS[current?.state ?? row.state] ?? ""}
            </p>
          )}
        </div>
        <button type="button" class="btn icon" aria-label="Close" onClick={close}>
          <Icon name="close" />
        </button>
      </header>
      <dl class="ends">
        <dt>Local</dt>
        <dd class="mono">
          {hostText(row.localAddress)}:{row.localPort}
        </dd>
        <dt>Remote</dt>
        <dd class="mono">{ends}</dd>
        <dt>Process</dt>
        <dd class="mono">{process || "none"}</dd>
      </dl>
      {life ? (
        <LifeBand life={life} />
      ) : (
        <p class="band waiting">{found?.isDone ? "No sample holds it." : "Looking for its life…"}</p>
      )}
      <div class="scrolls">
        {parts.length > 0 && (
          <div class="block">
            <table class="steps-t">
              <thead class="sr">
                <tr>
                  <th scope="col">State</th>
                  <th scope="col">Since</th>
                  <th scope="col">For</th>
                </tr>
              </thead>
              <tbody>
                {parts.slice(-MOST_STATES).map((part) => (
                  <tr key={part.from} class={part === current ? "at" : ""}>
                    <td>
                      <span class="st">
                        <StateSign state={part.state} />
                        {part.state}
                      </span>
                    </td>
                    <td class="num mono">{time(part.from)}</td>
                    <td class="num">{spanText(part.to - part.from)}</td>
                  </tr>
                ))}
              </tbody>
            </table>
          </div>
        )}
        {life && <ToldAtEnd life={life} />}
        {found && found.others.length > 0 && (
          <div class="block">
            <h3>The same pair before and after</h3>
            <ul class="others">
              {found.others.slice(0, 8).map((other) => (
                <li key={other.firstSeen}>
                  <button type="button" class="mono" onClick={() => viewer.goTo(other.firstSeen)}>
                    {time(other.firstSeen)}
                  </button>{" "}
                  <span class="mid">
                    {other.sampled ? `for ${spanText(other.lastSeen - other.firstSeen)}` : "seen only by its end"}
                  </span>
                </li>
              ))}
              {found.others.length > 8 && <li class="mid">and {count(found.others.length - 8)} more</li>}
            </ul>
          </div>
        )}
      </div>
      <div class="acts">
        <button type="button" class="btn line" disabled={!life} onClick={() => life && viewer.goTo(life.firstSeen)}>
          First seen
        </button>
        <button type="button" class="btn line" disabled={!life} onClick={() => life && viewer.goTo(life.lastSeen)}>
          Last seen
        </button>
        <button type="button" class="btn line" onClick={() => viewer.narrow(conditionOf(row))}>
          {row.state === "LISTEN" ? "Only this port" : "Only this remote"}
        </button>
        <span class="grow" />
        <button
          type="button"
          class="btn line"
          onClick={() => void viewer.exports.copy(pairText(row), "Both ends copied.")}
        >
          Copy
        </button>
      </div>
    </aside>
  );
}

function LifeBand({ life }: { readonly life: Life }) {
  const { viewer, clock, digits, isSystemDark } = usePage();
  const canvas = useRef<HTMLCanvasElement>(null);
  const { moment, at, theme } = viewer.state;
  const now = moment.value?.time ?? at.value;
  const themeNow = `${theme.value} ${isSystemDark.value}`;
  useLayoutEffect(() => {
    void themeNow;
    if (canvas.current) paintBand(canvas.current, life.sampled ? lifeParts(life) : [], life, now);
  }, [life, now, themeNow]);
  const lived = life.sampled ? spanText(life.lastSeen - life.firstSeen) : "less than a sample";
  const label = life.states
    .map(({ state, time }) => `${state} from ${clock.value.clock(time, digits.value)}`)
    .join(", ");
  return (
    <div class="band">
      <canvas ref={canvas} role="img" aria-label={`Life of the connection: ${label || "seen only by its end"}`} />
      <div class="bandcap">
        <span>
          {life.isOlder && "before "}
          {clock.value.clock(life.firstSeen, digits.value)}
        </span>
        <b>
          {life.isAlive ? "lives for " : "lived "}
          {life.isOlder && "> "}
          {lived}
        </b>
        <span>{life.isAlive ? "still there" : clock.value.clock(life.lastSeen, digits.value)}</span>
      </div>
    </div>
  );
}

/** What the kernel told when it ended, as far as it did. */
function ToldAtEnd({ life }: { readonly life: Life }) {
  const { clock } = usePage();
  const facts: [string, string][] = [];
  if (life.bytesSent !== null) facts.push(["Sent", bytesText(life.bytesSent)]);
  if (life.rttMicroseconds !== null) facts.push(["Round trip", `${(life.rttMicroseconds / 1000).toFixed(2)} ms`]);
  if (life.bytesReceived !== null) facts.push(["Received", bytesText(life.bytesReceived)]);
  if (life.retransmits !== null) facts.push(["Resent", `${count(life.retransmits)} segments`]);
  if (life.endedAt === null) return null;
  return (
    <div class="block">
      <h3>Told by the kernel at its end, {clock.value.clock(life.endedAt, 3)}</h3>
      <dl class="facts">
        {facts.map(([name, value]) => (
          <div key={name}>
            <dt>{name}</dt>
            <dd>{value}</dd>
          </div>
        ))}
      </dl>
      {facts.length === 0 && <p class="mid">No figures.</p>}
    </div>
  );
}
