import { useEffect, useRef, useState } from "preact/hooks";
import { liveAddress } from "../model/address.js";
import { visible } from "../model/texts.js";
import { usePage } from "./context.js";
import { chooseFile } from "./drop.js";

/** What stands where nothing is open: drop, choose, address, live; and why the last one could not be opened. */
export function Empty() {
  const { viewer } = usePage();
  const { state } = viewer;
  const [address, setAddress] = useState("");
  const choose = useRef<HTMLButtonElement>(null);
  useEffect(() => choose.current?.focus(), []);
  const failure = state.failure.value;
  const openAddress = (event: Event) => {
    event.preventDefault();
    if (!address.trim()) return;
    try {
      void viewer.open({ kind: "address", address: new URL(address.trim(), location.href).href });
    } catch {
      state.failure.value = "This is no address. Write it as https://example.org/web-14.mcap.";
    }
  };
  return (
    <main class="empty" data-region tabIndex={-1}>
      <div class="drop">
        <div class="zone">
          <h2>Drop a recording here</h2>
          {failure ? (
            <p class="failure" role="alert">
              {visible(failure)}
            </p>
          ) : (
            <p>It is read where it lies, only the parts you look at. Nothing leaves this browser.</p>
          )}
          <div class="row">
            <button
              type="button"
              class="btn solid"
              ref={choose}
              onClick={() => chooseFile((file) => void viewer.open({ kind: "file", file, name: file.name }))}
            >
              Choose a file…
            </button>
            {liveAddress() && (
              <button
                type="button"
                class="btn line"
                onClick={() => void viewer.open({ kind: "live", address: liveAddress() })}
              >
                This machine, live
              </button>
            )}
          </div>
        </div>
        <form class="urlbox" onSubmit={openAddress}>
          <input
            type="text"
            inputMode="url"
            aria-label="Address of a recording"
            placeholder="https://…/web-14.mcap"
            value={address}
            onInput={(event) => setAddress(event.currentTarget.value)}
          />
          <button type="submit" class="btn line">
            Open address
          </button>
        </form>
        <div class="how">
          <div>
            <b>Make one</b>
            <span>Every connection, ten times a second, for an hour.</span>
            <code>tcptable record web-14.mcap --for 1h</code>
          </div>
          <div>
            <b>Mend one</b>
            <span>Keeps what is intact of a file that was cut off.</span>
            <code>tcptable recover broken.mcap new.mcap</code>
          </div>
        </div>
      </div>
    </main>
  );
}
