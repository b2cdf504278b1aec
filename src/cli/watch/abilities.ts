import type { Abilities } from "./terminal-output.js";

type Environment = Readonly<Record<string, string | undefined>>;

/** What the terminal can show: NO_COLOR takes the colours away, TERM=dumb all. */
export function abilitiesOf(environment: Environment): Abilities {
  const isDumb = environment.TERM === "dumb";
  return { colour: !isDumb && !environment.NO_COLOR, attributes: !isDumb };
}

/** Whether the locale has no UTF-8: then signs beyond ASCII would be gibberish. */
export function wantsAscii(environment: Environment, platform: NodeJS.Platform = process.platform): boolean {
  if (platform === "win32") return false;
  const locale = environment.LC_ALL || environment.LC_CTYPE || environment.LANG || "C";
  return !/utf-?8/i.test(locale);
}
