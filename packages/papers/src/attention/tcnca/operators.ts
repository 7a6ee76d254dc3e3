import { emaKernel, type Module, MultiDimensionalEma, parameters, TemporalConvNet } from "@paperworks/nn";
import {
  add,
  Buffer,
  configuration,
  configure,
  fromArray,
  Generator,
  jit,
  mul,
  type Tensor,
  vjp,
  zeros,
} from "@paperworks/tensor";
import { RowConvolution } from "./row-convolution.ts";

/** One operator on one sequence: what a forward pass takes, and what a backward pass takes beyond it. */
export interface Contender {
  forward(): Promise<unknown>;
  /** The backward pass alone, or, where a program does both, forward and backward together. */
  backward(): Promise<unknown>;
  readonly backwardHoldsForward: boolean;
  dispose?(): void;
}

export const channels = 16;

/** K = 17 taps, f = 16: three layers see 4,369 tokens, four 69,905. */
export const operatorNet = (layers = 3): TemporalConvNet =>
  new TemporalConvNet({ channels, kernel: 17, factor: 16, layers });

const normal = (seed: number, length: number): Float32Array => new Generator(seed).hostNormal(channels * length);

/** An operator that the engine runs. @param x [1, length, channels] */
function recorded(length: number, core: Module, apply: (x: Tensor) => Tensor): Contender {
  const [x, g] = [1, 2].map((seed) => fromArray(normal(seed, length), [1, length, channels]));
  // Long results go where others went before, as those of transforms do: finding new memory takes as long as a layer.
  const result = new Buffer(zeros(x.shape));
  const forward = jit((input: Tensor) => result.assign(apply(input)));
  const both = jit((input: Tensor, gradient: Tensor) => {
    const [dx, ...weights] = vjp([apply(input)], [gradient], [input, ...parameters(core)]);
    result.assign(dx);
    return weights;
  });
  return { forward: () => forward(x), backward: () => both(x, g), backwardHoldsForward: true };
}

/**
 * The moving average by the fastest Fourier transforms: its filter and the derivative of that are the engine's, everything as long
 * as the sequence is pffft's. Rows are sequences, as transforms want them; ω is the filter's lag 0.
 */
async function byFastTransforms(length: number): Promise<Contender> {
  const average = new MultiDimensionalEma({ dim: channels, size: 8 });
  const rows = await RowConvolution.create(channels, length);
  const [x, g] = [normal(1, length), normal(2, length)];
  const weights = parameters(average.forwards);
  const kernelOf = (): Tensor => {
    const { input, output, logDecay } = average.forwards.coefficients();
    return emaKernel(mul(input, output), logDecay, length);
  };
  const kernel = jit(() => kernelOf());
  const kernelGradient = jit((dKernel: Tensor) => vjp([kernelOf()], [dKernel], weights));
  const omega = (await add(average.omega, 0).data()) as Float32Array;
  return {
    async forward() {
      const values = new Float32Array((await (await kernel()).data()) as Float32Array);
      for (let channel = 0; channel < channels; channel++) values[channel * length] += omega[channel];
      return rows.forward(x, values);
    },
    async backward() {
      const { dx, dKernel } = rows.backward(g);
      return [dx, await kernelGradient(fromArray(dKernel, [channels, length]))];
    },
    backwardHoldsForward: false,
    dispose: () => rows.dispose(),
  };
}

/** What is timed: the convolutions, the average by Fourier transforms inside and outside of the graph, and by chunks. */
export const operators = {
  TCN(length: number) {
    const net = operatorNet();
    return recorded(length, net, (x) => net.forward(x));
  },
  "EMA, FFT": byFastTransforms,
  "EMA, FFT as matrix products": (length: number) => averaged(length, "fft"),
  "EMA, chunks": (length: number) => averaged(length, "chunk"),
} satisfies Record<string, (length: number) => Contender | Promise<Contender>>;

export type Operator = keyof typeof operators;

function averaged(length: number, form: "fft" | "chunk"): Contender {
  const average = new MultiDimensionalEma({ dim: channels, size: 8, form });
  return recorded(length, average, (x) => average.smooth(x));
}

/** Runs with the engine on one thread: WebAssembly has no more for a transform. */
export async function onOneThread<T>(run: () => Promise<T>): Promise<T> {
  const { threads } = configuration();
  configure({ threads: 1 });
  try {
    return await run();
  } finally {
    configure({ threads });
  }
}
