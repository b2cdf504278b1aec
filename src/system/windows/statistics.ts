import type { Family } from "../../format/layouts.js";
import type { TcpStatistics } from "../contract.js";
import { CollectError } from "../errors.js";
import { findFunction, loadFunction, type NativeFunction } from "../koffi.js";
import { type StatisticValues, statisticValues } from "../statistics.js";
import { iphlpapi } from "./system-library.js";
import { WIN32, win32Code } from "./win32.js";

export interface WindowsStatisticsOptions {
  /** Of the addresses: 4 unless said otherwise. Windows counts each family for itself. */
  readonly family?: Family | undefined;
  /** The library that has the functions; the system's own Iphlpapi.dll unless said otherwise. */
  readonly library?: string | undefined;
}

/*
 * MIB_TCPSTATS (`tcpmib.h`) has a DWORD for each statistic, in their order: 60 bytes.
 *
 *  0                4   …   32            36         40          44              …   56           60
 *  | dwRtoAlgorithm | … | dwCurrEstab | dwInSegs | dwOutSegs | dwRetransSegs | … | dwNumConns |
 *
 * MIB_TCPSTATS2 counts segments in 64 bits, so that they do not start again at 4,294,967,296: 72 bytes.
 *
 *  0                4   …   32            36     40           48            56              …   68           72
 *  | dwRtoAlgorithm | … | dwCurrEstab | ▒▒▒▒ | dw64InSegs | dw64OutSegs | dwRetransSegs | … | dwNumConns |
 */
const LARGEST_BYTES = 72;

/** `winsock2.h`. */
const ADDRESS_FAMILIES = { 4: 2, 6: 23 } as const;

/**
 * Windows' TCP counters of one family: by GetTcpStatisticsEx2, where an older system lacks it by GetTcpStatisticsEx, whose
 * counters have 32 bits, and where it lacks that too by GetTcpStatistics, which knows IPv4 only. `source` tells which.
 *
 * @throws {UnsupportedSystemError} koffi or the library can't be loaded, or it has no function for this family
 * @throws {CollectError} the system's answer, where it is not the counters
 */
export function readWindowsStatistics(options: WindowsStatisticsOptions = {}): TcpStatistics {
  const { family = 4 } = options;
  const library = iphlpapi(options.library);
  const { name, call, isWide } = loadBest(library.path, family);
  // Of 64-bit words, because the system may want its own aligned.
  const view = new DataView(new BigUint64Array(LARGEST_BYTES / 8).buffer);
  const code = call(new Uint8Array(view.buffer), ADDRESS_FAMILIES[family]);
  if (code !== WIN32.NO_ERROR) throw new CollectError(name, win32Code(code), [code], advice(code, family));
  return { family, source: `${library.name} ${name}`, ...readStructure(view, isWide) };
}

/** @param isWide whether it is a MIB_TCPSTATS2 */
function readStructure(view: DataView, isWide: boolean): StatisticValues {
  let end = 0;
  return statisticValues((_, { signed, wide }) => {
    // As a C compiler lays it out: each member at a multiple of its size.
    const size = isWide && wide ? 8 : 4;
    const offset = Math.ceil(end / size) * size;
    end = offset + size;
    if (size === 8) return view.getBigUint64(offset, true);
    return BigInt(signed ? view.getInt32(offset, true) : view.getUint32(offset, true));
  });
}

interface StatisticsFunction {
  readonly name: string;
  /** Whether it writes a MIB_TCPSTATS2. */
  readonly isWide: boolean;
  readonly call: NativeFunction;
}

function loadBest(library: string, family: Family): StatisticsFunction {
  const types = ["void *", "uint32_t"];
  const ex2 = findFunction(library, "GetTcpStatisticsEx2", types);
  if (ex2) return { name: "GetTcpStatisticsEx2", isWide: true, call: ex2 };
  const older = { name: "GetTcpStatisticsEx", isWide: false };
  // The last one that is left tells in its error what is missing.
  if (family === 6) return { ...older, call: loadFunction(library, older.name, types) };
  const ex = findFunction(library, older.name, types);
  if (ex) return { ...older, call: ex };
  const oldest = loadFunction(library, "GetTcpStatistics", ["void *"]);
  return { name: "GetTcpStatistics", isWide: false, call: (statistics) => oldest(statistics) };
}

function advice(code: number, family: Family): string {
  return code === WIN32.ERROR_NOT_SUPPORTED
    ? `This system has no IPv${family}: ask for the other family.`
    : 'See whether "netstat -s -p tcp" works here.';
}
