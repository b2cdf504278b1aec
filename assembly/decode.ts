// Rows → columns, for each layout. How values get from rows into vectors is told in transpose.ts.
//
// The last step of a loop reads and writes past the last row, into the arena's slack.

import {
  COLUMNS,
  FIRST_ROWS,
  LOCAL_ADDRESS,
  LOCAL_PORT,
  MIB_TCPROW,
  MIB_TCPTABLE,
  OFFSETS,
  REMOTE_ADDRESS,
  REMOTE_PORT,
  ROW_SIZES,
  STATE,
} from "./layouts";
import { columnAt, columnWidth, placeColumns } from "./memory";
import {
  eightHalves,
  eightSaturated,
  firstHalves,
  fourHalfPairs,
  fourWords,
  secondHalves,
  turn16,
  turn32,
  twoWordPairs,
} from "./transpose";

/** Decodes the first `count` rows of the raw table that lies at `table`, with slack behind it. */
export function decodeTable(layout: u32, count: u32, table: usize): void {
  placeColumns(layout);
  const rows = table + load<u8>(FIRST_ROWS + layout);
  const stride = <usize>load<u8>(ROW_SIZES + layout);
  const offsets = OFFSETS + layout * COLUMNS;
  if (layout == MIB_TCPTABLE) {
    ipv4(rows, MIB_TCPROW.size, count);
  } else if (columnWidth(LOCAL_ADDRESS) == 4) {
    anyIPv4(rows, stride, count);
  } else {
    ipv6Addresses(LOCAL_ADDRESS, rows, offsets, stride, count);
    ipv6Addresses(REMOTE_ADDRESS, rows, offsets, stride, count);
    ports(LOCAL_PORT, rows, offsets, stride, count);
    ports(REMOTE_PORT, rows, offsets, stride, count);
    states(rows, offsets, stride, count);
  }
  for (let column: u32 = REMOTE_PORT + 1; column < COLUMNS; column++) {
    const width = columnWidth(column);
    if (width == 4) words(column, rows, offsets, stride, count);
    else if (width == 8) doubleWords(column, rows, offsets, stride, count);
  }
}

/** MIB_TCPROW has a loop of its own, compiled for its size; the other IPv4 rows, which begin with the same fields, share one. */
function anyIPv4(rows: usize, stride: usize, count: u32): void {
  ipv4(rows, stride, count);
}

/** The five columns of every IPv4 row. Sixteen rows a step: then the states fill a vector. */
@inline
function ipv4(rows: usize, stride: usize, count: u32): void {
  let state = columnAt(STATE);
  let localAddress = columnAt(LOCAL_ADDRESS);
  let localPort = columnAt(LOCAL_PORT);
  let remoteAddress = columnAt(REMOTE_ADDRESS);
  let remotePort = columnAt(REMOTE_PORT);
  const end = rows + <usize>count * stride;
  while (rows < end) {
    const lower = eightIPv4Rows(rows, stride, localAddress, remoteAddress, localPort, remotePort);
    const upper = eightIPv4Rows(
      rows + 8 * stride,
      stride,
      localAddress + 32,
      remoteAddress + 32,
      localPort + 16,
      remotePort + 16,
    );
    v128.store(state, i8x16.narrow_i16x8_u(lower, upper));
    rows += 16 * stride;
    state += 16;
    localAddress += 64;
    remoteAddress += 64;
    localPort += 32;
    remotePort += 32;
  }
}

/** Decodes eight rows but for their states, which it returns in lanes of 16 bits. */
@inline
function eightIPv4Rows(
  rows: usize,
  stride: usize,
  localAddress: usize,
  remoteAddress: usize,
  localPort: usize,
  remotePort: usize,
): v128 {
  const addresses = rows + MIB_TCPROW.localAddress;
  const addresses0 = twoWordPairs(addresses, stride);
  const addresses2 = twoWordPairs(addresses + 2 * stride, stride);
  const addresses4 = twoWordPairs(addresses + 4 * stride, stride);
  const addresses6 = twoWordPairs(addresses + 6 * stride, stride);
  v128.store(localAddress, turn32(firstHalves(addresses0, addresses2)));
  v128.store(localAddress, turn32(firstHalves(addresses4, addresses6)), 16);
  v128.store(remoteAddress, turn32(secondHalves(addresses0, addresses2)));
  v128.store(remoteAddress, turn32(secondHalves(addresses4, addresses6)), 16);

  const ports = rows + MIB_TCPROW.localPort;
  const ports0 = fourHalfPairs(ports, stride);
  const ports4 = fourHalfPairs(ports + 4 * stride, stride);
  v128.store(localPort, turn16(firstHalves(ports0, ports4)));
  v128.store(remotePort, turn16(secondHalves(ports0, ports4)));

  return eightSaturated(rows + MIB_TCPROW.state, stride);
}

function ipv6Addresses(column: u32, rows: usize, offsets: usize, stride: usize, count: u32): void {
  let at = rows + load<u8>(offsets + column);
  let to = columnAt(column);
  const end = at + <usize>count * stride;
  for (; at < end; at += 2 * stride) {
    v128.store(to, turn32(v128.load(at)));
    v128.store(to, turn32(v128.load(at + stride)), 16);
    to += 32;
  }
}

function ports(column: u32, rows: usize, offsets: usize, stride: usize, count: u32): void {
  let at = rows + load<u8>(offsets + column);
  let to = columnAt(column);
  const end = at + <usize>count * stride;
  for (; at < end; at += 8 * stride) {
    v128.store(to, turn16(eightHalves(at, stride)));
    to += 16;
  }
}

function states(rows: usize, offsets: usize, stride: usize, count: u32): void {
  let at = rows + load<u8>(offsets + STATE);
  let to = columnAt(STATE);
  const end = at + <usize>count * stride;
  for (; at < end; at += 16 * stride) {
    v128.store(to, i8x16.narrow_i16x8_u(eightSaturated(at, stride), eightSaturated(at + 8 * stride, stride)));
    to += 16;
  }
}

/** A column of u32 as they are. */
function words(column: u32, rows: usize, offsets: usize, stride: usize, count: u32): void {
  let at = rows + load<u8>(offsets + column);
  let to = columnAt(column);
  const end = at + <usize>count * stride;
  for (; at < end; at += 4 * stride) {
    v128.store(to, fourWords(at, stride));
    to += 16;
  }
}

/** A column of u64 as they are. */
function doubleWords(column: u32, rows: usize, offsets: usize, stride: usize, count: u32): void {
  let at = rows + load<u8>(offsets + column);
  let to = columnAt(column);
  const end = at + <usize>count * stride;
  for (; at < end; at += stride) {
    store<u64>(to, load<u64>(at));
    to += 8;
  }
}
