import {
  add,
  Buffer,
  div,
  fromArray,
  type Generator,
  grad,
  jit,
  mul,
  Parameter,
  pow,
  scalar,
  sqrt,
  square,
  sub,
  type Tensor,
  zeros,
} from "../../src/index.ts";

/** A training problem whose start is the same in every place: weights, data and loss. */
export interface Problem {
  parameters: Parameter[];
  data: Tensor[];
  loss(...data: Tensor[]): Tensor;
}

export interface Trained {
  losses: number[];
  /** All parameters, one after another. */
  parameters: number[];
  /** Milliseconds of each step; the first one compiles. */
  ms: number[];
}

/** Makes parameters from N(0, std²) on the host. */
export const drawing =
  (generator: Generator) =>
  (shape: number[], std: number): Parameter => {
    const values = generator.hostNormal(shape.reduce((a, b) => a * b, 1));
    return new Parameter(
      fromArray(
        values.map((v) => v * std),
        shape,
      ),
    );
  };

/**
 * Adam: m ← β₁m + (1 − β₁)g, v ← β₂v + (1 − β₂)g², w ← w − lr·m̂/(√v̂ + ε), in the graph of the step. With an ε above the
 * rounding of g: below it a derivative near zero is scaled up, its rounding with it, and devices take other steps.
 */
function minimise(loss: Tensor, parameters: readonly Parameter[], lr: number): void {
  const [b1, b2, epsilon] = [0.9, 0.999, 1e-6];
  const { count, m, v } = stateOf(parameters);
  count.assign(add(count, 1));
  const [c1, c2] = [b1, b2].map((b) => sub(1, pow(scalar(b), count)));
  grad(loss, [...parameters]).forEach((g, i) => {
    m[i].assign(add(mul(m[i], b1), mul(g, 1 - b1)));
    v[i].assign(add(mul(v[i], b2), mul(square(g), 1 - b2)));
    const step = div(div(m[i], c1), add(sqrt(div(v[i], c2)), epsilon));
    parameters[i].assign(sub(parameters[i], mul(step, lr)));
  });
}

const states = new WeakMap<readonly Parameter[], { count: Buffer; m: Buffer[]; v: Buffer[] }>();

function stateOf(parameters: readonly Parameter[]) {
  let state = states.get(parameters);
  if (!state) {
    const moments = () => parameters.map(({ shape }) => new Buffer(zeros(shape)));
    state = { count: new Buffer(scalar(0)), m: moments(), v: moments() };
    states.set(parameters, state);
  }
  return state;
}

/** Takes training steps on whatever device is set. */
export async function train({ parameters, data, loss }: Problem, steps: number, lr = 1e-3): Promise<Trained> {
  stateOf(parameters);
  const step = jit((...batch: Tensor[]) => {
    const value = loss(...batch);
    minimise(value, parameters, lr);
    return value;
  });
  const [losses, ms]: number[][] = [[], []];
  for (let i = 0; i < steps; i++) {
    const start = performance.now();
    losses.push(await (await step(...data)).item());
    ms.push(performance.now() - start);
  }
  const values = await Promise.all(parameters.map(async (p) => Array.from((await p.data()) as Float32Array)));
  return { losses, parameters: values.flat(), ms };
}
