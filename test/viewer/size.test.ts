import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { describe, expect, test } from "vitest";
import { VIEWER } from "./browser/pages.js";

/** Bytes of each file that a browser loads, gzipped; licenses are for people. */
function sizes(): Map<string, number> {
  const files = readdirSync(VIEWER, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  const loaded = files.filter(({ name }) => !name.endsWith(".md"));
  return new Map(
    loaded.map(({ name, parentPath }) => [name, gzipSync(readFileSync(join(parentPath, name)), { level: 9 }).length]),
  );
}

const sum = (numbers: readonly number[]) => numbers.reduce((total, number) => total + number, 0);

describe("the built viewer", () => {
  test("the page takes at most 150 KB, gzipped, the kernels included; what opens compressed recordings, when one is, 22 more", () => {
    const ofZstd = [...sizes()].filter(([name]) => name.startsWith("zstd"));
    const others = [...sizes()].filter(([name]) => !name.startsWith("zstd"));
    expect([ofZstd.length, others.length > 3]).toEqual([2, true]);
    expect(sum(others.map(([, size]) => size))).toBeLessThanOrEqual(150_000);
    expect(sum(ofZstd.map(([, size]) => size))).toBeLessThanOrEqual(22_000);
  });

  test("the page runs nothing that is written into it, and nothing from elsewhere", () => {
    const html = readFileSync(join(VIEWER, "index.html"), "utf8");
    expect(html).toContain("default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; style-src 'self';");
    expect(html).not.toMatch(/<script(?![^>]*\bsrc="\.\/)|<style|\sstyle=|\son\w+=/);
    expect(html).not.toMatch(/(src|href)="(?!\.\/|data:,)/);
  });
});
