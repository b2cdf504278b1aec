import type { ConnectionKey } from "./connection-key.js";

/** Milliseconds for which the order stays after the cursor was moved: nobody wants a row to jump away. */
const HOLD = 2000;

/** A place in a list whose length and order change, and the part of the list that is on the screen. */
export class ListCursor {
  place = 0;
  /** The first place on the screen. */
  top = 0;
  /** The connection under it; absent while it stays in the first line, whatever comes in. */
  key: ConnectionKey | undefined;
  #held: readonly ConnectionKey[] | undefined;
  #heldUntil = 0;

  /** To the first line, and to whatever comes in there. */
  goHome(): void {
    this.goToTop();
    this.key = undefined;
    this.releaseOrder();
    this.#heldUntil = 0;
  }

  /** To the first place of another list. */
  goToTop(): void {
    this.place = 0;
    this.top = 0;
  }

  /** To a place; those beyond the list's ends are its ends. */
  goTo(place: number, length: number): void {
    this.place = Math.max(0, Math.min(length - 1, place));
  }

  /** To where its row is now: that stays on its line of the screen. */
  goWithRowTo(place: number): void {
    this.top += place - this.place;
    this.place = place;
  }

  /** Scrolls so far that it is on the screen. @param page lines that there are */
  scroll(length: number, page: number): void {
    this.top = Math.min(this.top, Math.max(0, length - page), this.place);
    this.top = Math.max(this.top, this.place - page + 1, 0);
  }

  /** Holds the order as it is for a while. @param keys all connections in their order; asked for where none is held yet */
  holdOrder(now: number, keys: () => readonly ConnectionKey[]): void {
    this.#heldUntil = now + HOLD;
    this.#held ??= keys();
  }

  releaseOrder(): void {
    this.#held = undefined;
  }

  /** The order that is held at a time, if any. */
  orderAt(now: number): readonly ConnectionKey[] | undefined {
    if (now >= this.#heldUntil) this.releaseOrder();
    return this.#held;
  }
}
