/** What a Node user imports: the decoder, the collectors, and both in one. */
export {
  type Collection,
  type Collector,
  type CollectorOptions,
  type Owner,
  openCollector,
  type RawBuffer,
} from "./collector/collector.js";
export { CollectError, type SystemCode, UnsupportedSystemError } from "./collector/errors.js";
export * from "./decoder/index.js";
export {
  type FamilyFailure,
  openTcpTables,
  type Reading,
  type TablesOptions,
  type TcpTablesReader,
} from "./families.js";
export { openTcpTable, type ReaderOptions, type Sample, type TcpTableReader } from "./reader.js";
