/** Lanes of a tile in bytes. */
// @ts-ignore: decorator
@inline
function laneBytes(vectors: i32): usize {
  return <usize>(vectors * 16);
}

/**
 * R [recurrent, heads, units, units] → [head][tile of units][k][gate][lane], zeros where a head was padded to `dim`: the
 * forward product reads it from front to back.
 */
export function packForward(
  source: usize,
  target: usize,
  recurrent: i32,
  heads: i32,
  units: i32,
  dim: i32,
  vectors: i32,
): void {
  const width = vectors * 4;
  const step = laneBytes(vectors) * <usize>recurrent;
  for (let head = 0; head < heads; head++) {
    for (let unit = 0; unit < dim; unit += width) {
      for (let gate = 0; gate < recurrent; gate++) {
        for (let lane = 0; lane < width; lane++) {
          const row = unit + lane;
          const from = source + <usize>(((gate * heads + head) * units + row) * units * 4);
          let to = target + <usize>((gate * width + lane) * 4);
          for (let k = 0; k < dim; k++) {
            store<f32>(to, row < units && k < units ? load<f32>(from + <usize>(k * 4)) : 0);
            to += step;
          }
        }
      }
      target += step * <usize>dim;
    }
  }
}

/** R → [head][tile of units][gate][j][lane], the units being those that h gives: the product with Rᵀ reads it from front to back. */
export function packBackward(
  source: usize,
  target: usize,
  recurrent: i32,
  heads: i32,
  units: i32,
  dim: i32,
  vectors: i32,
): void {
  const width = vectors * 4;
  for (let head = 0; head < heads; head++) {
    for (let unit = 0; unit < dim; unit += width) {
      for (let gate = 0; gate < recurrent; gate++) {
        for (let j = 0; j < dim; j++) {
          const from = source + <usize>((((gate * heads + head) * units + j) * units + unit) * 4);
          for (let lane = 0; lane < width; lane++) {
            store<f32>(target, j < units && unit + lane < units ? load<f32>(from + <usize>(lane * 4)) : 0);
            target += 4;
          }
        }
      }
    }
  }
}
