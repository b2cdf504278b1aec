import truncatedWidth from "fast-string-truncated-width";

const PLAIN = /^[ -~]*$/;

/** Cells that a text takes on a terminal: a Chinese character takes two, a combining accent none. */
export function widthOf(text: string): number {
  return PLAIN.test(text) ? text.length : truncatedWidth(text).width;
}

/** A text of this many cells at most: its end is left out. */
export function cutEnd(text: string, width: number): string {
  if (widthOf(text) <= width) return text;
  if (width < 1) return "";
  // The library cuts as well, but of mixed scripts it leaves a cell too many.
  let front = "";
  for (const character of text) {
    if (widthOf(front + character) > width - 1) break;
    front += character;
  }
  return `${front}…`;
}

/** An end of a connection of this many cells at most: its middle is left out, never its port. */
export function cutMiddle(text: string, width: number): string {
  if (text.length <= width) return text;
  const port = text.slice(text.lastIndexOf(":") - (text.includes("]") ? 1 : 0));
  const rest = text.slice(0, text.length - port.length);
  const room = width - port.length - 1;
  if (room < 2) return cutEnd(`…${port}`, width);
  // The front of an address tells more.
  const before = Math.ceil(room * 0.6);
  return `${rest.slice(0, before)}…${rest.slice(rest.length - (room - before))}${port}`;
}

/** An address without a port, or a path, of this many cells at most: its middle is left out. */
export function cutInside(text: string, width: number): string {
  if (widthOf(text) <= width) return text;
  const room = width - 1;
  if (room < 2) return cutEnd(text, width);
  const before = cutEnd(text, Math.ceil(room / 2) + 1);
  const left = width - widthOf(before);
  // From the end, character by character: those of two cells may leave one free.
  let after = "";
  for (const character of Array.from(text).reverse()) {
    if (widthOf(character + after) > left) break;
    after = character + after;
  }
  return before + after;
}
