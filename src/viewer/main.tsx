import { render } from "preact";

const worker = new Worker(new URL("./worker/worker.ts", import.meta.url), { type: "module" });
const app = document.getElementById("app");
if (app) render(<main>tcptable</main>, app);
// For whoever tries the worker before there is a page.
Object.assign(globalThis, { worker });
