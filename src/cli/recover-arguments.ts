/** What `tcptable recover` is asked for. */
export interface RecoverArguments {
  readonly broken: string;
  readonly to: string;
  readonly force: boolean;
  readonly zstd: boolean;
}

/** Options as commander gives them. */
export interface RecoverOptions {
  force?: true;
  zstd?: true;
}

/** Makes sense of a command line that commander has taken apart. */
export function interpretRecover([broken = "", to = ""]: readonly string[], options: RecoverOptions): RecoverArguments {
  return { broken, to, force: options.force ?? false, zstd: options.zstd ?? false };
}
