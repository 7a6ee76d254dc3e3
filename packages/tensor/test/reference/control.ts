import type { Tensor } from "../../src/tensor.ts";
import type { Rule } from "./value.ts";

interface Body {
  carriesIn: readonly Tensor[];
  slices: readonly Tensor[];
  carriesOut: readonly Tensor[];
  stacked: readonly Tensor[];
  captures: readonly Tensor[];
}

const same: Rule = ({ inputs: [x] }) => [x.data];

export const controlRules: Record<string, Rule> = {
  stopGradient: same,
  alias: same,
  customVjp: ({ inputs, attributes: { outputs } }) => inputs.slice(0, outputs).map(({ data }) => data),
  scan: ({ inputs, outputs, attributes, run }) => {
    const { body, length, reverse } = attributes as { body: Body; length: number; reverse: boolean };
    const carries = body.carriesIn.length;
    const given = carries + body.slices.length;
    const fixed = body.captures.map((t, i) => [t, inputs[given + i].data] as const);
    let state = inputs.slice(0, carries).map(({ data }) => data);
    const stacked = body.stacked.map((_, i) => new Float64Array(outputs[carries + i].shape.reduce((a, b) => a * b, 1)));
    for (let n = 0; n < length; n++) {
      const step = reverse ? length - 1 - n : n;
      const values = new Map<Tensor, Float64Array>(fixed);
      body.carriesIn.forEach((t, i) => {
        values.set(t, state[i]);
      });
      body.slices.forEach((t, i) => {
        values.set(t, inputs[carries + i].data.slice(step * t.size, (step + 1) * t.size));
      });
      const results = run([...body.carriesOut, ...body.stacked], values);
      state = results.slice(0, carries);
      results.slice(carries).forEach((row, i) => {
        stacked[i].set(row, step * row.length);
      });
    }
    return [...state, ...stacked];
  },
};
