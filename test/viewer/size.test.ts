import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { describe, expect, test } from "vitest";
import { VIEWER } from "./browser/pages.js";

/** What a browser loads, the kernel and what opens compressed recordings included; licenses are for people. */
const loaded = () =>
  readdirSync(VIEWER, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && !entry.name.endsWith(".md"))
    .map((entry) => readFileSync(join(entry.parentPath, entry.name)));

describe("the built viewer", () => {
  test("the page takes at most 150 KB, gzipped, the kernel included", () => {
    const sizes = loaded().map((bytes) => gzipSync(bytes, { level: 9 }).length);
    expect(sizes.length).toBeGreaterThan(3);
    expect(sizes.reduce((sum, size) => sum + size, 0)).toBeLessThanOrEqual(150_000);
  });

  test("the page runs nothing that is written into it, and nothing from elsewhere", () => {
    const html = readFileSync(join(VIEWER, "index.html"), "utf8");
    expect(html).toContain("default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; style-src 'self';");
    expect(html).not.toMatch(/<script(?![^>]*\bsrc="\.\/)|<style|\sstyle=|\son\w+=/);
    expect(html).not.toMatch(/(src|href)="(?!\.\/|data:,)/);
  });
});
