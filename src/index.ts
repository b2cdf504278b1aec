/** What a Node user imports: the decoder, the collectors, and both in one. */

export {
  type FileReadable,
  type FileWritable,
  openFileReadable,
  openFileWritable,
  zstdCompression,
} from "./capture/node-file.js";
export * from "./decoder/index.js";
export { AbortError } from "./format/abort.js";
export * from "./frames/index.js";
export { type ClosingOptions, closeConnection, closeConnections } from "./reader/close.js";
export type { Closing, ClosingResult, Confirm, ConnectionsToClose } from "./reader/closing.js";
export type { Connections, RowPosition } from "./reader/connections.js";
export { openTcpTable, type ReaderOptions, type TcpTableReader } from "./reader/reader.js";
export type { FamilyFailure, Reading } from "./reader/reading.js";
export type { Sample } from "./reader/sample.js";
export { openTcpTables, type TablesOptions, type TcpTablesReader } from "./reader/tables.js";
export { SamplerWorkerError } from "./sampler/errors.js";
export type { SamplerOptions, SamplerSignal } from "./sampler/options.js";
export { type SampledMoment, type Sampler, sampleTcpTables } from "./sampler/sampler.js";
export type {
  CloseResult,
  Collection,
  Collector,
  CollectorOptions,
  OpenedCollector,
  Owner,
  ProcessNames,
  RawBuffer,
  StatisticsOptions,
  TcpStatistics,
} from "./system/contract.js";
export { CollectError, type SystemCode, UnsupportedSystemError } from "./system/errors.js";
export { openSockDiag, type SockDiagOptions } from "./system/linux/sockdiag.js";
export { type StatisticKind, type StatisticName, TCP_STATISTICS } from "./system/statistics.js";
export { openCollector, openProcessNames, readTcpStatistics } from "./system/system.js";
export { type IphlpapiOptions, openIphlpapi } from "./system/windows/iphlpapi.js";
export { type OwnerModule, type OwnerModuleOptions, ownerModuleOf } from "./system/windows/owner-module.js";
export type { TableClass, TableFunctionName } from "./system/windows/table-functions.js";
