import { flush, multiplyAdd, one, tanh } from "../arithmetic";

/** h = tanh(Wx + R h + b) */
// @ts-ignore: decorator
@inline
export function elmanForward(sums: usize, x: usize, bias: usize, after: usize, saved: usize, size: usize): void {
  for (let at: usize = 0; at < size; at += 16) {
    const sum = f32x4.add(v128.load(sums + at), f32x4.add(v128.load(x + at), v128.load(bias + at)));
    const h = flush(tanh(sum));
    v128.store(after + at, h);
    if (saved) v128.store(saved + at, h);
  }
}

/** δg = δh (1 − h²) */
// @ts-ignore: decorator
@inline
export function elmanBackward(
  after: usize,
  carry: usize,
  outside: usize,
  flow: usize,
  gradients: usize,
  size: usize,
): void {
  for (let at: usize = 0; at < size; at += 16) {
    const h = v128.load(after + at);
    const dh = f32x4.add(v128.load(carry + at), v128.load(outside + at));
    const dg = flush(f32x4.mul(dh, multiplyAdd(f32x4.neg(h), h, one())));
    v128.store(flow + at, dg);
    v128.store(gradients + at, dg);
  }
}
