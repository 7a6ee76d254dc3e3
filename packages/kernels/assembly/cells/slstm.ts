import { eighty, exp, flush, logSigmoid, multiplyAdd, one, sigmoid, tanh } from "../arithmetic";
import { throughSigmoid, throughTanh } from "./lstm";

// @ts-ignore: decorator
@inline
function preActivation(sums: usize, x: usize, bias: usize): v128 {
  return f32x4.add(v128.load(sums), f32x4.add(v128.load(x), v128.load(bias)));
}

/**
 * Gates i, f, z, o; states h, c, n, m. With ℓ = ln σ(f) + m₋ and m = max(i, ℓ) (i where n₋ = 0):
 * i' = e^(i−m), f' = e^(ℓ−m), c = f' c₋ + i' tanh(z), n = max(f' n₋ + i', 1), h = σ(o) c / n.
 * Keeps i', f', tanh(z), σ(o), σ(f).
 */
// @ts-ignore: decorator
@inline
export function slstmForward(
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
    const i = preActivation(sums + at, x + at, bias + at);
    const f = preActivation(sums + sumPlane + at, x + plane + at, bias + plane + at);
    const z = tanh(preActivation(sums + 2 * sumPlane + at, x + 2 * plane + at, bias + 2 * plane + at));
    const o = sigmoid(preActivation(sums + 3 * sumPlane + at, x + 3 * plane + at, bias + 3 * plane + at));
    const normaliser = v128.load(before + 2 * state + at);
    const l = f32x4.add(logSigmoid(f), v128.load(before + 3 * state + at));
    const started = f32x4.ne(normaliser, f32x4.splat(0));
    const m = v128.bitselect(f32x4.pmax(i, l), i, started);
    const inward = exp(f32x4.sub(i, m));
    // Only a first step has ℓ above m, and there c₋ and n₋ are 0: the bound keeps their products 0.
    const kept = exp(f32x4.pmin(f32x4.sub(l, m), eighty()));
    const c = flush(multiplyAdd(kept, v128.load(before + state + at), f32x4.mul(inward, z)));
    const n = f32x4.pmax(multiplyAdd(kept, normaliser, inward), one());
    v128.store(after + at, flush(f32x4.div(f32x4.mul(o, c), n)));
    v128.store(after + state + at, c);
    v128.store(after + 2 * state + at, n);
    v128.store(after + 3 * state + at, m);
    if (saved) {
      v128.store(saved + at, inward);
      v128.store(saved + plane + at, kept);
      v128.store(saved + 2 * plane + at, z);
      v128.store(saved + 3 * plane + at, o);
      v128.store(saved + 4 * plane + at, sigmoid(f));
    }
  }
}

/**
 * With δc = δc + δh o / n and δn = δn − δh o c / n²: δi = (δc tanh z + δn) i', δf = (δc c₋ + δn n₋) f' (1 − σ(f)),
 * δz = δc i' (1 − tanh²z), δo = δh c / n through its gate; δc₋ = δc f', δn₋ = δn f'. m carries no gradient: h does not depend on it.
 * Units that pad a head have n = 0 and are kept out of the division.
 */
// @ts-ignore: decorator
@inline
export function slstmBackward(
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
    const inward = v128.load(saved + at);
    const kept = v128.load(saved + plane + at);
    const z = v128.load(saved + 2 * plane + at);
    const o = v128.load(saved + 3 * plane + at);
    const inverse = f32x4.div(one(), f32x4.pmax(v128.load(after + 2 * state + at), one()));
    const ratio = f32x4.mul(v128.load(after + state + at), inverse);
    const dh = f32x4.add(v128.load(carry + at), v128.load(outside + at));
    const share = f32x4.mul(f32x4.mul(dh, o), inverse);
    const dc = f32x4.add(v128.load(carry + state + at), share);
    const dn = f32x4.sub(v128.load(carry + 2 * state + at), f32x4.mul(share, ratio));
    v128.store(carry + state + at, flush(f32x4.mul(dc, kept)));
    v128.store(carry + 2 * state + at, flush(f32x4.mul(dn, kept)));
    const di = flush(f32x4.mul(multiplyAdd(dc, z, dn), inward));
    const past = multiplyAdd(dc, v128.load(before + state + at), f32x4.mul(dn, v128.load(before + 2 * state + at)));
    const df = flush(f32x4.mul(f32x4.mul(past, kept), f32x4.sub(one(), v128.load(saved + 4 * plane + at))));
    const dz = throughTanh(f32x4.mul(dc, inward), z);
    const dO = throughSigmoid(f32x4.mul(dh, ratio), o);
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
