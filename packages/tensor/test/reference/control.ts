import type { Tensor } from "../../src/tensor.ts";
import type { Rule } from "./value.ts";

interface Region {
  given: readonly Tensor[];
  outputs: readonly Tensor[];
  captures: readonly Tensor[];
}

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
  gate: () => [Float64Array.of(0)],
  barrier: same,
  checkpoint: ({ inputs, attributes, run }) => {
    const { given, captures, outputs } = (attributes as { body: Region }).body;
    const values = new Map([...given, ...captures].map((t, i) => [t, inputs[i].data] as const));
    return run(outputs, values);
  },
  cond: ({ inputs, outputs, attributes, run }) => {
    const { branches } = attributes as { branches: readonly [Region, Region] };
    const which = inputs[0].data[0] ? 0 : 1;
    const { given, captures, outputs: results } = branches[which];
    const all = [...new Set(branches.flatMap((branch) => branch.captures))];
    const start = 1 + (which === 0 ? 0 : branches[0].given.length);
    const values = new Map<Tensor, Float64Array>();
    given.forEach((t, i) => {
      values.set(t, inputs[start + i].data);
    });
    for (const t of captures) values.set(t, inputs[inputs.length - all.length + all.indexOf(t)].data);
    return run(results.slice(0, outputs.length), values);
  },
  whileLoop: ({ inputs, attributes, run }) => {
    const { body, limit = Infinity } = attributes as { body: Region; limit?: number };
    const carries = body.outputs.length - 1;
    let goesOn = inputs[0].data[0];
    let state = inputs.slice(1, 1 + carries).map(({ data }) => data);
    for (let n = 0; goesOn && n < limit; n++) {
      const values = new Map(body.captures.map((t, i) => [t, inputs[1 + carries + i].data] as const));
      [Float64Array.of(n), Float64Array.of(1), ...state].forEach((value, i) => {
        values.set(body.given[i], value);
      });
      const [again, ...next] = run(body.outputs, values);
      [goesOn, state] = [again[0], next];
    }
    return state;
  },
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
