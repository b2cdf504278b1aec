// Bundles the command, and all that it imports but koffi, into one file: dist/cli/tcptable.cjs. `events` has a bundle of its own
// beside it, so that no other command has to read what samples and tells; so have the commands for recordings, `view`, and each library
// that writes tables into files. To find and load 130 small
// modules took as long as Node's own start. It is CommonJS, because Node takes 5 ms longer to start an ES module. Without
// blanks and comments Node reads it 2 ms sooner; names and lines stay, so that a stack trace in a report tells something.
// What tsc made of src/cli and src/live is removed: nobody imports it.
import { appendFile, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const root = new URL("../../", import.meta.url);
const { engines, version } = JSON.parse(await readFile(new URL("package.json", root), "utf8"));

for (const folder of ["dist/cli", "dist/live"]) await rm(new URL(folder, root), { recursive: true, force: true });
const common = {
  absWorkingDir: fileURLToPath(root),
  bundle: true,
  platform: "node",
  format: "cjs",
  target: `node${/\d+/.exec(engines.node)}`,
  minifyWhitespace: true,
  minifySyntax: true,
  lineLimit: 120,
  external: ["koffi"], // its native part lies beside it
  // CommonJS has no import.meta. Who asks for it means createRequire, which takes a path as well.
  define: { "import.meta.url": "__filename" },
  alias: {
    // For commander's commands in files of their own, which we do not have; it would load Node's network stack for --help.
    "node:child_process": "data:text/javascript,",
    // To be told that the command is no worker would cost it 4 ms.
    "node:worker_threads": "data:text/javascript,export const isMainThread = true",
  },
  logLevel: "warning",
};

/** What import("./events.js") and its like load: bundles beside the command's. */
const BESIDE = ["events", "recordings", "view", "completion", "parquet-rows", "arrow-rows"];
const bundlesBeside = {
  name: "bundles beside",
  setup({ onResolve }) {
    onResolve({ filter: new RegExp(`^\\.{1,2}/(${BESIDE.join("|")})\\.js$`) }, ({ kind, path }) =>
      kind === "dynamic-import" ? { path: path.replace(/^\.+/, ".").replace(/js$/, "cjs"), external: true } : undefined,
    );
  },
};

await build({
  ...common,
  entryPoints: ["src/cli/main.ts"],
  outfile: "dist/cli/tcptable.cjs",
  plugins: [bundlesBeside],
  banner: { js: (await licensesOf(["node_modules/commander/", "node_modules/fast-string-truncated-width/"])).trim() },
});
/** What `view` needs that no other command may have: it opens a browser, and ws is quicker where somebody has these. */
const forView = {
  alias: { "node:worker_threads": common.alias["node:worker_threads"] },
  external: [...common.external, "bufferutil", "utf-8-validate"],
};
for (const name of BESIDE) {
  const outfile = `dist/cli/${name}.cjs`;
  const { metafile } = await build({
    ...common,
    ...(name === "view" && forView),
    entryPoints: [`src/cli/${name}.ts`],
    outfile,
    plugins: [bundlesBeside],
    metafile: true,
  });
  await appendFile(new URL(outfile, root), await licensesOf(Object.keys(metafile.inputs)));
}

// The manual page is made of the commands' definitions, as --help is.
const { manPage } = createRequire(import.meta.url)("../../dist/cli/completion.cjs");
await writeFile(new URL("dist/cli/tcptable.1", root), manPage(version));

/** The licenses and notices of the packages that a bundle holds, as a comment. */
async function licensesOf(inputs) {
  const packages = new Set(inputs.flatMap((path) => /^node_modules\/(?:@[^/]+\/)?[^/]+/.exec(path)?.[0] ?? []));
  let comment = "";
  for (const path of [...packages].sort()) {
    const files = (await readdir(new URL(path, root))).filter((name) => /^(licen[cs]e|notice|copyright)/i.test(name));
    const texts = await Promise.all(files.sort().map((name) => readFile(new URL(`${path}/${name}`, root), "utf8")));
    const text = texts.map((one) => one.trim().replaceAll("*/", "* /")).join("\n\n");
    comment += `/*! Holds ${path.replace("node_modules/", "")}, whose license is:\n\n${text}\n*/\n`;
  }
  return comment;
}
