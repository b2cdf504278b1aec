import { STATE_ORDER } from "../../model/states.js";

/** Everything that the timeline paints with, read once for a theme. */
export interface Palette {
  readonly token: Readonly<Record<TokenName, string>>;
  /** A state's colour as it is. */
  readonly solid: Readonly<Record<string, string>>;
  /** How its band is filled: calm states pale, SYN-* striped. */
  readonly band: Readonly<Record<string, string | CanvasPattern>>;
  /** How a life is filled: in full colour, SYN-* striped. */
  readonly life: Readonly<Record<string, string | CanvasPattern>>;
  /** How it is filled in the overview, paler still. */
  readonly overview: Readonly<Record<string, string | CanvasPattern>>;
  /** Where nothing was seen. */
  readonly hatch: CanvasPattern | string;
  /** The part of a lane that a scan has not reached. */
  readonly unread: CanvasPattern | string;
  readonly fonts: string;
}

const TOKENS = [
  "panel",
  "raise",
  "line",
  "edge",
  "ink",
  "ink2",
  "ink3",
  "ask",
  "opened",
  "closed",
  "warn",
  "ground",
] as const;
type TokenName = (typeof TOKENS)[number];

/** States that fill pale under an edge of full colour, so that what wants attention stands out. */
const CALM: Readonly<Record<string, number>> = { LISTEN: 0.62, ESTABLISHED: 0.62, "TIME-WAIT": 0.6 };

export function isCalm(state: string): boolean {
  return state in CALM;
}

/** The colours of the theme that the page shows now. `ratio` is device pixels a CSS pixel. */
export function readPalette(ratio: number): Palette {
  const probe = document.createElement("i");
  document.body.append(probe);
  const colour = (name: string) => {
    probe.style.color = `var(--${name})`;
    return getComputedStyle(probe).color;
  };
  const token = Object.fromEntries(TOKENS.map((name) => [name, colour(name)])) as Record<TokenName, string>;
  const solid = Object.fromEntries(STATE_ORDER.map(({ name, token: of }) => [name, colour(of)]));
  probe.remove();
  const ofStates = <T>(fill: (name: string, full: string) => T) =>
    Object.fromEntries(Object.entries(solid).map(([name, full]) => [name, fill(name, full)]));
  const striped = (full: string) => stripes(full, mix(full, token.panel, 0.42), 4, 1.6, ratio);
  const isSyn = (name: string) => name.startsWith("SYN");
  return {
    token,
    solid,
    band: ofStates((name, full) => (isSyn(name) ? striped(full) : mix(full, token.panel, CALM[name] ?? 1))),
    life: ofStates((name, full) => (isSyn(name) ? striped(full) : full)),
    overview: ofStates((name, full) =>
      name === "LISTEN" ? mix(token.edge, token.panel, 0.5) : mix(full, token.panel, isCalm(name) ? 0.5 : 1),
    ),
    hatch: stripes(token.line, token.panel, 6, 1.5, ratio),
    unread: stripes(token.line, token.ground, 4, 1, ratio),
    fonts: getComputedStyle(document.body).fontFamily,
  };
}

/** Red, green and blue of any CSS colour, 0 to 255. */
function channels(colour: string): Uint8ClampedArray {
  const canvas = document.createElement("canvas");
  canvas.width = canvas.height = 1;
  const context = canvas.getContext("2d", { willReadFrequently: true });
  if (!context) return new Uint8ClampedArray(4);
  context.fillStyle = colour;
  context.fillRect(0, 0, 1, 1);
  return context.getImageData(0, 0, 1, 1).data;
}

function mix(colour: string, ground: string, share: number): string {
  const [over, under] = [channels(colour), channels(ground)];
  const mixed = [0, 1, 2].map((at) => Math.round((over[at] ?? 0) * share + (under[at] ?? 0) * (1 - share)));
  return `rgb(${mixed.join()})`;
}

/** WCAG's relative luminance, 0 to 1: what text on this colour is chosen by. */
export function luminance(colour: string): number {
  const linear = (value = 0) => (value <= 0.04045 * 255 ? value / 255 / 12.92 : ((value / 255 + 0.055) / 1.055) ** 2.4);
  const [red, green, blue] = channels(colour);
  return 0.2126 * linear(red) + 0.7152 * linear(green) + 0.0722 * linear(blue);
}

/** Diagonal stripes, `step` CSS pixels apart. */
function stripes(colour: string, ground: string, step: number, width: number, ratio: number): CanvasPattern | string {
  const tile = document.createElement("canvas");
  const size = Math.round(step * ratio);
  tile.width = tile.height = size;
  const context = tile.getContext("2d");
  if (!context) return ground;
  context.fillStyle = ground;
  context.fillRect(0, 0, size, size);
  context.strokeStyle = colour;
  context.lineWidth = width * ratio;
  for (const offset of [-size, 0, size]) {
    context.beginPath();
    context.moveTo(offset, size);
    context.lineTo(offset + size, 0);
    context.stroke();
  }
  const pattern = context.createPattern(tile, "repeat");
  pattern?.setTransform(new DOMMatrix().scale(1 / ratio));
  return pattern ?? ground;
}
