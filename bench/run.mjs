// npm run bench: bundles the suite, and starts it.
import { bundle } from "./bundle.mjs";

const programs = await bundle();
const { main } = await import(new URL("main.js", programs));
await main(new URL("../", import.meta.url), programs);
