import { useState } from "preact/hooks";
import { bytesText, spanText, visible } from "../model/texts.js";
import { usePage } from "./context.js";
import { Icon } from "./icons.js";

/** Above the timeline, only when needed: a damaged recording, a lost connection, something told once. */
export function Notice() {
  const { viewer, clock, digits } = usePage();
  const { info, live, message, work } = viewer.state;
  const [hasDetails, setDetails] = useState(false);
  const open = info.value;
  if (work.value) {
    return (
      <div class="banner plain" role="status">
        <p>
          <b>{work.value.what}</b> {Math.round(work.value.fraction * 100)} %
        </p>
      </div>
    );
  }
  if (message.value) {
    return (
      <div class="banner plain" role="status">
        <p>{visible(message.value)}</p>
        <span class="grow" />
        <button
          type="button"
          class="btn line"
          onClick={() => {
            message.value = "";
          }}
        >
          Close
        </button>
      </div>
    );
  }
  if (live.value && live.value.connection !== "connected") {
    return (
      <div class="banner" role="status">
        <Icon name="warning" />
        <p>
          <b>
            {live.value.connection === "reconnecting" ? "Connecting again." : "This machine tells nothing any more."}
          </b>{" "}
          {visible(live.value.reason)}
        </p>
      </div>
    );
  }
  if (!open || open.intact.complete) return <div class="banner-place" />;
  const missing = Math.max(0, open.bytes - open.intact.bytes);
  return (
    <div class="banner" role="status">
      <Icon name="warning" />
      <p>
        <b>This recording is damaged or cut off.</b> {spanText(open.end - open.start)} are intact, to{" "}
        {clock.value.clock(open.end, digits.value)}. {missing > 0 && `${bytesText(missing)} are not readable. `}
        {hasDetails && visible(open.intact.reason ?? "")}
      </p>
      <span class="grow only-wide" />
      {open.intact.reason && (
        <button type="button" class="btn line" aria-expanded={hasDetails} onClick={() => setDetails(!hasDetails)}>
          Details
        </button>
      )}
      <button type="button" class="btn solid" onClick={() => void viewer.exports.saveIntact()}>
        Save what is intact…
      </button>
    </div>
  );
}
