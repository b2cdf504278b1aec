import type { Family } from "../../format/layouts.js";
import type { TcpStatistics } from "../contract.js";
import { CollectError } from "../errors.js";
import { findFunction, loadFunction, type NativeFunction } from "../koffi.js";
import { iphlpapi } from "./system-library.js";
import { WIN32, win32Code } from "./win32.js";

export interface WindowsStatisticsOptions {
  /** Of the addresses: 4 unless said otherwise. Windows counts each family for itself. */
  readonly family?: Family | undefined;
  /** The library that has the functions; the system's own Iphlpapi.dll unless said otherwise. */
  readonly library?: string | undefined;
}

type CounterType = "u32" | "i32" | "u64";
type Counters = Omit<TcpStatistics, "family" | "source">;

/** Where a counter lies, bytes from the start, and what it is. */
type StatisticsLayout = Readonly<Record<keyof Counters, readonly [offset: number, type: CounterType]>>;

/** MIB_TCPSTATS (`tcpmib.h`): 60 bytes. dwMaxConn is -1 where the system sets no limit. */
const MIB_TCPSTATS = {
  rtoAlgorithm: [0, "u32"],
  rtoMin: [4, "u32"],
  rtoMax: [8, "u32"],
  maxConn: [12, "i32"],
  activeOpens: [16, "u32"],
  passiveOpens: [20, "u32"],
  attemptFails: [24, "u32"],
  estabResets: [28, "u32"],
  currEstab: [32, "u32"],
  inSegs: [36, "u32"],
  outSegs: [40, "u32"],
  retransSegs: [44, "u32"],
  inErrs: [48, "u32"],
  outRsts: [52, "u32"],
  numConns: [56, "u32"],
} as const satisfies StatisticsLayout;

/** MIB_TCPSTATS2: 72 bytes. The segments are counted in 64 bits, so that they do not start again at 4,294,967,296. */
const MIB_TCPSTATS2 = {
  ...MIB_TCPSTATS,
  inSegs: [40, "u64"],
  outSegs: [48, "u64"],
  retransSegs: [56, "u32"],
  inErrs: [60, "u32"],
  outRsts: [64, "u32"],
  numConns: [68, "u32"],
} as const satisfies StatisticsLayout;

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
  const { name, call, layout } = loadBest(library.path, family);
  // Words, because the system may want the 64-bit counters aligned.
  const view = new DataView(new BigUint64Array(LARGEST_BYTES / 8).buffer);
  const code = call(new Uint8Array(view.buffer), ADDRESS_FAMILIES[family]);
  if (code !== WIN32.NO_ERROR) throw new CollectError(name, win32Code(code), [code], advice(code, family));
  const counter = (key: keyof Counters) => readCounter(view, ...layout[key]);
  return {
    family,
    source: `${library.name} ${name}`,
    rtoAlgorithm: counter("rtoAlgorithm"),
    rtoMin: counter("rtoMin"),
    rtoMax: counter("rtoMax"),
    maxConn: counter("maxConn"),
    activeOpens: counter("activeOpens"),
    passiveOpens: counter("passiveOpens"),
    attemptFails: counter("attemptFails"),
    estabResets: counter("estabResets"),
    currEstab: counter("currEstab"),
    inSegs: counter("inSegs"),
    outSegs: counter("outSegs"),
    retransSegs: counter("retransSegs"),
    inErrs: counter("inErrs"),
    outRsts: counter("outRsts"),
    numConns: counter("numConns"),
  };
}

interface StatisticsFunction {
  readonly name: string;
  readonly layout: StatisticsLayout;
  readonly call: NativeFunction;
}

function loadBest(library: string, family: Family): StatisticsFunction {
  const types = ["void *", "uint32_t"];
  const ex2 = findFunction(library, "GetTcpStatisticsEx2", types);
  if (ex2) return { name: "GetTcpStatisticsEx2", layout: MIB_TCPSTATS2, call: ex2 };
  const older = { name: "GetTcpStatisticsEx", layout: MIB_TCPSTATS };
  // The last one that is left tells in its error what is missing.
  if (family === 6) return { ...older, call: loadFunction(library, older.name, types) };
  const ex = findFunction(library, older.name, types);
  if (ex) return { ...older, call: ex };
  const oldest = loadFunction(library, "GetTcpStatistics", ["void *"]);
  return { name: "GetTcpStatistics", layout: MIB_TCPSTATS, call: (statistics) => oldest(statistics) };
}

function readCounter(view: DataView, offset: number, type: CounterType): number {
  switch (type) {
    case "u32":
      return view.getUint32(offset, true);
    case "i32":
      return view.getInt32(offset, true);
    case "u64":
      return Number(view.getBigUint64(offset, true));
  }
}

function advice(code: number, family: Family): string {
  return code === WIN32.ERROR_NOT_SUPPORTED
    ? `This system has no IPv${family}: ask for the other family.`
    : 'See whether "netstat -s -p tcp" works here.';
}
