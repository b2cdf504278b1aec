// Prints what FormatMessageW says about codes, and what a CollectError would tell: messages.mjs <code>…
import { formatMessage, win32Code } from "../../../dist/system/windows/win32.js";

const codes = process.argv.slice(2).map(Number);
console.log(JSON.stringify(codes.map((code) => ({ message: formatMessage(code) ?? null, told: win32Code(code) }))));
