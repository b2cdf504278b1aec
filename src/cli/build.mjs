// Bundles the command, and all that it imports but koffi, into one file: dist/cli/tcptable.cjs. `events`, what writes recordings, and
// `view` have bundles of their own beside it, so that no other command has to read what samples and tells. To find and load 130 small
// modules took as long as Node's own start. It is CommonJS, because Node takes 5 ms longer to start an ES module. Without
// blanks and comments Node reads it 2 ms sooner; names and lines stay, so that a stack trace in a report tells something.
// What tsc made of src/cli and src/live is removed: nobody imports it.
import { readdir, readFile, rm, writeFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const root = new URL("../../", import.meta.url);
const { engines } = JSON.parse(await readFile(new URL("package.json", root), "utf8"));
const commanderLicense = await readFile(new URL("node_modules/commander/LICENSE", root), "utf8");

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

/** import("./events.js") and the like load the bundles beside the command's. */
const bundlesBeside = {
  name: "bundles beside",
  setup({ onResolve }) {
    onResolve({ filter: /^\.\/(events|recordings|view)\.js$/ }, ({ kind, path }) =>
      kind === "dynamic-import" ? { path: path.replace(/js$/, "cjs"), external: true } : undefined,
    );
  },
};

await build({
  ...common,
  entryPoints: ["src/cli/main.ts"],
  outfile: "dist/cli/tcptable.cjs",
  plugins: [bundlesBeside],
  banner: { js: `/*! Holds commander, whose license is:\n\n${commanderLicense.trim()}\n*/` },
});
await build({ ...common, entryPoints: ["src/cli/events.ts"], outfile: "dist/cli/events.cjs" });
await build({ ...common, entryPoints: ["src/cli/recordings.ts"], outfile: "dist/cli/recordings.cjs" });

const { metafile } = await build({
  ...common,
  entryPoints: ["src/cli/view.ts"],
  outfile: "dist/cli/view.cjs",
  // It opens a browser.
  alias: { "node:worker_threads": common.alias["node:worker_threads"] },
  // What ws would be quicker with, where somebody has them.
  external: [...common.external, "bufferutil", "utf-8-validate"],
  metafile: true,
});
await writeFile(new URL("dist/cli/view-licenses.txt", root), await licensesOf(metafile));

/** The licenses of all packages whose files are in a bundle. */
async function licensesOf({ inputs }) {
  const packages = new Set(
    Object.keys(inputs).flatMap((path) => /^.*node_modules\/(?:@[^/]+\/)?[^/]+/.exec(path) ?? []),
  );
  const texts = [...packages].sort().map(async (path) => {
    const folder = new URL(`${path}/`, root);
    const { name, version, license } = JSON.parse(await readFile(new URL("package.json", folder), "utf8"));
    const file = (await readdir(folder)).find((each) => /^licen[cs]e/i.test(each));
    const text = file ? await readFile(new URL(file, folder), "utf8") : "";
    return `${name} ${version}: ${license}\n\n${text.trim()}\n`;
  });
  return (await Promise.all(texts)).join(`\n${"-".repeat(80)}\n\n`);
}
