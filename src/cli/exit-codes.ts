/** Exit codes, as Unix tools have them. */
export const DONE = 0;
/** Something could not be read, or not be closed. */
export const FAILED = 1;
/** The command line can't be followed. */
export const MISUSED = 2;
