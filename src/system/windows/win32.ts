import type { SystemCode } from "../errors.js";
import { loadFunction } from "../koffi.js";
import { KERNEL32 } from "./system-library.js";

/** What Windows' functions answer: Win32 codes, and the one NTSTATUS that GetTcpTable is documented to give. */
export const WIN32 = {
  NO_ERROR: 0,
  ERROR_ACCESS_DENIED: 5,
  ERROR_NOT_SUPPORTED: 50,
  ERROR_NETWORK_ACCESS_DENIED: 65,
  ERROR_INVALID_PARAMETER: 87,
  ERROR_INSUFFICIENT_BUFFER: 122,
  ERROR_MR_MID_NOT_FOUND: 317,
  STATUS_UNSUCCESSFUL: 0xc0000001,
} as const;

/** Names in `winerror.h` and `ntstatus.h`, and texts for where FormatMessage has none. */
const KNOWN: Readonly<Record<number, { readonly name: string; readonly text: string }>> = {
  5: { name: "ERROR_ACCESS_DENIED", text: "this user may not do that" },
  8: { name: "ERROR_NOT_ENOUGH_MEMORY", text: "the system has not enough memory for the table" },
  14: { name: "ERROR_OUTOFMEMORY", text: "the system has not enough memory for the table" },
  50: { name: "ERROR_NOT_SUPPORTED", text: "this system does not support the function" },
  65: { name: "ERROR_NETWORK_ACCESS_DENIED", text: "network access is denied" },
  87: { name: "ERROR_INVALID_PARAMETER", text: "the size can't be written, or another parameter is wrong" },
  122: { name: "ERROR_INSUFFICIENT_BUFFER", text: "the table is larger than the buffer" },
  317: { name: "ERROR_MR_MID_NOT_FOUND", text: "there is no such connection, or this user may not close it" },
  1168: { name: "ERROR_NOT_FOUND", text: "it was not found" },
  [WIN32.STATUS_UNSUCCESSFUL]: {
    name: "STATUS_UNSUCCESSFUL",
    text: "the table kept changing while the system, perhaps under high load, put it together",
  },
};

/**
 * A code with its name and what it means: in the system's words (and language) where it has any, otherwise in ours.
 *
 * @param number a Win32 code or an NTSTATUS, unsigned
 */
export function win32Code(number: number): SystemCode {
  const known = KNOWN[number];
  const text = formatMessage(number) ?? known?.text ?? "the system has no description of this code";
  return { number, name: known?.name, text };
}

const FORMAT_MESSAGE_FROM_SYSTEM = 0x1000;
/** The system's messages hold `%1`, and there is nothing to put in. */
const FORMAT_MESSAGE_IGNORE_INSERTS = 0x200;
/** One line, however long. */
const FORMAT_MESSAGE_MAX_WIDTH_MASK = 0xff;
/** UTF-16 code units. The longest of the system's messages have some hundreds. */
const MESSAGE_LENGTH = 4096;

/** FormatMessageW's text; `undefined` where it has none, as for most NTSTATUS values, and where there is no Windows. */
export function formatMessage(code: number): string | undefined {
  if (process.platform !== "win32") return undefined;
  const types = ["uint32_t", "void *", "uint32_t", "uint32_t", "void *", "uint32_t", "void *"];
  const formatMessageW = loadFunction(KERNEL32, "FormatMessageW", types);
  const flags = FORMAT_MESSAGE_FROM_SYSTEM | FORMAT_MESSAGE_IGNORE_INSERTS | FORMAT_MESSAGE_MAX_WIDTH_MASK;
  const message = new Uint16Array(MESSAGE_LENGTH);
  const length = formatMessageW(flags, null, code, 0, message, message.length, null);
  const text = new TextDecoder("utf-16le").decode(message.subarray(0, length)).trim();
  return text === "" ? undefined : text;
}
