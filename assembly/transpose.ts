// Values that lie a row apart → values side by side.
//
// Shuffles that move values across lanes are dear, loads are cheap, and may start at any byte. So each row is loaded from such
// an address that the wanted value already lies in its own lane, and the vectors of several rows are merged by blends, which
// move nothing:
//
//   row 0 loaded at its local port             |LP₀|   |   |   |RP₀|   |   |   |     lanes of 16 bits
//   row 1 loaded 2 bytes before its port       |   |LP₁|   |   |   |RP₁|   |   |
//   row 2 loaded 4 bytes before                |   |   |LP₂|   |   |   |RP₂|   |
//   row 3 loaded 6 bytes before                |   |   |   |LP₃|   |   |   |RP₃|
//   three blends                               |LP₀|LP₁|LP₂|LP₃|RP₀|RP₁|RP₂|RP₃|
//
// In an IPv4 row remote lies 8 bytes, half a vector, behind local: so this takes both ports at once, and both addresses.
//
// `stride` is the size of a row, `at` where the field lies in the first of them. All of this is inlined: with a constant stride
// every address becomes a constant offset.

/** Four u32 of four rows. */
@inline
export function fourWords(at: usize, stride: usize): v128 {
  const words01 = v128.shuffle<i32>(v128.load(at), v128.load(at + (stride - 4)), 0, 5, 2, 3);
  const words23 = v128.shuffle<i32>(v128.load(at + (stride - 4) * 2), v128.load(at + (stride - 4) * 3), 0, 1, 2, 7);
  return v128.shuffle<i32>(words01, words23, 0, 1, 6, 7);
}

/** Two u32 and the two that lie 8 bytes behind them: |A₀|A₁|B₀|B₁|. */
@inline
export function twoWordPairs(at: usize, stride: usize): v128 {
  return v128.shuffle<i32>(v128.load(at), v128.load(at + (stride - 4)), 0, 5, 2, 7);
}

/** Four u16 and the four that lie 8 bytes behind them: |A₀|A₁|A₂|A₃|B₀|B₁|B₂|B₃|. */
@inline
export function fourHalfPairs(at: usize, stride: usize): v128 {
  const halves01 = v128.shuffle<i16>(v128.load(at), v128.load(at + (stride - 2)), 0, 9, 2, 3, 4, 13, 6, 7);
  const halves23 = v128.shuffle<i16>(
    v128.load(at + (stride - 2) * 2),
    v128.load(at + (stride - 2) * 3),
    0,
    1,
    2,
    11,
    4,
    5,
    6,
    15,
  );
  return v128.shuffle<i16>(halves01, halves23, 0, 1, 10, 11, 4, 5, 14, 15);
}

/** Eight u16 of eight rows. */
@inline
export function eightHalves(at: usize, stride: usize): v128 {
  const step = stride - 2;
  const halves01 = v128.shuffle<i16>(v128.load(at), v128.load(at + step), 0, 9, 2, 3, 4, 5, 6, 7);
  const halves23 = v128.shuffle<i16>(v128.load(at + step * 2), v128.load(at + step * 3), 0, 1, 2, 11, 4, 5, 6, 7);
  const halves45 = v128.shuffle<i16>(v128.load(at + step * 4), v128.load(at + step * 5), 0, 1, 2, 3, 4, 13, 6, 7);
  const halves67 = v128.shuffle<i16>(v128.load(at + step * 6), v128.load(at + step * 7), 0, 1, 2, 3, 4, 5, 6, 15);
  const halves03 = v128.shuffle<i16>(halves01, halves23, 0, 1, 10, 11, 4, 5, 6, 7);
  const halves47 = v128.shuffle<i16>(halves45, halves67, 0, 1, 2, 3, 4, 5, 14, 15);
  return v128.shuffle<i16>(halves03, halves47, 0, 1, 2, 3, 12, 13, 14, 15);
}

/** Eight u32 of eight rows in lanes of 16 bits, 255 for 255 and above. */
@inline
export function eightSaturated(at: usize, stride: usize): v128 {
  const lower = i32x4.min_u(fourWords(at, stride), i32x4.splat(255));
  const upper = i32x4.min_u(fourWords(at + stride * 4, stride), i32x4.splat(255));
  return i16x8.narrow_i32x4_u(lower, upper);
}

@inline
export function firstHalves(a: v128, b: v128): v128 {
  return v128.shuffle<i64>(a, b, 0, 2);
}

@inline
export function secondHalves(a: v128, b: v128): v128 {
  return v128.shuffle<i64>(a, b, 1, 3);
}

/** Turns the bytes of each 32-bit lane: network order to host order. */
@inline
export function turn32(v: v128): v128 {
  return v128.shuffle<i8>(v, v, 3, 2, 1, 0, 7, 6, 5, 4, 11, 10, 9, 8, 15, 14, 13, 12);
}

/** Turns the bytes of each 16-bit lane. */
@inline
export function turn16(v: v128): v128 {
  return v128.shuffle<i8>(v, v, 1, 0, 3, 2, 5, 4, 7, 6, 9, 8, 11, 10, 13, 12, 15, 14);
}
