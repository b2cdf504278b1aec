/**
 * Anyone may call a process what he likes, and by control characters steer the terminal of who lists it: erase lines, change
 * their colours, turn their direction. Unsafe are controls, format characters (bidirectional marks and overrides, blanks
 * without width), separators of lines, halves of characters, and what Unicode has not given a meaning yet.
 */
const UNSAFE = /[\p{C}\p{Zl}\p{Zp}]/gu;

/** Nearly all texts are of these alone, and are seen to be so in a tenth of the time. */
const SAFE = /^[ -~]*$/;

/** A text for a terminal: question marks stand for what is unsafe. */
export function printable(text: string): string {
  return SAFE.test(text) ? text : text.replace(UNSAFE, "?");
}

/** JSON in which what is unsafe is escaped: it means the same. For JSON on one line. */
export function escapeJson(json: string): string {
  if (SAFE.test(json)) return json;
  return json.replace(UNSAFE, (character) => {
    const units = character.split("").map((unit) => unit.charCodeAt(0).toString(16).padStart(4, "0"));
    return units.map((unit) => `\\u${unit}`).join("");
  });
}
