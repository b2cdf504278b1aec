import { writeSync } from "node:fs";
import { emitKeypressEvents, type Interface } from "node:readline";
import { PassThrough } from "node:stream";
import type { Canvas } from "./canvas.js";
import { type Abilities, difference } from "./terminal-output.js";

/** A key as node:readline tells it. */
export interface Key {
  /** `up`, `return`, `a`; absent for signs that are no letters. */
  readonly name?: string | undefined;
  /** What it types. */
  readonly sequence: string;
  readonly ctrl: boolean;
  readonly meta: boolean;
  readonly shift: boolean;
}

/** What a mouse does; lines and columns from 0. */
export interface MouseEvent {
  readonly kind: "click" | "up" | "down";
  readonly line: number;
  readonly column: number;
}

export interface TerminalListener {
  key(key: Key): void;
  mouse(event: MouseEvent): void;
  resize(): void;
  /** Nobody reads or types any more. */
  gone(): void;
}

/** Alternate screen, no cursor, no wrapping of lines. */
const ENTER = "\u001b[?1049h\u001b[?25l\u001b[?7l\u001b[2J";
const LEAVE = "\u001b[0m\u001b[?7h\u001b[?25h\u001b[?1049l";
/** Clicks, in the form without a limit of columns. */
const MOUSE_ON = "\u001b[?1000h\u001b[?1006h";
const MOUSE_OFF = "\u001b[?1006l\u001b[?1000l";

/** Milliseconds after which an escape is a key and no part of a sequence. Node waits for half a second. */
const ESCAPE_TIMEOUT = 50;

const ESCAPE = "\u001b";
const MOUSE_SEQUENCE = new RegExp(`${ESCAPE}\\[<(\\d+);(\\d+);(\\d+)([Mm])`, "g");
const MOUSE_BEGINNING = new RegExp(`${ESCAPE}\\[<[\\d;]*$`);

/**
 * The terminal as a screen of cells. `enter` takes it, `leave` puts back all that was changed, in one write, and may be called at
 * any time, as often as one likes.
 */
export class Terminal {
  readonly #input: NodeJS.ReadStream;
  readonly #output: NodeJS.WriteStream & { readonly fd: number };
  readonly #abilities: Abilities;
  readonly #mouse: boolean;
  readonly #keys = new PassThrough();
  #listener: TerminalListener | undefined;
  #isEntered = false;
  /** What the terminal shows; `undefined` where nobody knows. */
  #shown: Canvas | undefined;
  /** The beginning of a mouse's sequence, whose rest is to come. */
  #rest = "";

  constructor(
    input: NodeJS.ReadStream,
    output: NodeJS.WriteStream & { readonly fd: number },
    { abilities, mouse }: { readonly abilities: Abilities; readonly mouse: boolean },
  ) {
    this.#input = input;
    this.#output = output;
    this.#abilities = abilities;
    this.#mouse = mouse;
  }

  get width(): number {
    return this.#output.columns || 80;
  }

  get height(): number {
    return this.#output.rows || 24;
  }

  /** Begins to listen; `enter` takes the screen. */
  listen(listener: TerminalListener): void {
    this.#listener = listener;
    const options: Partial<Interface> & { escapeCodeTimeout: number } = { escapeCodeTimeout: ESCAPE_TIMEOUT };
    emitKeypressEvents(this.#keys, options as Interface);
    this.#keys.on("keypress", (_text, key: Key) => listener.key(key));
    this.#input.on("data", this.#onData).on("end", this.#onGone).on("error", this.#onGone);
    this.#output.on("error", this.#onGone).on("resize", this.#onResize);
    process.on("exit", this.#onExit);
  }

  /** Leaves, and lets go of everything. */
  close(): void {
    this.leave();
    process.off("exit", this.#onExit);
    this.#input.off("data", this.#onData).off("end", this.#onGone);
    this.#output.off("resize", this.#onResize);
    this.#input.pause();
    this.#listener = undefined;
  }

  enter(): void {
    if (this.#isEntered) return;
    this.#isEntered = true;
    this.#shown = undefined;
    // A shell that had the terminal meanwhile has set modes of its own: to set what is set already would do nothing.
    this.#input.setRawMode(false);
    this.#input.setRawMode(true);
    this.#input.resume();
    this.#output.write(ENTER + (this.#mouse ? MOUSE_ON : ""));
  }

  leave(): void {
    if (!this.#isEntered) return;
    this.#isEntered = false;
    try {
      // At once, also where the process ends right after.
      writeSync(this.#output.fd, (this.#mouse ? MOUSE_OFF : "") + LEAVE);
      this.#input.setRawMode(false);
    } catch {
      // The terminal is gone.
    }
  }

  /** Forgets what is on the screen: the next drawing sends it all. */
  invalidate(): void {
    this.#shown = undefined;
  }

  /** Shows this: in one write, and only the cells that differ from what is there. */
  draw(canvas: Canvas): void {
    if (!this.#isEntered) return;
    const text = difference(this.#shown, canvas, this.#abilities);
    this.#shown = canvas;
    if (text !== "") this.#output.write(text);
  }

  /** Puts a text into the clipboard, where the terminal lets programs do that: OSC 52. */
  copy(text: string): void {
    this.#output.write(`\u001b]52;c;${Buffer.from(text).toString("base64")}\u0007`);
  }

  readonly #onData = (data: Buffer | string): void => {
    const text = this.#rest + data.toString();
    this.#rest = "";
    let from = 0;
    for (const match of text.matchAll(MOUSE_SEQUENCE)) {
      this.#type(text.slice(from, match.index));
      from = match.index + match[0].length;
      const [, button, column, line, end] = match;
      this.#point(Number(button), Number(line) - 1, Number(column) - 1, end === "M");
    }
    const left = text.slice(from);
    const beginning = MOUSE_BEGINNING.exec(left);
    if (beginning) this.#rest = beginning[0];
    this.#type(beginning ? left.slice(0, beginning.index) : left);
  };

  #type(text: string): void {
    if (text !== "") this.#keys.write(text);
  }

  #point(button: number, line: number, column: number, isDown: boolean): void {
    if (button === 64 || button === 65) this.#listener?.mouse({ kind: button === 64 ? "up" : "down", line, column });
    else if (button === 0 && isDown) this.#listener?.mouse({ kind: "click", line, column });
  }

  readonly #onResize = (): void => {
    this.#shown = undefined;
    this.#listener?.resize();
  };

  readonly #onGone = (): void => this.#listener?.gone();

  readonly #onExit = (): void => this.leave();
}
