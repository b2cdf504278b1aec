// Builds the kernel: layouts.ts and opcodes.ts as AssemblyScript → decoder.wasm → a module that embeds it as text.
// What it writes is generated, and not committed.
import { createHash } from "node:crypto";
import { mkdir, rm, writeFile } from "node:fs/promises";
import { basename } from "node:path";
import { fileURLToPath } from "node:url";
import { deflateRawSync } from "node:zlib";
import asc from "assemblyscript/asc";
import { build } from "esbuild";

const root = new URL("../", import.meta.url);

// What removed sources left behind would be published.
await rm(new URL("dist/", root), { recursive: true, force: true });

const { COLUMN_NAMES, COLUMNS } = await importTypeScript("src/format/columns.ts");
const { LAYOUTS } = await importTypeScript("src/format/layouts.ts");
await write("assembly/layouts.ts", kernelLayouts());
const { OPCODES } = await importTypeScript("src/decoder/wasm/opcodes.ts");
await write(
  "assembly/opcodes.ts",
  `// Generated from src/decoder/wasm/opcodes.ts by build.mjs.\n\n${numbered(OPCODES)}\n`,
);
const decoder = withId(await compileKernel("assembly/index.ts"));
await write("dist/decoder/decoder.wasm", decoder.wasm);
await write("src/decoder/wasm/kernel.ts", embed(decoder));
// Smaller: what this makes slower in the frames' own loops is inlined there by hand, and nothing else but the sort loses, a twentieth.
await write("src/frames/kernel.ts", embed(await compileKernel("assembly/frames.ts", ["--shrinkLevel", "1"])));

/** Imports a TypeScript file. Node 20 can't do that alone. */
async function importTypeScript(path) {
  const { outputFiles } = await build({
    absWorkingDir: fileURLToPath(root),
    entryPoints: [path],
    bundle: true,
    format: "esm",
    write: false,
  });
  return import(`data:text/javascript,${encodeURIComponent(outputFiles[0].text)}`);
}

/** The layouts as tables that the kernel reads, and MIB_TCPROW, its hottest, as constants that its compiler folds. */
function kernelLayouts() {
  const all = Object.entries(LAYOUTS);
  const fieldOf = ({ fields }, name) => Object.values(fields).find(({ column }) => column === name);
  const offsetsOf = (layout) => COLUMN_NAMES.map((name) => fieldOf(layout, name)?.offset ?? 0);
  const widthsOf = (layout) => COLUMN_NAMES.map((name) => (fieldOf(layout, name) ? widthOf(layout, name) : 0));
  const table = (type, rowOf) =>
    `memory.data<${type}>([\n${all.map(([name, layout]) => `  ${rowOf(layout).join(", ")}, // ${name}\n`).join("")}])`;
  return `// Generated from src/format/ by build.mjs.

${numbered(COLUMN_NAMES)}
export const COLUMNS: u32 = ${COLUMN_NAMES.length};

/** How many layouts there are. */
export const LAYOUTS: u32 = ${all.length};

/** Bytes from the start of a table to its first row, and from one row to the next. */
export const FIRST_ROWS = ${table("u8", ({ firstRow }) => [firstRow])};
export const ROW_SIZES = ${table("u8", ({ rowSize }) => [rowSize])};

/** Where a column's field lies in a row. */
export const OFFSETS = ${table("u8", offsetsOf)};

/** Bytes a row of a column; 0 where the layout has none. */
export const WIDTHS = ${table("u8", widthsOf)};

export const MIB_TCPTABLE: u32 = ${all.findIndex(([name]) => name === "MIB_TCPTABLE")};
export namespace MIB_TCPROW {
  export const size: usize = ${LAYOUTS.MIB_TCPTABLE.rowSize};
${Object.values(LAYOUTS.MIB_TCPTABLE.fields)
  .map(({ column, offset }) => `  export const ${column}: usize = ${offset};`)
  .join("\n")}
}
`;
}

/** Bytes a row of a column. */
function widthOf({ family }, name) {
  const { kind, array } = COLUMNS[name];
  return array.BYTES_PER_ELEMENT * (kind === "address" && family === 6 ? 4 : 1);
}

/** Each name as a constant, its place in the list. */
function numbered(names) {
  const upper = (name) => name.replace(/[A-Z]+/g, "_$&").toUpperCase();
  return names.map((name, number) => `export const ${upper(name)}: u32 = ${number};`).join("\n");
}

/** @param options of the compiler, beside those of asconfig.json */
async function compileKernel(entry, options = []) {
  const outputs = {};
  const { error, stderr } = await asc.main(
    [entry, "--config", "asconfig.json", "--outFile", "kernel.wasm", ...options],
    {
      baseDir: fileURLToPath(root),
      writeFile: (name, contents) => {
        outputs[basename(name)] = contents;
      },
    },
  );
  if (error) {
    console.error(stderr.toString());
    throw error;
  }
  return { wasm: outputs["kernel.wasm"], declarations: outputs["kernel.d.ts"] };
}

/**
 * A kernel that ends with a custom section "id", whose four bytes tell it from every other one: src/decoder/wasm/served-kernel.ts
 * knows a file or a module by them that somebody else serves.
 */
function withId({ wasm, declarations }) {
  const id = createHash("sha256").update(wasm).digest().subarray(0, 4);
  const section = [0, 1 + "id".length + id.length, "id".length, ...Buffer.from("id"), ...id];
  return { wasm: Buffer.concat([wasm, Buffer.from(section)]), declarations, id };
}

function embed({ wasm, declarations, id }) {
  const exports = /declare namespace __AdaptedExports \{\n(.*?)\n\}/s.exec(declarations)?.[1];
  if (!exports) throw new Error("asc's declarations have changed their form: there is no __AdaptedExports in them");
  return `// Generated by assembly/build.mjs.

/** The kernel, ${wasm.length} bytes of wasm: deflated, in base64. So it adds the least to what a page loads, gzipped as that is. */
export const KERNEL: string =
  "${deflateRawSync(wasm, { level: 9, memLevel: 9 }).toString("base64")}";

/** SHA-256 of the wasm, to tell that two files are the same kernel. */
export const KERNEL_SHA256: string = "${createHash("sha256").update(wasm).digest("hex")}";

${id ? `/** Its last four bytes, which tell it from every other kernel. */\nexport const KERNEL_ID: number = 0x${id.toString("hex")};\n\n` : ""}declare namespace Kernel {
${exports}
}

/** What the kernel exports, as the compiler declares it. */
export type KernelExports = typeof Kernel;
`;
}

async function write(path, contents) {
  const url = new URL(path, root);
  await mkdir(new URL("./", url), { recursive: true });
  await writeFile(url, contents);
}
