import { shuffledRows } from "@paperworks/data";
import { type ExperimentContext, mean, minus, type TaskRun } from "@paperworks/experiment";
import { AdamW, meanAbsoluteError, parameterCount, parameters, schedules, trainSteps } from "@paperworks/nn";
import { avgPool, fromArray, jit, log, manualSeed, mean as meanOf, square, sub, type Tensor } from "@paperworks/tensor";
import { bicubic, FfNetSuperResolution } from "./ff-net-super-resolution.ts";
import { type GreyImages, luminanceImages } from "./luminance.ts";
import { DepthwiseMixer } from "./plain-mixers.ts";

const size = { factor: 2, channels: 32, depth: 4 } as const;
/** Of the channel mixers around depthwise convolutions, for as many parameters as FFNified attention's network has. */
const depthwiseExpansion = 4.46875;

const networks = {
  FFNified: () => new FfNetSuperResolution(size),
  depthwise: () =>
    new FfNetSuperResolution({
      ...size,
      expansion: depthwiseExpansion,
      mixer: (channels, kernel) => new DepthwiseMixer({ channels, kernel }),
    }),
  linear: () => new FfNetSuperResolution({ ...size, depth: 0 }),
} as const;

export type Enlarger = keyof typeof networks;
export const enlargers = Object.keys(networks) as Enlarger[];
export const enlargerOf = (name: Enlarger): FfNetSuperResolution => networks[name]();

/** Peak signal to noise of each image with values 0 … 1: −10 log₁₀ of its mean squared error, in decibels. @returns [N] */
export const psnr = (image: Tensor, target: Tensor): Tensor =>
  log(meanOf(square(sub(image, target)), [1, 2, 3])).mul(-10 / Math.LN10);

/** Half the side: the means of 2 × 2 pixels. */
const halved = (images: Tensor): Tensor => avgPool(images, { kernel: 2 });

const [batch, testBatch, seeds] = [32, 100, 3];

const batchOf = ({ pixels, side }: GreyImages, rows: Int32Array): Tensor => {
  const plane = side * side;
  const chosen = new Float32Array(rows.length * plane);
  rows.forEach((row, i) => {
    chosen.set(pixels.subarray(row * plane, (row + 1) * plane), i * plane);
  });
  return fromArray(chosen, [rows.length, 1, side, side]);
};

/** Mean over a set of the decibels that `enlarge` reaches from halved images. */
async function meanPsnr(images: GreyImages, enlarge: (small: Tensor) => Tensor): Promise<number> {
  const total = jit((large: Tensor) => psnr(enlarge(halved(large)), large).sum());
  let sum = 0;
  for (let start = 0; start < images.count; start += testBatch) {
    const count = Math.min(testBatch, images.count - start);
    const rows = Int32Array.from({ length: count }, (_, i) => start + i);
    sum += (await (await total(batchOf(images, rows))).item()) as number;
  }
  return sum / images.count;
}

type Enlarged = { psnr: number; curve: { step: number; loss: number }[] };

async function trainEnlarger(
  name: Enlarger,
  { train, test }: { train: GreyImages; test: GreyImages },
  { steps, learningRate }: { steps: number; learningRate: number },
  run: TaskRun,
): Promise<Enlarged> {
  manualSeed(run.seed);
  const network = enlargerOf(name);
  const optimizer = new AdamW(parameters(network), {
    lr: schedules.cosine({ peak: learningRate, steps, warmup: Math.round(steps / 10) }),
  });
  const step = jit((large: Tensor) => {
    const loss = meanAbsoluteError(network.forward(halved(large)), large);
    optimizer.minimize(loss);
    return { loss };
  });
  const rows = shuffledRows({ records: train.count, batchSize: batch, seed: run.seed });
  const { curve } = await trainSteps({
    run,
    steps,
    state: [network, optimizer],
    step: (index) => step(batchOf(train, rows(index))),
  });
  network.eval();
  return { psnr: await meanPsnr(test, (small) => network.forward(small)), curve };
}

/** Luminance of photographs, halved and brought back: FFNet against bicubic interpolation, a linear map and depthwise convolutions. */
export async function superResolution(
  context: Pick<ExperimentContext, "data" | "seed" | "replicate" | "task" | "measure" | "metric" | "table">,
): Promise<void> {
  const { data, seed, replicate, task, measure, metric, table } = context;
  const images = await luminanceImages(data, { train: 10_000, test: 1_000, seed });
  const reference = await task("bicubic", () => meanPsnr(images.test, (small) => bicubic(small, size.factor)));
  const runs = {} as Record<Enlarger, Enlarged[]>;
  for (const name of enlargers) {
    const plan = { steps: 200, learningRate: 2e-3 };
    runs[name] = await replicate(`super-resolution, ${name}`, seeds, (run) => trainEnlarger(name, images, plan, run));
  }
  const decibels = (name: Enlarger): number[] => runs[name].map((one) => one.psnr);
  measure(
    "tasks.super-resolution-bicubic",
    decibels("FFNified").map((value) => value - reference),
  );
  measure("tasks.super-resolution-linear", minus(decibels("FFNified"), decibels("linear")));
  metric("psnr.bicubic", reference, { unit: "dB" });
  for (const name of enlargers) metric(`psnr.${name.toLowerCase()}`, decibels(name), { unit: "dB" });
  const rounded = (value: number): number => Math.round(100 * value) / 100;
  table("super-resolution", {
    columns: ["enlarged by", "parameters", "PSNR, dB"],
    rows: [
      ["bicubic", 0, rounded(reference)],
      ...enlargers.map((name) => [name, parameterCount(enlargerOf(name)), rounded(mean(decibels(name)))]),
    ],
    caption: "Luminance of 1,000 test images from 16 × 16 to 32 × 32, means of the seeds.",
  });
}
