import { flush, multiplyAdd, one, sigmoid, tanh } from "../arithmetic";

// @ts-ignore: decorator
@inline
function preActivation(sums: usize, x: usize, bias: usize): v128 {
  return f32x4.add(v128.load(sums), f32x4.add(v128.load(x), v128.load(bias)));
}

/**
 * Gates i, f, z, o: c = σ(f) c + σ(i) tanh(z), h = σ(o) tanh(c); states h, c. Strides in bytes.
 *
 * Two loops: tanh(c) waits for all gates, and in one loop that chain would be longer than what a processor looks ahead (a fifth
 * slower). Between them σ(o) lies where its sum was.
 */
// @ts-ignore: decorator
@inline
export function lstmForward(
  sums: usize,
  sumPlane: usize,
  x: usize,
  bias: usize,
  plane: usize,
  before: usize,
  after: usize,
  state: usize,
  saved: usize,
  size: usize,
): void {
  for (let at: usize = 0; at < size; at += 16) {
    const i = sigmoid(preActivation(sums + at, x + at, bias + at));
    const f = sigmoid(preActivation(sums + sumPlane + at, x + plane + at, bias + plane + at));
    const z = tanh(preActivation(sums + 2 * sumPlane + at, x + 2 * plane + at, bias + 2 * plane + at));
    const o = sigmoid(preActivation(sums + 3 * sumPlane + at, x + 3 * plane + at, bias + 3 * plane + at));
    const c = flush(multiplyAdd(f, v128.load(before + state + at), f32x4.mul(i, z)));
    v128.store(after + state + at, c);
    v128.store(sums + 3 * sumPlane + at, o);
    if (saved) {
      v128.store(saved + at, i);
      v128.store(saved + plane + at, f);
      v128.store(saved + 2 * plane + at, z);
      v128.store(saved + 3 * plane + at, o);
    }
  }
  for (let at: usize = 0; at < size; at += 16) {
    const o = v128.load(sums + 3 * sumPlane + at);
    v128.store(after + at, flush(f32x4.mul(o, tanh(v128.load(after + state + at)))));
  }
}

/** δ · a (1 − a), the way back through a sigmoid a. */
// @ts-ignore: decorator
@inline
export function throughSigmoid(d: v128, a: v128): v128 {
  return flush(f32x4.mul(d, f32x4.mul(a, f32x4.sub(one(), a))));
}

/** δ (1 − a²), the way back through a hyperbolic tangent a. */
// @ts-ignore: decorator
@inline
export function throughTanh(d: v128, a: v128): v128 {
  return flush(f32x4.mul(d, multiplyAdd(f32x4.neg(a), a, one())));
}

/** With δc = δc + δh o (1 − tanh²c): δo = δh tanh(c), δf = δc c₋, δi = δc z, δz = δc i, each through its gate; δc₋ = δc f. */
// @ts-ignore: decorator
@inline
export function lstmBackward(
  saved: usize,
  plane: usize,
  before: usize,
  after: usize,
  state: usize,
  carry: usize,
  outside: usize,
  flow: usize,
  flowPlane: usize,
  gradients: usize,
  size: usize,
): void {
  for (let at: usize = 0; at < size; at += 16) {
    const i = v128.load(saved + at);
    const f = v128.load(saved + plane + at);
    const z = v128.load(saved + 2 * plane + at);
    const o = v128.load(saved + 3 * plane + at);
    const squashed = tanh(v128.load(after + state + at));
    const dh = f32x4.add(v128.load(carry + at), v128.load(outside + at));
    const open = f32x4.mul(dh, o);
    const dc = multiplyAdd(open, multiplyAdd(f32x4.neg(squashed), squashed, one()), v128.load(carry + state + at));
    v128.store(carry + state + at, flush(f32x4.mul(dc, f)));
    const di = throughSigmoid(f32x4.mul(dc, z), i);
    const df = throughSigmoid(f32x4.mul(dc, v128.load(before + state + at)), f);
    const dz = throughTanh(f32x4.mul(dc, i), z);
    const dO = throughSigmoid(f32x4.mul(dh, squashed), o);
    v128.store(flow + at, di);
    v128.store(flow + flowPlane + at, df);
    v128.store(flow + 2 * flowPlane + at, dz);
    v128.store(flow + 3 * flowPlane + at, dO);
    v128.store(gradients + at, di);
    v128.store(gradients + plane + at, df);
    v128.store(gradients + 2 * plane + at, dz);
    v128.store(gradients + 3 * plane + at, dO);
  }
}
