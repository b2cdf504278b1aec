import { FAILED } from "./exit-codes.js";
import type { RecoverArguments } from "./recover-arguments.js";
export async function recover(_what: RecoverArguments): Promise<number> {
  return FAILED;
}
