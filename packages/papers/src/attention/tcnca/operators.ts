import { type Layer, MultiDimensionalEma, parameters, TemporalConvNet } from "@paperworks/nn";
import {
  Buffer,
  configuration,
  configure,
  fromArray,
  Generator,
  jit,
  type Tensor,
  vjp,
  zeros,
} from "@paperworks/tensor";
import { FastEma } from "./fast-ema.ts";

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
function recorded(length: number, core: Layer): Contender {
  const [x, g] = [1, 2].map((seed) => fromArray(normal(seed, length), [1, length, channels]));
  // Long results go where others went before, as those of transforms do: finding new memory takes as long as a layer.
  const result = new Buffer(zeros(x.shape));
  const forward = jit((input: Tensor) => result.assign(core.forward(input)));
  const both = jit((input: Tensor, gradient: Tensor) => {
    const [dx, ...weights] = vjp([core.forward(input)], [gradient], [input, ...parameters(core)]);
    result.assign(dx);
    return weights;
  });
  return { forward: () => forward(x), backward: () => both(x, g), backwardHoldsForward: true };
}

async function byFastTransforms(length: number): Promise<Contender> {
  const average = await FastEma.create(new MultiDimensionalEma({ dim: channels, size: 8 }), length);
  const [x, g] = [normal(1, length), fromArray(normal(2, length), [channels, length])];
  await average.forwardKept(x);
  return {
    forward: () => average.forward(x),
    backward: () => average.backward(g),
    backwardHoldsForward: false,
    dispose: () => average.dispose(),
  };
}

/** What is timed: the convolutions, the average by Fourier transforms inside and outside of the graph, and by chunks. */
export const operators = {
  TCN: (length: number) => recorded(length, operatorNet()),
  "EMA, FFT": byFastTransforms,
  "EMA, FFT in products": (length: number) => averaged(length, "fft"),
  "EMA, chunks": (length: number) => averaged(length, "chunk"),
} satisfies Record<string, (length: number) => Contender | Promise<Contender>>;

export type Operator = keyof typeof operators;

function averaged(length: number, form: "fft" | "chunk"): Contender {
  const average = new MultiDimensionalEma({ dim: channels, size: 8, form });
  return recorded(length, average);
}

/** Runs with the engine on one thread: WebAssembly has no more for a transform. */
export async function onOneThread<T>(run: () => Promise<T>): Promise<T> {
  const { threads, device } = configuration();
  // WebAssembly has one number of threads for all programs, from the first one on.
  if (device === "wasm" || device === "webgpu") return run();
  configure({ threads: 1 });
  try {
    return await run();
  } finally {
    configure({ threads });
  }
}
