// Rows → columns, eight rows a step.
//
// A column's values lie a row apart; wanted are vectors in which they lie side by side. Shuffles that move values across
// lanes are dear, loads are cheap, and may start at any byte. So each row is loaded from such an address that the wanted
// value already lies in its own lane, and vectors of several rows are merged by blends, which move nothing:
//
//   row 0 loaded at its local port             |LP₀|   |   |   |RP₀|   |   |   |     lanes of 16 bits
//   row 1 loaded 2 bytes before its port       |   |LP₁|   |   |   |RP₁|   |   |
//   row 2 loaded 4 bytes before                |   |   |LP₂|   |   |   |RP₂|   |
//   row 3 loaded 6 bytes before                |   |   |   |LP₃|   |   |   |RP₃|
//   three blends                               |LP₀|LP₁|LP₂|LP₃|RP₀|RP₁|RP₂|RP₃|
//
// It works for both ports at once, and for both addresses (in lanes of 32 bits, two rows a vector), because remote lies
// 8 bytes, half a vector, behind local in every IPv4 row. Network order is turned by one byte shuffle at the end.
//
// The last step reads and writes past the last row, into the arena's slack.

import * as arena from "./memory";

const STEP: u32 = 16;

/** Decodes `count` IPv4 rows of class Row from `rows` into the arena's columns. */
// @ts-ignore: decorator
@inline
export function decodeIPv4<Row>(rows: usize, count: u32): void {
  let state = arena.state;
  let localAddress = arena.localAddress;
  let remoteAddress = arena.remoteAddress;
  let localPort = arena.localPort;
  let remotePort = arena.remotePort;
  const end = rows + <usize>count * offsetof<Row>();
  while (rows < end) {
    const low = eightRows<Row>(rows, localAddress, remoteAddress, localPort, remotePort);
    const high = eightRows<Row>(rows + 8 * offsetof<Row>(), localAddress + 32, remoteAddress + 32, localPort + 16, remotePort + 16);
    v128.store(state, i8x16.narrow_i16x8_u(low, high));
    rows += STEP * offsetof<Row>();
    state += STEP;
    localAddress += STEP * 4;
    remoteAddress += STEP * 4;
    localPort += STEP * 2;
    remotePort += STEP * 2;
  }
}

/** Decodes eight rows but for their states, which it returns in lanes of 16 bits. */
// @ts-ignore: decorator
@inline
function eightRows<Row>(rows: usize, localAddress: usize, remoteAddress: usize, localPort: usize, remotePort: usize): v128 {
  const lower = rows;
  const upper = rows + 4 * offsetof<Row>();

  const addresses0 = twoAddresses<Row>(lower);
  const addresses2 = twoAddresses<Row>(lower + 2 * offsetof<Row>());
  const addresses4 = twoAddresses<Row>(upper);
  const addresses6 = twoAddresses<Row>(upper + 2 * offsetof<Row>());
  v128.store(localAddress, turn32(firstHalves(addresses0, addresses2)));
  v128.store(localAddress, turn32(firstHalves(addresses4, addresses6)), 16);
  v128.store(remoteAddress, turn32(secondHalves(addresses0, addresses2)));
  v128.store(remoteAddress, turn32(secondHalves(addresses4, addresses6)), 16);

  const ports0 = fourPorts<Row>(lower);
  const ports4 = fourPorts<Row>(upper);
  v128.store(localPort, turn16(firstHalves(ports0, ports4)));
  v128.store(remotePort, turn16(secondHalves(ports0, ports4)));

  return i16x8.narrow_i32x4_u(fourStates<Row>(lower), fourStates<Row>(upper));
}

/** |LA₀|LA₁|RA₀|RA₁|, in network order. */
// @ts-ignore: decorator
@inline
function twoAddresses<Row>(rows: usize): v128 {
  return v128.shuffle<i32>(
    v128.load(rows, offsetof<Row>("localAddress")),
    v128.load(rows + offsetof<Row>() - 4, offsetof<Row>("localAddress")),
    0, 5, 2, 7,
  );
}

/** |LP₀|LP₁|LP₂|LP₃|RP₀|RP₁|RP₂|RP₃|, in network order. What lies behind a port's two bytes is never loaded into a lane of it. */
// @ts-ignore: decorator
@inline
function fourPorts<Row>(rows: usize): v128 {
  const ports0 = v128.load(rows, offsetof<Row>("localPort"));
  const ports1 = v128.load(rows + (offsetof<Row>() - 2), offsetof<Row>("localPort"));
  const ports2 = v128.load(rows + (offsetof<Row>() - 2) * 2, offsetof<Row>("localPort"));
  const ports3 = v128.load(rows + (offsetof<Row>() - 2) * 3, offsetof<Row>("localPort"));
  const ports01 = v128.shuffle<i16>(ports0, ports1, 0, 9, 2, 3, 4, 13, 6, 7);
  const ports23 = v128.shuffle<i16>(ports2, ports3, 0, 1, 2, 11, 4, 5, 6, 15);
  return v128.shuffle<i16>(ports01, ports23, 0, 1, 10, 11, 4, 5, 14, 15);
}

/** |S₀|S₁|S₂|S₃|, 255 for 255 and above. */
// @ts-ignore: decorator
@inline
function fourStates<Row>(rows: usize): v128 {
  const state0 = v128.load(rows, offsetof<Row>("state"));
  const state1 = v128.load(rows + (offsetof<Row>() - 4), offsetof<Row>("state"));
  const state2 = v128.load(rows + (offsetof<Row>() - 4) * 2, offsetof<Row>("state"));
  const state3 = v128.load(rows + (offsetof<Row>() - 4) * 3, offsetof<Row>("state"));
  const state01 = v128.shuffle<i32>(state0, state1, 0, 5, 2, 3);
  const state23 = v128.shuffle<i32>(state2, state3, 0, 1, 2, 7);
  return i32x4.min_u(v128.shuffle<i32>(state01, state23, 0, 1, 6, 7), i32x4.splat(255));
}

// @ts-ignore: decorator
@inline
function firstHalves(a: v128, b: v128): v128 {
  return v128.shuffle<i64>(a, b, 0, 2);
}

// @ts-ignore: decorator
@inline
function secondHalves(a: v128, b: v128): v128 {
  return v128.shuffle<i64>(a, b, 1, 3);
}

/** Turns the bytes of each 32-bit lane: network order to host order. */
// @ts-ignore: decorator
@inline
function turn32(v: v128): v128 {
  return v128.shuffle<i8>(v, v, 3, 2, 1, 0, 7, 6, 5, 4, 11, 10, 9, 8, 15, 14, 13, 12);
}

/** Turns the bytes of each 16-bit lane. */
// @ts-ignore: decorator
@inline
function turn16(v: v128): v128 {
  return v128.shuffle<i8>(v, v, 1, 0, 3, 2, 5, 4, 7, 6, 9, 8, 11, 10, 13, 12, 15, 14);
}
