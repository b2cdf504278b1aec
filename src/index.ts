/** What a Node user imports: the decoder, the collectors, and both in one. */

export { type CloseResult, closeConnection } from "./collector/close.js";
export {
  type Collection,
  type Collector,
  type CollectorOptions,
  type Owner,
  openCollector,
  type RawBuffer,
} from "./collector/collector.js";
export { CollectError, type SystemCode, UnsupportedSystemError } from "./collector/errors.js";
export { type IphlpapiOptions, openIphlpapi } from "./collector/iphlpapi.js";
export { type OwnerModule, ownerModuleOf } from "./collector/owner-module.js";
export { openProcessNames, type ProcessNames } from "./collector/processes.js";
export { openSockDiag, type SockDiagOptions } from "./collector/sockdiag.js";
export { readTcpStatistics, type StatisticsOptions, type TcpStatistics } from "./collector/statistics.js";
export type { TableClass, TableFunctionName } from "./collector/table-functions.js";
export * from "./decoder/index.js";
export {
  type FamilyFailure,
  openTcpTables,
  type Reading,
  type TablesOptions,
  type TcpTablesReader,
} from "./families.js";
export { openTcpTable, type ReaderOptions, type Sample, type TcpTableReader } from "./reader.js";
