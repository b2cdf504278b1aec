// node bench/event-loop.mjs [--sockets 17000] [--samples 100], after npm run build: in a network of its own, where the system
// allows it, so that nobody else's connections are in the tables.
import { spawnSync } from "node:child_process";
import { fileURLToPath, pathToFileURL } from "node:url";
import { bundle } from "./bundle.mjs";

const programs = await bundle();
const { ownNetwork } = await import(pathToFileURL(fileURLToPath(new URL("sampler/network.js", programs))).href);
const network = (await ownNetwork()) ?? [];
const inNetwork = network.length > 0 ? [...network, "sh", "-c", 'ip link set lo up && exec "$@"', "sh"] : [];
const program = fileURLToPath(new URL("sampler/event-loop.js", programs));
const [command, ...words] = [...inNetwork, process.execPath, program, ...process.argv.slice(2)];
process.exitCode = spawnSync(command, words, { stdio: "inherit" }).status ?? 1;
