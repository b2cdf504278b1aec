// Formats the kernel's sources by biome, which can't read a decorator before a function: AssemblyScript has it, TypeScript
// has not. Biome gets such a line as a comment.
//   node assembly/format.mjs            fails where a file is not formatted
//   node assembly/format.mjs --write    formats them
import { execFileSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { basename } from "node:path";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("../", import.meta.url));
const biome = createRequire(import.meta.url).resolve("@biomejs/biome/bin/biome");
/** What a line is a comment by, so that it can be told from all others. */
const MARK = "//@@";

const write = process.argv.includes("--write");
// Git knows which files are generated.
const listed = ["ls-files", "--cached", "--others", "--exclude-standard", "assembly/*.ts"];
const files = execFileSync("git", listed, { cwd: root, encoding: "utf8" }).split("\n").filter(Boolean);
for (const file of files) {
  const source = readFileSync(`${root}${file}`, "utf8");
  const formatted = format(file, source);
  if (formatted === source) continue;
  if (write) {
    writeFileSync(`${root}${file}`, formatted);
    console.log(`Formatted ${file}.`);
  } else {
    console.error(`${file} is not formatted. Run: node assembly/format.mjs --write`);
    process.exitCode = 1;
  }
}

function format(file, source) {
  const commented = source.replace(/^( *)@(?=\w)/gm, `$1${MARK}`);
  // biome.json leaves assembly/*.ts out, and has this name in, which is no file.
  const name = `assembly/${basename(file, ".ts")}.commented.ts`;
  const formatted = execFileSync(process.execPath, [biome, "format", `--stdin-file-path=${name}`], {
    cwd: root,
    encoding: "utf8",
    input: commented,
    stdio: ["pipe", "pipe", "inherit"],
  });
  return formatted.replaceAll(MARK, "@");
}
