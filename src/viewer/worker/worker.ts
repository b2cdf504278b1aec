/** The viewer's worker: it holds the recording, and answers the page's questions. */
import type { Ask } from "../protocol.js";
import { Desk } from "./desk.js";
import type { OpenLive } from "./open-source.js";

/** Of a dedicated worker; the types of a page know only windows. */
interface WorkerScope {
  postMessage(message: unknown, transfer: Transferable[]): void;
  onmessage: ((event: MessageEvent<Ask>) => void) | null;
}

const scope = globalThis as unknown as WorkerScope;
/** Loaded where this machine is shown: who opens a file has no use for it. */
const openLive: OpenLive = async (...words) => (await import("./live.js")).openLive(...words);
const desk = new Desk((tell, transfer = []) => scope.postMessage(tell, transfer), openLive);
scope.onmessage = ({ data }) => void desk.answer(data);
