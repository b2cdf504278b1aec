#!/usr/bin/env node
import { answerWith } from "./answer.js";
import { close } from "./close.js";
import { parseCommandLine } from "./command-line.js";
import { DONE } from "./exit-codes.js";
import { tellFailure } from "./failures.js";
import { show } from "./show.js";

/** Settles when all is printed. Not process.exit(): that would cut what a pipe has not taken yet. */
export const ended = main(process.argv.slice(2)).then((code) => {
  process.exitCode = code;
});

async function main(words: readonly string[]): Promise<number> {
  const parsed = parseCommandLine(words);
  try {
    switch (parsed.kind) {
      case "text":
      case "mistake":
        return await answerWith(parsed);
      case "arguments":
        return await show(parsed.arguments);
      case "close":
        return await close(parsed.arguments);
      case "events": {
        // A bundle of its own, see build.mjs: frames and sampler would take every other command longer to start.
        const { events } = await import("./events.js");
        return await events(parsed.arguments);
      }
      case "watch": {
        // In the same bundle.
        const { watch } = await import("./events.js");
        return await watch(parsed.arguments);
      }
      case "completion":
      case "complete": {
        // A bundle of its own, too: its library is of no use to others.
        const { complete, printCompletion } = await import("./completion.js");
        if (parsed.kind === "complete") complete(parsed.words);
        else await printCompletion(parsed.shell);
        return DONE;
      }
      case "recordings": {
        const { recordings } = await import("./recordings.js");
        return await recordings(parsed.words);
      }
      case "view": {
        const { view } = await import("./view.js");
        return await view(parsed.words);
      }
    }
  } catch (error) {
    return await tellFailure(error);
  }
}
