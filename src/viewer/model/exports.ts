import type { Exported, ExportFormat, ExportWhat } from "../protocol.js";
import { orTell } from "./failures.js";
import { saveFile } from "./save.js";
import type { ViewerState } from "./state.js";
import { bytesText, count } from "./texts.js";
import type { WorkerClient } from "./worker-client.js";

/** What leaves the page: files that are saved, and texts that are copied. */
export class Exports {
  readonly #state: ViewerState;
  readonly #client: WorkerClient;
  readonly #viewMoment: () => Promise<void>;

  /** @param viewMoment makes the worker's view the whole moment again, where it is that of an unfolded group */
  constructor(state: ViewerState, client: WorkerClient, viewMoment: () => Promise<void>) {
    this.#state = state;
    this.#client = client;
    this.#viewMoment = viewMoment;
  }

  /** Saves a moment, rows, lives or a window as a file. */
  async save(what: ExportWhat, format: ExportFormat): Promise<void> {
    await orTell(this.#state, async () => {
      if (what.kind === "moment" && this.#state.openGroup.value) await this.#viewMoment();
      this.#save(await this.#exported(what, format));
    });
  }

  /** Saves what is intact of a damaged recording. */
  async saveIntact(): Promise<void> {
    const state = this.#state;
    await orTell(state, () =>
      this.#working("Saving what is intact", async (progress) => {
        this.#save(await this.#client.ask("recover", undefined, progress));
      }),
    );
  }

  /** Copies rows of the table by their places. */
  async copyRows(places: readonly number[], format: ExportFormat): Promise<void> {
    await orTell(this.#state, async () => {
      const { file, count: rows } = await this.#exported({ kind: "rows", places }, format);
      await this.copy(
        await file.text(),
        `${count(rows)} ${rows === 1 ? "row" : "rows"} copied as ${format.toUpperCase()}.`,
      );
    });
  }

  /** Copies a text. @param told what the page says then */
  async copy(text: string, told: string): Promise<void> {
    try {
      await navigator.clipboard.writeText(text);
      this.#state.message.value = told;
    } catch {
      this.#state.message.value = "The browser does not let this page write to the clipboard.";
    }
  }

  #save(exported: Exported): void {
    saveFile(exported);
    this.#state.message.value = `Saved ${exported.name}, ${bytesText(exported.file.size)}.`;
  }

  #exported(what: ExportWhat, format: ExportFormat): Promise<Exported> {
    return this.#working("Exporting", (progress) => this.#client.ask("export", { what, format }, progress));
  }

  /** Shows how far some work is, until it ends. */
  async #working<Result>(
    what: string,
    work: (progress: (fraction: number) => void) => Promise<Result>,
  ): Promise<Result> {
    const state = this.#state;
    try {
      return await work((fraction) => {
        state.work.value = { what, fraction };
      });
    } finally {
      state.work.value = null;
    }
  }
}
