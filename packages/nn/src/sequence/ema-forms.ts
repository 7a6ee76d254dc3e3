import {
  add,
  exp,
  flip,
  matmul,
  mul,
  pad,
  permute,
  reshape,
  scan,
  slice,
  sub,
  sum,
  type Tensor,
  transpose,
  unsqueeze,
  zeros,
} from "@paperworks/tensor";
import { aroundCircle, toeplitz } from "./circle.ts";
import { emaKernel, powers } from "./ema-kernel.ts";
import { fftConvolve } from "./fft-convolve.ts";

/** One direction of a moving average, all [dim, h]: what a token adds to the state, what is read from it, and log q̄. */
export interface EmaCoefficients {
  /** p β */
  readonly input: Tensor;
  /** η/√h */
  readonly output: Tensor;
  /** log q̄ ≤ 0 */
  readonly logDecay: Tensor;
}

export type EmaForm = "fft" | "kernel" | "chunk" | "recurrent";

const kernelOf = ({ input, output, logDecay }: EmaCoefficients, length: number): Tensor =>
  emaKernel(mul(input, output), logDecay, length);

/** The filter of the tokens behind, without the token itself; none of it for a sequence of one. */
function aheadOf(backward: EmaCoefficients | undefined, length: number): Tensor | undefined {
  if (!backward || length === 1) return undefined;
  return slice(kernelOf(backward, length), [{ axis: 1, start: 1 }]);
}

/** κ * x by Fourier transforms, O(L log L). @param x [batch, length, dim] */
export function emaByFft(x: Tensor, forward: EmaCoefficients, backward?: EmaCoefficients): Tensor {
  const length = x.shape[1];
  const ahead = aheadOf(backward, length);
  return transpose(fftConvolve(transpose(x), kernelOf(forward, length), { ahead }));
}

/** κ * x as a product with the Toeplitz matrix of κ, O(L²), the fastest way for short sequences. @param x [batch, length, dim] */
export function emaByKernel(x: Tensor, forward: EmaCoefficients, backward?: EmaCoefficients): Tensor {
  const length = x.shape[1];
  const circle = aroundCircle(kernelOf(forward, length), 2 * length, aheadOf(backward, length));
  return permute(matmul(permute(x, [2, 0, 1]), toeplitz(circle)), [1, 2, 0]);
}

/** One token: h ← q̄ ⊙ h + pβ x. @param token [batch, dim] @param state [batch, dim, h] */
export function emaStep(token: Tensor, state: Tensor, { input, output, logDecay }: EmaCoefficients) {
  const next = add(mul(exp(logDecay), state), mul(unsqueeze(token, -1), input));
  return { output: sum(mul(next, output), -1), state: next };
}

/** Both directions of a form that only looks back: the second from the end, without the token itself. */
function inBothDirections(
  x: Tensor,
  run: (x: Tensor, coefficients: EmaCoefficients) => Tensor,
  forward: EmaCoefficients,
  backward?: EmaCoefficients,
): Tensor {
  const y = run(x, forward);
  if (!backward) return y;
  const own = mul(x, sum(mul(backward.input, backward.output), -1));
  return add(y, sub(flip(run(flip(x, 1), backward), 1), own));
}

/** Token by token. @param x [batch, length, dim] */
export function emaByToken(x: Tensor, forward: EmaCoefficients, backward?: EmaCoefficients): Tensor {
  const run = (tokens: Tensor, coefficients: EmaCoefficients): Tensor => {
    const { outputs } = scan(
      (before: Tensor, token: Tensor) => {
        const { output, state } = emaStep(token, before, coefficients);
        return { carry: state, output };
      },
      zeros([x.shape[0], ...coefficients.input.shape], x.dtype),
      permute(tokens, [1, 0, 2]),
    );
    return permute(outputs, [1, 0, 2]);
  };
  return inBothDirections(x, run, forward, backward);
}

/**
 * Chunks of C tokens: inside of them a product with the Toeplitz matrix of κ, and from chunk to chunk only the states,
 * h ← q̄^C h + Σ_i q̄^{C−1−i} pβ x_i. O(L C). @param x [batch, length, dim]
 */
export function emaByChunk(
  x: Tensor,
  forward: EmaCoefficients,
  backward: EmaCoefficients | undefined,
  chunk: number,
): Tensor {
  return inBothDirections(x, (tokens, coefficients) => chunks(tokens, coefficients, chunk), forward, backward);
}

function chunks(x: Tensor, coefficients: EmaCoefficients, chunk: number): Tensor {
  const [batch, length, dim] = x.shape;
  const { input, output, logDecay } = coefficients;
  const count = Math.ceil(length / chunk);
  const whole = pad(x, [{ axis: 1, before: 0, after: count * chunk - length }]);
  // [dim, count·batch, chunk]
  const rows = reshape(permute(reshape(whole, [batch, count, chunk, dim]), [3, 1, 0, 2]), [dim, count * batch, chunk]);
  const inside = matmul(rows, toeplitz(aroundCircle(kernelOf(coefficients, chunk), 2 * chunk)));
  const added = matmul(rows, mul(transpose(flip(powers(logDecay, chunk), 2)), unsqueeze(input, 1)));
  const { outputs: before } = scan(
    (state: Tensor, more: Tensor) => ({
      carry: add(mul(exp(mul(unsqueeze(logDecay, 1), chunk)), state), more),
      output: state,
    }),
    zeros([dim, batch, input.shape[1]], x.dtype),
    permute(reshape(added, [dim, count, batch, input.shape[1]]), [1, 0, 2, 3]),
  );
  const carried = reshape(permute(before, [1, 0, 2, 3]), [dim, count * batch, input.shape[1]]);
  const read = mul(unsqueeze(output, -1), powers(logDecay, chunk, { first: 1 }));
  const y = reshape(add(inside, matmul(carried, read)), [dim, count, batch, chunk]);
  const joined = reshape(permute(y, [2, 1, 3, 0]), [batch, count * chunk, dim]);
  return count * chunk === length ? joined : slice(joined, [{ axis: 1, end: length }]);
}
