import type { Ends } from "../format/ends.js";
import type { Family } from "../format/layouts.js";
import type { EndsCollector } from "../system/contract.js";

const NO_ENDS: Ends = { layout: "LINUX_TCPTABLE", length: 0, rows: new Uint8Array(4), records: new Uint8Array(0) };

/** Opens what tells the ends of connections; gives `undefined` where the system has no such thing. */
export type OpenEnds = () => EndsCollector | undefined;

/**
 * The ends of connections, as long as the system tells them. Where it does not, or ceases to, sampling goes on without them,
 * and `blind` says so.
 */
export class SystemEnds {
  readonly #open: OpenEnds | undefined;
  #collector: EndsCollector | undefined;
  #blind: string | undefined;

  /** @param open absent where nobody wants them */
  constructor(open: OpenEnds | undefined) {
    if (!open) this.#becomeBlind("ends of connections were not asked for");
    else this.#tryToOpen(open);
    // Where there are none from the start, there will be none: it is not tried again.
    this.#open = this.#collector && open;
  }

  /** Where they come from, for people; `undefined` where they don't. */
  get source(): string | undefined {
    return this.#collector?.source;
  }

  /** Whether the system tells them now. */
  get areTold(): boolean {
    return this.#blind === undefined;
  }

  /** What is not seen, for people; `undefined` where everything is. */
  get blind(): string | undefined {
    return this.#blind;
  }

  /** Takes in what the system has told. Never throws: an error is a reason to be blind. */
  drain(): void {
    if (!this.#collector || this.#blind !== undefined) return;
    try {
      this.#collector.drain();
    } catch (error) {
      this.#becomeBlind(reasonOf(error));
    }
  }

  /** What was taken in since `clear`. Valid until the next `drain` or `clear`. */
  endsOf(family: Family): Ends {
    return this.#collector?.endsOf(family) ?? NO_ENDS;
  }

  /** Ends since `clear` that the system had to drop. */
  get lost(): number {
    return this.#collector?.lost ?? 0;
  }

  /** Empties the queue. Where an error had ended the telling, it is begun again. */
  clear(): void {
    if (this.#blind === undefined) {
      this.#collector?.clear();
    } else if (this.#open) {
      this.close();
      this.#tryToOpen(this.#open);
    }
  }

  close(): void {
    this.#collector?.close();
    this.#collector = undefined;
  }

  #tryToOpen(open: OpenEnds): void {
    try {
      this.#collector = open();
      if (this.#collector) this.#blind = undefined;
      else this.#becomeBlind("this system does not tell of them");
    } catch (error) {
      this.#becomeBlind(reasonOf(error));
    }
  }

  /** @param reason why the system tells none, or no more */
  #becomeBlind(reason: string): void {
    // Made once: each sample asks for it.
    this.#blind = `Connections that live between two samples are not seen: ${reason}.`;
  }
}

/** A message that can go on in a sentence. */
function reasonOf(error: unknown): string {
  return (error as Error).message.replace(/[.\s]*$/, "");
}
