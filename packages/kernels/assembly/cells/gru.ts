import { flush, multiplyAdd, one, sigmoid, tanh } from "../arithmetic";
import { throughSigmoid, throughTanh } from "./lstm";

/**
 * Planes g, r, z, n; R feeds the first three, the input the last three:
 * r = σ(x_r + R_r h + b_r), z = σ(x_z + R_z h + b_z), n = tanh(x_n + b_n + r (R_g h + b_g)), h = z h₋ + (1 − z) n.
 */
// @ts-ignore: decorator
@inline
export function gruForward(
  sums: usize,
  sumPlane: usize,
  x: usize,
  bias: usize,
  plane: usize,
  before: usize,
  after: usize,
  saved: usize,
  size: usize,
): void {
  for (let at: usize = 0; at < size; at += 16) {
    const g = f32x4.add(v128.load(sums + at), v128.load(bias + at));
    const fromX = f32x4.add(v128.load(x + at), v128.load(bias + plane + at));
    const r = sigmoid(f32x4.add(v128.load(sums + sumPlane + at), fromX));
    const toZ = f32x4.add(v128.load(x + plane + at), v128.load(bias + 2 * plane + at));
    const z = sigmoid(f32x4.add(v128.load(sums + 2 * sumPlane + at), toZ));
    const toN = f32x4.add(v128.load(x + 2 * plane + at), v128.load(bias + 3 * plane + at));
    const n = tanh(multiplyAdd(r, g, toN));
    v128.store(after + at, flush(multiplyAdd(z, f32x4.sub(v128.load(before + at), n), n)));
    if (saved) {
      v128.store(saved + at, g);
      v128.store(saved + plane + at, r);
      v128.store(saved + 2 * plane + at, z);
      v128.store(saved + 3 * plane + at, n);
    }
  }
}

/** δn = δh (1 − z), δz = δh (h₋ − n), δr = δn g, each through its gate; δg = δn r; h₋ also gets δh z, left in the carry. */
// @ts-ignore: decorator
@inline
export function gruBackward(
  saved: usize,
  plane: usize,
  before: usize,
  carry: usize,
  outside: usize,
  flow: usize,
  flowPlane: usize,
  gradients: usize,
  size: usize,
): void {
  for (let at: usize = 0; at < size; at += 16) {
    const g = v128.load(saved + at);
    const r = v128.load(saved + plane + at);
    const z = v128.load(saved + 2 * plane + at);
    const n = v128.load(saved + 3 * plane + at);
    const dh = f32x4.add(v128.load(carry + at), v128.load(outside + at));
    const dn = throughTanh(f32x4.mul(dh, f32x4.sub(one(), z)), n);
    const dz = throughSigmoid(f32x4.mul(dh, f32x4.sub(v128.load(before + at), n)), z);
    const dr = throughSigmoid(f32x4.mul(dn, g), r);
    const dg = flush(f32x4.mul(dn, r));
    v128.store(carry + at, flush(f32x4.mul(dh, z)));
    v128.store(flow + at, dg);
    v128.store(flow + flowPlane + at, dr);
    v128.store(flow + 2 * flowPlane + at, dz);
    v128.store(gradients + at, dg);
    v128.store(gradients + plane + at, dr);
    v128.store(gradients + 2 * plane + at, dz);
    v128.store(gradients + 3 * plane + at, dn);
  }
}
