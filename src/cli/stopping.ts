/** The signals that people and systems stop a command with: Ctrl-C, and what `kill` sends. */
const SIGNALS: readonly NodeJS.Signals[] = ["SIGINT", "SIGTERM"];

/**
 * Calls `act` at the first SIGINT or SIGTERM, unless others are named. The second one ends the process at once, as if nobody listened: who has to wait
 * for a slow reader can still get away.
 *
 * @returns stops listening
 */
export function onStopSignal(act: () => void, signals = SIGNALS): () => void {
  const stopListening = () => {
    for (const signal of signals) process.off(signal, listener);
  };
  const listener = () => {
    stopListening();
    act();
  };
  for (const signal of signals) process.on(signal, listener);
  return stopListening;
}
