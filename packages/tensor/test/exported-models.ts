import * as op from "../src/index.ts";
import { fromArray, Parameter, scan, type Tensor } from "../src/index.ts";
import { waves } from "./expressions.ts";

export const parameter = (shape: number[], phase: number, scale = 0.5): Parameter =>
  new Parameter(
    fromArray(
      waves(
        shape.reduce((a, b) => a * b, 1),
        phase,
      ).map((v) => v * scale),
      shape,
    ),
  );
export const input = (shape: number[], phase: number): Tensor =>
  fromArray(
    waves(
      shape.reduce((a, b) => a * b, 1),
      phase,
    ),
    shape,
  );

/** A function to be exported, with an example of its inputs. */
export interface ExportedModel {
  name: string;
  inputs: Record<string, Tensor>;
  forward(inputs: Record<string, Tensor>): Tensor | Record<string, Tensor>;
}

function perceptron(): ExportedModel {
  const [w1, b1, w2] = [parameter([12, 20], 1), parameter([20], 2), parameter([20, 4], 3)];
  return {
    name: "a perceptron with softmax",
    inputs: { images: input([3, 12], 4) },
    forward: ({ images }) => op.softmax(op.matmul(op.relu(op.matmul(images, w1).add(b1)), w2)),
  };
}

function convolutional(): ExportedModel {
  const [w1, w2, head] = [parameter([8, 3, 3, 3], 1), parameter([8, 1, 3, 3], 2), parameter([8, 5], 3)];
  return {
    name: "a convolution net with pooling",
    inputs: { images: input([2, 3, 12, 12], 5) },
    forward: ({ images }) => {
      const x = op.maxPool(op.gelu(op.conv(images, w1, { padding: "same" })), { kernel: 2 });
      const y = op.avgPool(op.silu(op.conv(x, w2, { padding: 1, groups: 8, stride: 2 })), {
        kernel: 3,
        stride: 1,
        padding: 1,
      });
      const features = op.globalAveragePool(y);
      return { logits: op.matmul(features, head), features };
    },
  };
}

function attention(): ExportedModel {
  const dim = 8;
  const [wq, wk, wv, wo] = [1, 2, 3, 4].map((phase) => parameter([dim, dim], phase));
  const split = (t: Tensor) => op.rearrange(t, "b n (h d) -> b h n d", { h: 2 });
  return {
    name: "an attention block with a causal mask",
    inputs: { tokens: input([2, 5, dim], 6) },
    forward: ({ tokens }) => {
      const x = op.standardize(tokens);
      const [q, k, v] = [wq, wk, wv].map((w) => split(op.matmul(x, w)));
      const scores = op.matmul(q, k.transpose()).mul(1 / 2);
      const masked = op.where(op.triangle(5), scores, -1e9);
      const mixed = op.rearrange(op.matmul(op.softmax(masked), v), "b h n d -> b n (h d)");
      return tokens.add(op.matmul(mixed, wo));
    },
  };
}

function recurrent(): ExportedModel {
  const [w, u] = [parameter([6, 6], 1), parameter([4, 6], 2)];
  return {
    name: "a recurrent net in a loop",
    inputs: { sequence: input([7, 2, 4], 3), state: input([2, 6], 4) },
    forward: ({ sequence, state }) => {
      const step = (h: Tensor, x: Tensor) => {
        const next = op.tanh(op.matmul(h, w).add(op.matmul(x, u)));
        return { carry: next, output: next };
      };
      const { carry, outputs } = scan(step, state, sequence);
      return { last: carry, all: outputs, backwards: scan(step, state, sequence, { reverse: true }).carry };
    },
  };
}

function transforms(): ExportedModel {
  return {
    name: "transforms and resampling",
    inputs: { sound: input([2, 24], 1), picture: input([1, 2, 4, 5], 2), grid: input([1, 3, 3, 2], 3) },
    forward: ({ sound, picture, grid }) => ({
      spectrum: op.squaredMagnitude(op.realDft(sound)),
      back: op.idft(op.dft(sound)).real,
      cosines: op.dct(sound),
      frames: op.stft(sound, { frame: 8 }).imaginary,
      larger: op.resize(picture, { scale: 2, mode: "cubic" }),
      smaller: op.resize(picture, { size: 3, mode: "linear", alignCorners: true }),
      nearest: op.resize(picture, { size: [7, 3] }),
      sampled: op.gridSample(picture, grid, { padding: "border" }),
    }),
  };
}

function quantized(): ExportedModel {
  const [narrow, wide] = [op.quantizationFor(-2, 2), op.quantizationFor(-9, 9)];
  const weights = (shape: number[]) =>
    op.QuantizedWeights.from(waves(op.sizeOf(shape), 4), shape, { perChannel: shape.length > 2 });
  const [kernel, head] = [weights([3, 2, 3, 3]), weights([4, 3])];
  return {
    name: "a quantized net",
    inputs: { picture: input([2, 2, 4, 4], 5) },
    forward: ({ picture }) => {
      const q = op.quantize(picture, narrow.scale, narrow.zeroPoint);
      const features = op.quantizedConv(q, kernel, { input: narrow, output: wide, padding: 1, relu: true });
      const pooled = op.globalAveragePool(op.dequantize(features, wide.scale, wide.zeroPoint));
      const again = op.quantize(pooled, wide.scale, wide.zeroPoint);
      const logits = op.quantizedLinear(again, head, { input: wide, output: wide, bias: [1, 0, -1, 2] });
      return {
        logits: op.dequantize(logits, wide.scale, wide.zeroPoint),
        whole: op.integerMatmul(again, again.transpose()),
      };
    },
  };
}

function indexed(): ExportedModel {
  const ids = op.tensor([2, 0, 2], { dtype: "int32" });
  return {
    name: "sorting, scattering and entropies",
    inputs: { x: input([4, 3], 6) },
    forward: ({ x }) => ({
      sorted: op.sort(x, { axis: 0 }).values,
      order: op.argSort(x, { descending: true }),
      sums: op.scatterAdd(x, ids, x, 1),
      turned: op.roll(op.flip(x, [0, 1]), [1, 2], [0, 1]),
      entropy: op.sum(op.xlogy(op.softmax(x), op.softmax(x)), 1),
      spread: op.std(x, 0, { correction: 1 }),
    }),
  };
}

export const exportedModels = (): ExportedModel[] => [
  perceptron(),
  convolutional(),
  attention(),
  recurrent(),
  transforms(),
  quantized(),
  indexed(),
];
