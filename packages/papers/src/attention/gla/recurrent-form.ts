import { add, exp, matmul, mul, permute, scan, squeeze, type Tensor, unsqueeze, zeros } from "@paperworks/tensor";
import type { GlaInputs, GlaResult } from "./gated-linear-attention.ts";

/** S before the first token. */
export const stateBefore = ({ k, v }: GlaInputs, initialState?: Tensor): Tensor =>
  initialState ?? zeros([k.shape[0], k.shape[1], k.shape[3], v.shape[3]], k.dtype);

/** One token. @param q, k, logAlpha [batch, heads, d_k]; v [batch, heads, d_v]; state [batch, heads, d_k, d_v] */
export function gatedStep({ q, k, v, logAlpha }: GlaInputs, state: Tensor): GlaResult {
  const next = add(mul(unsqueeze(exp(logAlpha), -1), state), mul(unsqueeze(k, -1), unsqueeze(v, -2)));
  return { output: squeeze(matmul(unsqueeze(q, -2), next), -2), state: next };
}

/** Token by token: S_t = diag(α_t) S_{t−1} + k_tᵀ v_t, o_t = q_t S_t. */
export function recurrentForm(inputs: GlaInputs, initialState?: Tensor): GlaResult {
  const byToken = (x: Tensor): Tensor => permute(x, [2, 0, 1, 3]);
  const { q, k, v, logAlpha } = inputs;
  const { carry, outputs } = scan(
    (before: Tensor, token: { q: Tensor; k: Tensor; v: Tensor; logAlpha: Tensor }) => {
      const { output, state } = gatedStep(token, before);
      return { carry: state, output };
    },
    stateBefore(inputs, initialState),
    { q: byToken(q), k: byToken(k), v: byToken(v), logAlpha: byToken(logAlpha) },
  );
  return { output: permute(outputs, [1, 2, 0, 3]), state: carry };
}
