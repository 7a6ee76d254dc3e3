import { type DataSource, mnist, shuffledRows, split } from "@paperworks/data";
import { strokeDigits } from "@paperworks/data/images";
import type { TaskRun } from "@paperworks/experiment";
import { accuracy, crossEntropy, type GradientTransform, parameters, SGD, trainSteps } from "@paperworks/nn";
import {
  argMax,
  cast,
  concat,
  div,
  fromArray,
  gather,
  jit,
  manualSeed,
  mean,
  scan,
  sqrt,
  square,
  stack,
  type Tensor,
} from "@paperworks/tensor";
import { DeepMlp, type MlpInit } from "./deep-mlp.ts";
import { annealedGradientNoise, clipGlobalNorm, constantGradientNoise, equivalentSigma } from "./noise.ts";

/** Digits as bytes, divided by 255 inside the program: a quarter of the memory traffic. */
export interface Digits {
  /** uint8 [records, 784] */
  trainImages: Tensor;
  /** int32 [records] */
  trainLabels: Tensor;
  testImages: Tensor;
  testLabels: Int32Array;
}

/** The 10,000-digit MNIST file in 9,000 and 1,000, or as many generated digits. */
export async function loadDigits(data: DataSource): Promise<Digits> {
  const digits =
    (await mnist(data)) ??
    data.generated("mnist", strokeDigits({ count: 10_000, seed: 0 }), {
      from: "strokeDigits, seed 0",
      records: 10_000,
    });
  const { images, labels } = digits;
  const [train, test] = split(labels.shape[0], [9000, 1000], 0);
  const pixels = images.data as Uint8Array;
  const imagesOf = (rows: Int32Array): Tensor => {
    const out = new Uint8Array(rows.length * 784);
    rows.forEach((row, i) => {
      out.set(pixels.subarray(row * 784, (row + 1) * 784), i * 784);
    });
    return fromArray(out, [rows.length, 784]);
  };
  const labelsOf = (rows: Int32Array): Int32Array => Int32Array.from(rows, (row) => Number(labels.data[row]));
  return {
    trainImages: imagesOf(train),
    trainLabels: fromArray(labelsOf(train), [train.length]),
    testImages: imagesOf(test),
    testLabels: labelsOf(test),
  };
}

export type Regulariser = "none" | "noise" | "constant" | "dropout";

export interface DigitRunOptions {
  init: MlpInit;
  regulariser: Regulariser;
  learningRate: number;
  eta: number;
  gamma: number;
  steps: number;
  /** Steps between two looks at the test digits. */
  every: number;
}

export interface CurvePoint {
  step: number;
  /** On the test digits. */
  accuracy: number;
  /** √ of the mean square of all hidden weights. */
  rms: number;
}

export interface DigitRun {
  best: number;
  final: number;
  curve: CurvePoint[];
}

const batchSize = 50;
const clip = 10;

/** The gradient transforms of a run: clipping first, so that the noise is not clipped. */
function transformsOf({ regulariser, eta, gamma, steps }: DigitRunOptions, seed: number): GradientTransform[] {
  const transforms = [clipGlobalNorm(clip)];
  // A stream of its own: the noise must not depend on what else draws.
  const noiseSeed = 1_000_003 + seed;
  if (regulariser === "noise") transforms.push(annealedGradientNoise({ eta, gamma, seed: noiseSeed }));
  if (regulariser === "constant")
    transforms.push(constantGradientNoise({ sigma: equivalentSigma(steps, { eta, gamma }), seed: noiseSeed }));
  return transforms;
}

const stepsACall = 50;

/** every, 2·every, …, below steps. */
const multiples = (every: number, steps: number): number[] =>
  Array.from({ length: Math.ceil(steps / every) - 1 }, (_, i) => every * (i + 1));

const pixelsOf = (images: Tensor): Tensor => div(cast(images, "float32"), 255);

/** Trains one deep network on the digits and looks at the test digits now and then. */
export async function trainOnDigits(
  digits: Digits,
  options: DigitRunOptions,
  run: TaskRun,
): Promise<{ result: DigitRun; model: DeepMlp }> {
  const { seed } = run;
  const { steps, every } = options;
  manualSeed(seed);
  const model = new DeepMlp({ init: options.init, dropout: options.regulariser === "dropout" ? 0.5 : 0 });
  const optimizer = new SGD(parameters(model), { lr: options.learningRate, transforms: transformsOf(options, seed) });
  // Many steps a call, in a loop of the program: a step of so small a network costs less than a call with its weights.
  const walk = jit((images: Tensor, labels: Tensor, rows: Tensor) => {
    const step = (carry: Tensor[], batch: Tensor): { carry: Tensor[]; output: Tensor } => {
      const loss = crossEntropy(model.forward(pixelsOf(gather(images, batch))), gather(labels, batch));
      optimizer.minimize(loss);
      return { carry, output: loss };
    };
    return { losses: scan(step, [], rows).outputs };
  });
  const look = jit((images: Tensor) => {
    // Of the square layers: it is their rms that √(2/width) is critical for.
    const weights = concat(model.hidden.slice(1).map((layer) => layer.weight.reshape([layer.weight.size])));
    return { classes: argMax(model.forward(pixelsOf(images))), rms: sqrt(mean(square(weights))) };
  });
  const rows = shuffledRows({ records: digits.trainLabels.size, batchSize, seed });
  const score = async (): Promise<{ accuracy: number; rms: number }> => {
    model.eval();
    const { classes, rms } = await look(digits.testImages);
    model.train();
    return { accuracy: accuracy((await classes.data()) as Int32Array, digits.testLabels), rms: await rms.item() };
  };
  model.train();
  const { evaluations } = await trainSteps({
    run,
    steps,
    state: [model, optimizer],
    stepsACall,
    step: async (index) => {
      const batches = Array.from({ length: stepsACall }, (_, i) => fromArray(rows(index + i), [batchSize]));
      const { losses } = await walk(digits.trainImages, digits.trainLabels, stack(batches));
      return { loss: losses as Tensor };
    },
    evaluateAt: [...multiples(every, steps), steps],
    evaluate: score,
  });
  model.eval();
  const curve = evaluations.map(({ step, value }): CurvePoint => ({ step, ...value }));
  const scores = curve.map((point) => point.accuracy);
  return { result: { best: Math.max(...scores), final: scores[scores.length - 1], curve }, model };
}
