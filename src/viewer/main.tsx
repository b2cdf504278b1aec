import { render } from "preact";
import { WorkerClient } from "./model/worker-client.js";

const worker = new Worker(new URL("./worker/worker.ts", import.meta.url), { type: "module" });
const client = new WorkerClient(worker, () => {});
Object.assign(globalThis, { client });
const app = document.getElementById("app");
if (app) render(<main>tcptable</main>, app);
