import { readFile, writeFile } from "node:fs/promises";

/**
 * Tables in a file that the native contestants read too: a u32 with their number, then each table's length in bytes, a u32,
 * and its bytes. All little-endian.
 */
export async function writeTables(path: string, tables: readonly Uint8Array[]): Promise<void> {
  await writeFile(path, Buffer.concat([u32(tables.length), ...tables.flatMap((table) => [u32(table.length), table])]));
}

export async function readTables(path: string): Promise<Uint8Array[]> {
  const file = await readFile(path);
  const tables: Uint8Array[] = [];
  let at = 4;
  for (let left = file.readUInt32LE(0); left > 0; left--) {
    const end = at + 4 + file.readUInt32LE(at);
    // A copy, because a Buffer may be a part of a larger memory, at any odd address.
    tables.push(new Uint8Array(file.subarray(at + 4, end)));
    at = end;
  }
  return tables;
}

function u32(value: number): Uint8Array {
  const bytes = new Uint8Array(4);
  new DataView(bytes.buffer).setUint32(0, value, true);
  return bytes;
}
