import { render } from "preact";
import { openLink, writeLink } from "./model/address.js";
import { Viewer } from "./model/viewer.js";
import { App } from "./parts/app.js";
import { createPage, PageProvider } from "./parts/context.js";

const worker = new Worker(new URL("./worker/worker.ts", import.meta.url), { type: "module" });
const viewer = new Viewer(worker);
const app = document.getElementById("app");
if (app) {
  render(
    <PageProvider value={createPage(viewer)}>
      <App />
    </PageProvider>,
    app,
  );
  void openLink(viewer, location.hash);
  writeLink(viewer);
}
