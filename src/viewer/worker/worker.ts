/** The viewer's worker: it holds the recording, and answers the page's questions. */
import type { Ask } from "../protocol.js";
import { Desk } from "./desk.js";

/** Of a dedicated worker; the types of a page know only windows. */
interface WorkerScope {
  postMessage(message: unknown, transfer: Transferable[]): void;
  onmessage: ((event: MessageEvent<Ask>) => void) | null;
}

const scope = globalThis as unknown as WorkerScope;
const desk = new Desk((tell, transfer = []) => scope.postMessage(tell, transfer));
scope.onmessage = ({ data }) => void desk.answer(data);
