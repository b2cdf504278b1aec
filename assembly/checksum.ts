// The loop of a frame's checksum.

/** Mixes bytes, in blocks of 16, into four lanes that lie at `lanes`: src/frames/checksum.ts tells how they begin and end. */
export function mixLanes(at: usize, end: usize, lanes: usize): void {
  let mixed = v128.load(lanes);
  for (; at < end; at += 16) {
    const sum = i32x4.add(mixed, i32x4.mul(v128.load(at), i32x4.splat(<i32>0x85ebca77)));
    mixed = i32x4.mul(v128.or(i32x4.shl(sum, 13), i32x4.shr_u(sum, 19)), i32x4.splat(<i32>0x9e3779b1));
  }
  v128.store(lanes, mixed);
}
