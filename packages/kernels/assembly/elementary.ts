import * as lanes from "./arithmetic";

// Arrays of a whole number of vectors: y = f(x), size in bytes.

/** The square of e^(x/2), so that it overflows to ∞ and runs out to 0 where e^x does. */
export function exp(x: usize, y: usize, size: usize): void {
  const half = f32x4.splat(0.5);
  for (let at: usize = 0; at < size; at += 16) {
    const root = lanes.exp(f32x4.mul(v128.load(x + at), half));
    v128.store(y + at, f32x4.mul(root, root));
  }
}

export function tanh(x: usize, y: usize, size: usize): void {
  for (let at: usize = 0; at < size; at += 16) v128.store(y + at, lanes.tanh(v128.load(x + at)));
}

export function sigmoid(x: usize, y: usize, size: usize): void {
  for (let at: usize = 0; at < size; at += 16) v128.store(y + at, lanes.sigmoid(v128.load(x + at)));
}
