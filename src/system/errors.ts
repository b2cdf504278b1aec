/** What an operating system can answer instead of a table, as typed errors with the codes' names and numbers. */

/** One answer of the system. */
export interface SystemCode {
  /** As the system gives it: a Win32 code or NTSTATUS (unsigned), or an errno (positive). */
  readonly number: number;
  /** The name in the system's headers: `ERROR_NOT_SUPPORTED`, `EPERM`; `undefined` for one that we do not know. */
  readonly name: string | undefined;
  /** What the system says it means. */
  readonly text: string;
}

/** The table could not be read. */
export class CollectError extends Error {
  /** `"CollectError"`, also in minified code. */
  override readonly name = "CollectError";
  /** The function or file that was asked: `GetTcpTable`, `NETLINK_SOCK_DIAG`, `/proc/net/tcp`. */
  readonly source: string;
  /** The answer that ended it. */
  readonly code: SystemCode;
  /** Every answer, in the order in which they came: the last is `code.number`. */
  readonly codes: readonly number[];

  /**
   * @param source the function or file that was asked
   * @param code the answer that ended it
   * @param codes every answer, in order
   * @param advice what to do, one sentence
   */
  constructor(source: string, code: SystemCode, codes: readonly number[], advice: string) {
    super(`${source} failed: ${describe(code)} ${tries(codes)}${advice}`);
    this.source = source;
    this.code = code;
    this.codes = codes;
  }

  /** How often it was tried. */
  get attempts(): number {
    return this.codes.length;
  }
}

/** There is no way to read the table on this operating system, or what the way needs is missing. */
export class UnsupportedSystemError extends Error {
  /** `"UnsupportedSystemError"`, also in minified code. */
  override readonly name = "UnsupportedSystemError";
}

function describe({ number, name, text }: SystemCode): string {
  return `${name ?? "unknown code"} (${formatCode(number)}): ${text.replace(/[.\s]*$/, ".")}`;
}

function tries(codes: readonly number[]): string {
  return codes.length === 1 ? "" : `Tried ${codes.length} times; the codes were ${runs(codes)}. `;
}

/** `122 ×3, 0xC0000001`: equal neighbours are told once. */
function runs(codes: readonly number[]): string {
  const parts: { code: number; times: number }[] = [];
  for (const code of codes) {
    const last = parts.at(-1);
    if (last?.code === code) last.times++;
    else parts.push({ code, times: 1 });
  }
  return parts.map(({ code, times }) => formatCode(code) + (times > 1 ? ` ×${times}` : "")).join(", ");
}

/** Win32 codes and errnos are read in decimal, NTSTATUS values in hexadecimal. */
function formatCode(code: number): string {
  return code >= 0x80000000 ? `0x${code.toString(16).toUpperCase().padStart(8, "0")}` : String(code);
}
