// Four lanes of float32. The relaxed build fuses a product and a sum where the processor can; the plain one rounds twice.

/** a·b + c. Pass what is used once as a: the sum then takes its register. */
// @ts-ignore: decorator
@inline
export function multiplyAdd(a: v128, b: v128, c: v128): v128 {
  if (ASC_FEATURE_RELAXED_SIMD) return f32x4.relaxed_madd(a, b, c);
  return f32x4.add(f32x4.mul(a, b), c);
}

// Constants lie in memory, each four times: a load is cheaper than a literal vector, which is made anew at every use.
const constants: usize = memory.data<f32>([
  1.0, 1.0, 1.0, 1.0,
  1.44269504, 1.44269504, 1.44269504, 1.44269504,
  12582912.0, 12582912.0, 12582912.0, 12582912.0,
  -0.693359375, -0.693359375, -0.693359375, -0.693359375,
  2.12194440e-4, 2.12194440e-4, 2.12194440e-4, 2.12194440e-4,
  0.4999923093669465, 0.4999923093669465, 0.4999923093669465, 0.4999923093669465,
  0.1666711499829616, 0.1666711499829616, 0.1666711499829616, 0.1666711499829616,
  0.04189023914621134, 0.04189023914621134, 0.04189023914621134, 0.04189023914621134,
  0.008312511234912499, 0.008312511234912499, 0.008312511234912499, 0.008312511234912499,
  -87.0, -87.0, -87.0, -87.0,
  87.0, 87.0, 87.0, 87.0,
  2.0, 2.0, 2.0, 2.0,
  7.9e-31, 7.9e-31, 7.9e-31, 7.9e-31,
  0.3333320656630339, 0.3333320656630339, 0.3333320656630339, 0.3333320656630339,
  0.2001084953349236, 0.2001084953349236, 0.2001084953349236, 0.2001084953349236,
  0.13999570469543388, 0.13999570469543388, 0.13999570469543388, 0.13999570469543388,
  0.14012229764700657, 0.14012229764700657, 0.14012229764700657, 0.14012229764700657,
  80.0, 80.0, 80.0, 80.0,
], 16);

// @ts-ignore: decorator
@inline
function constant(place: usize): v128 {
  return v128.load(constants + place * 16);
}

// @ts-ignore: decorator
@inline
export function one(): v128 {
  return constant(0);
}

/** e^80, a bound on a ratio of exponentials that keeps its product with 0 at 0. */
// @ts-ignore: decorator
@inline
export function eighty(): v128 {
  return constant(17);
}

/** Values below 7.9e-31 become 0, NaN stays: WebAssembly cannot flush denormal numbers, which make a decaying state many times slower. */
// @ts-ignore: decorator
@inline
export function flush(x: v128): v128 {
  return v128.andnot(x, f32x4.le(f32x4.abs(x), constant(12)));
}

/** n = round(x / ln 2) as the low bits of a float, for x within [−87, 87]. */
// @ts-ignore: decorator
@inline
function exponent(x: v128): v128 {
  return multiplyAdd(x, constant(1), constant(2));
}

/** r = x − n ln 2, |r| ≤ ln 2 / 2, ln 2 in two parts. */
// @ts-ignore: decorator
@inline
function remainder(x: v128, n: v128): v128 {
  const count = f32x4.sub(n, constant(2));
  return multiplyAdd(count, constant(4), multiplyAdd(count, constant(3), x));
}

/** e^r − 1 for |r| ≤ ln 2 / 2: r + r² q(r), q of degree 3 with the least largest relative error, 1.05e-7. */
// @ts-ignore: decorator
@inline
function expm1Reduced(r: v128): v128 {
  let q = multiplyAdd(constant(8), r, constant(7));
  q = multiplyAdd(q, r, constant(6));
  q = multiplyAdd(q, r, constant(5));
  return multiplyAdd(q, f32x4.mul(r, r), r);
}

// @ts-ignore: decorator
@inline
function powerOfTwo(n: v128): v128 {
  return i32x4.add(i32x4.shl(n, 23), constant(0));
}

/** Limits x to [−87, 87], where e^x is a normal number. NaN stays NaN. */
// @ts-ignore: decorator
@inline
function limited(x: v128): v128 {
  return f32x4.pmin(f32x4.pmax(x, constant(9)), constant(10));
}

/** e^x, x limited to [−87, 87]. */
// @ts-ignore: decorator
@inline
export function exp(x: v128): v128 {
  const bounded = limited(x);
  const n = exponent(bounded);
  const scale = powerOfTwo(n);
  return multiplyAdd(expm1Reduced(remainder(bounded, n)), scale, scale);
}

/** 1 / (1 + e^−x) */
// @ts-ignore: decorator
@inline
export function sigmoid(x: v128): v128 {
  return f32x4.div(one(), f32x4.add(one(), exp(f32x4.neg(x))));
}

/** (e^2x − 1) / (e^2x + 1), its numerator from e^r − 1, so that small x lose no digits. */
// @ts-ignore: decorator
@inline
export function tanh(x: v128): v128 {
  const doubled = limited(f32x4.add(x, x));
  const n = exponent(doubled);
  const scale = powerOfTwo(n);
  const numerator = multiplyAdd(expm1Reduced(remainder(doubled, n)), scale, f32x4.sub(scale, one()));
  return f32x4.div(numerator, f32x4.add(numerator, constant(11)));
}

/** ln(1 + u) for u in [0, 1]: 2 atanh(s) with s = u / (2 + u) ≤ 1/3, a polynomial in s². */
// @ts-ignore: decorator
@inline
function log1p(u: v128): v128 {
  const s = f32x4.div(u, f32x4.add(u, constant(11)));
  const z = f32x4.mul(s, s);
  let q = multiplyAdd(constant(16), z, constant(15));
  q = multiplyAdd(q, z, constant(14));
  q = multiplyAdd(q, z, constant(13));
  const twice = f32x4.add(s, s);
  return multiplyAdd(f32x4.mul(q, z), twice, twice);
}

/** ln σ(x) = min(x, 0) − ln(1 + e^−|x|) */
// @ts-ignore: decorator
@inline
export function logSigmoid(x: v128): v128 {
  const zero = f32x4.splat(0);
  return f32x4.sub(f32x4.pmin(x, zero), log1p(exp(f32x4.neg(f32x4.abs(x)))));
}
