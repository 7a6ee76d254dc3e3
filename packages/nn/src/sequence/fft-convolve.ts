import {
  type Complex,
  complexMul,
  concat,
  dft,
  idft,
  inverseRealDft,
  pad,
  realDft,
  ShapeError,
  slice,
  type Tensor,
} from "@paperworks/tensor";
import { aroundCircle } from "./circle.ts";

/**
 * The causal convolution of rows with filters as long as they like, by Fourier transforms:
 *
 *   y_t = Σ_{l ≤ t} κ_l x_{t − l}  (+ Σ_{l ≥ 1} a_l x_{t + l})
 *
 * O(L log L). The transforms have the first power of two that holds rows and filter side by side: on a shorter circle the end
 * would reach into the beginning. Two real examples travel through one complex transform, as real and imaginary part.
 *
 * @param x      [batch, ..., length]
 * @param kernel κ, [..., length of the filter], the axes in front those of x behind the batch
 * @param ahead  weights of the tokens behind, the next one first; none when absent
 * @returns      [batch, ..., length]
 * @throws ShapeError if the axes do not fit, or one of them is empty
 */
export function fftConvolve(x: Tensor, kernel: Tensor, { ahead }: { ahead?: Tensor } = {}): Tensor {
  const lead = x.shape.slice(1, -1);
  const fits = kernel.rank === x.rank - 1 && lead.every((n, axis) => n === kernel.shape[axis]);
  const [batch, length, taps] = [x.shape[0], x.shape[x.rank - 1], kernel.shape[kernel.rank - 1]];
  if (x.rank < 2 || !fits || length === 0 || taps === 0 || batch === 0)
    throw new ShapeError(
      `fftConvolve: x [batch, ..., length] and kernel [..., taps] share the axes between and have no empty one, got [${x.shape.join(", ")}] and [${kernel.shape.join(", ")}]`,
    );
  const behind = ahead?.shape[kernel.rank - 1] ?? 0;
  const reach = Math.max(length + taps - 1, length + behind, taps + behind);
  const n = 2 ** Math.ceil(Math.log2(reach));
  const axis = x.rank - 1;
  const padded = pad(x, [{ axis, before: 0, after: n - length }]);
  const circle = aroundCircle(kernel, n, ahead);
  const whole = batch % 2 === 0 ? inPairs(padded, circle) : oneByOne(padded, circle);
  return slice(whole, [{ axis, end: length }]);
}

function oneByOne(x: Tensor, circle: Tensor): Tensor {
  return inverseRealDft(complexMul(realDft(x), realDft(circle)), { length: circle.shape[circle.rank - 1] });
}

/** Half of the examples as the real part and half as the imaginary part: a real filter keeps them apart. */
function inPairs(x: Tensor, circle: Tensor): Tensor {
  const half = x.shape[0] / 2;
  const pairs: Complex = {
    real: slice(x, [{ axis: 0, end: half }]),
    imaginary: slice(x, [{ axis: 0, start: half }]),
  };
  const { real, imaginary } = idft(complexMul(dft(pairs), dft(circle)));
  return concat([real, imaginary], 0);
}
