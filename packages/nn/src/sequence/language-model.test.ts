import { add, configure, cumSum, fromArray, mul, type Tensor, zeros } from "@paperworks/tensor";
import { expect, test } from "vitest";
import { Module, parameterCount } from "../module.ts";
import { CausalLanguageModel } from "./language-model.ts";
import type { SequenceCore } from "./sequence-core.ts";

configure({ threads: 1 });

/** The running sum of all tokens, a tenth of it: a mixer whose state is one vector. */
class RunningSum extends Module implements SequenceCore<{ sum: Tensor }> {
  readonly dim: number;
  constructor(dim: number) {
    super();
    this.dim = dim;
  }
  forward(x: Tensor): Tensor {
    return mul(cumSum(x, 1), 0.1);
  }
  initialState(batch: number): { sum: Tensor } {
    return { sum: zeros([batch, this.dim]) };
  }
  room(): number {
    return Number.POSITIVE_INFINITY;
  }
  grow(state: { sum: Tensor }): { sum: Tensor } {
    return state;
  }
  step(token: Tensor, state: { sum: Tensor }): { output: Tensor; state: { sum: Tensor } } {
    const sum = add(state.sum, token);
    return { output: mul(sum, 0.1), state: { sum } };
  }
}

const build = () => new CausalLanguageModel({ vocabulary: 11, dim: 12, depth: 2, mixer: () => new RunningSum(12) });

test("token by token the logits are those of the whole sequence", async () => {
  const model = build();
  const tokens = [3, 1, 4, 1, 5, 9, 2, 6];
  const whole = (await model.forward(fromArray(Int32Array.from(tokens), [1, 8])).data()) as Float32Array;
  let state = model.initialState(1);
  for (const [i, token] of tokens.entries()) {
    const next = model.step(fromArray(Int32Array.of(token), [1]), state);
    state = next.state;
    const logits = (await next.logits.data()) as Float32Array;
    logits.forEach((value, j) => {
      expect(value).toBeCloseTo(whole[i * 11 + j], 5);
    });
  }
});

test("its parameters are the embedding, the norms, the gated feed-forward parts and the output", () => {
  const hidden = 32;
  expect(parameterCount(build())).toBe(11 * 12 + 2 * (2 * 12 + 3 * 12 * hidden) + 12 + 12 * 11);
});

test("a mixer of another width is refused with its block", () => {
  const options = { vocabulary: 11, dim: 12, depth: 2 };
  expect(() => new CausalLanguageModel({ ...options, mixer: (i) => new RunningSum(i === 0 ? 12 : 8) })).toThrow(
    /block 1 has width 8, not 12/,
  );
});
