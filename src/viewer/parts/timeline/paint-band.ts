import { readPalette } from "./colours.js";
import type { LifePart } from "./picture.js";

/** A life on its own scale: states, a hair of ground between them, and where the moment lies. */
export function paintBand(
  canvas: HTMLCanvasElement,
  parts: readonly LifePart[],
  life: { readonly firstSeen: number; readonly lastSeen: number },
  at: number,
): void {
  const context = canvas.getContext("2d");
  const { width, height } = canvas.getBoundingClientRect();
  if (!context || width === 0) return;
  const ratio = Math.max(1, devicePixelRatio || 1);
  const palette = readPalette(ratio);
  canvas.width = Math.round(width * ratio);
  canvas.height = Math.round(height * ratio);
  context.setTransform(ratio, 0, 0, ratio, 0, 0);
  const long = Math.max(1, life.lastSeen - life.firstSeen);
  const x = (time: number) => 1 + Math.min(1, Math.max(0, (time - life.firstSeen) / long)) * (width - 2);
  context.fillStyle = palette.token.line;
  context.fillRect(0, 21, width, 1);
  for (const { state, from, to } of parts) {
    context.fillStyle = palette.life[state] ?? palette.token.ink3;
    context.fillRect(x(from), 13, Math.max(2, x(to) - x(from)), 18);
  }
  context.fillStyle = palette.token.raise;
  for (const { from } of parts.slice(1)) context.fillRect(Math.round(x(from)) - 0.5, 13, 1, 18);
  if (at < life.firstSeen || at > life.lastSeen) return;
  const now = Math.round(x(at));
  context.fillRect(now - 2, 10, 4, 24);
  context.fillStyle = palette.token.ink;
  context.fillRect(now - 1, 9, 2, 26);
  context.beginPath();
  context.moveTo(now - 4.5, 5);
  context.lineTo(now + 4.5, 5);
  context.lineTo(now, 11);
  context.fill();
}
