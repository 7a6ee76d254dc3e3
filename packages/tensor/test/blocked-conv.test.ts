import { describe, expect, test } from "vitest";
import * as op from "../src/index.ts";
import {
  type ConvOptions,
  configuration,
  configure,
  convolutionBlock,
  evaluate,
  grad,
  type Tensor,
} from "../src/index.ts";
import { allNodes, lowerProgram, schedule } from "../src/onnx/lower.ts";
import { placeholder } from "../src/record.ts";
import { expectClose } from "./check.ts";
import { waveTensor } from "./expressions.ts";
import { reference } from "./reference.ts";

configure({ threads: 1 });

/** Channels in and out, lengths, kernel and geometry: whole blocks of 8 and 16 channels, and what does not fill them. */
const cases: [string, number, number, number[], number[], ConvOptions][] = [
  ["dense", 16, 32, [5, 6], [3, 3], { padding: 1 }],
  [
    "dense, uneven padding and a flat kernel",
    32,
    16,
    [4, 7],
    [1, 3],
    {
      padding: [
        [0, 0],
        [2, 1],
      ],
    },
  ],
  ["dense, stride 2 with a rest", 16, 16, [6, 5], [3, 3], { padding: 1, stride: 2 }],
  ["dense, stride 2, whole", 32, 16, [6, 8], [3, 3], { padding: 1, stride: 2 }],
  [
    "dense, stride 2, padded behind",
    16,
    16,
    [6, 8],
    [3, 3],
    {
      padding: [
        [0, 1],
        [0, 1],
      ],
      stride: 2,
    },
  ],
  ["dense, a stride longer than the kernel", 16, 32, [6, 9], [1, 2], { stride: [2, 3] }],
  ["dense, kernel 5 at strides 2 and 3", 16, 16, [8, 9], [5, 5], { padding: 2, stride: [2, 3] }],
  ["grouped, stride 2", 32, 64, [4, 6], [3, 3], { padding: 1, groups: 2, stride: 2 }],
  ["depthwise, stride 2, whole", 32, 32, [6, 8], [3, 3], { padding: 1, stride: 2, groups: 32 }],
  ["dense, dilated", 16, 16, [7, 6], [3, 2], { padding: 2, dilation: 2 }],
  ["grouped", 32, 64, [4, 4], [3, 3], { padding: 1, groups: 2 }],
  ["depthwise", 32, 32, [5, 6], [3, 3], { padding: 1, groups: 32 }],
  ["depthwise, two outputs a channel, stride 2", 16, 32, [6, 8], [3, 3], { padding: 1, stride: 2, groups: 16 }],
  ["depthwise, stride 2 with a rest", 16, 16, [8, 7], [3, 3], { padding: 1, stride: 2, groups: 16 }],
  ["depthwise, stride 2 with a rest beyond the padding", 16, 16, [8, 8], [1, 3], { stride: [3, 2], groups: 16 }],
  ["depthwise, dilated", 16, 16, [9, 8], [3, 3], { padding: 2, dilation: 2, groups: 16 }],
  ["few channels to whole blocks", 3, 16, [6, 5], [3, 3], { padding: 1 }],
  ["long rows", 4, 6, [3, 26], [3, 3], { padding: 1 }],
  [
    "long rows in groups, uneven padding",
    8,
    8,
    [3, 25],
    [2, 3],
    {
      padding: [
        [1, 0],
        [0, 2],
      ],
      groups: 2,
    },
  ],
  [
    "depthwise over a sequence, dilated, padded before",
    16,
    16,
    [40],
    [5],
    { padding: [[12, 0]], dilation: 3, groups: 16 },
  ],
  ["depthwise over a sequence, padded on both sides", 32, 32, [21], [4], { padding: [[2, 1]], groups: 32 }],
  ["depthwise over a sequence, unpadded, stride 2", 32, 32, [22], [3], { stride: 2, groups: 32 }],
  ["dense over a sequence, dilated", 16, 32, [19], [3], { padding: 4, dilation: 4 }],
  ["dense over a sequence, stride 2", 16, 16, [18], [3], { padding: 1, stride: 2 }],
  ["a number of channels that no block divides", 12, 12, [5, 5], [3, 3], { padding: 1 }],
  ["numbers of channels that no block divides, stride 2", 20, 12, [6, 5], [3, 3], { padding: 1, stride: 2 }],
  ["one position, stride 2", 16, 12, [5, 6], [1, 1], { stride: 2 }],
  ["depthwise, channels that no block divides", 12, 12, [5, 6], [3, 3], { padding: 1, groups: 12 }],
  [
    "depthwise, channels that no block divides, stride 2",
    12,
    12,
    [6, 8],
    [3, 3],
    { padding: 1, stride: 2, groups: 12 },
  ],
  [
    "depthwise over a sequence, channels that no block divides",
    6,
    6,
    [21],
    [4],
    { padding: [[6, 0]], dilation: 2, groups: 6 },
  ],
];

const withBatches = cases.flatMap(([name, ...rest]) =>
  [3, 16, 21].map((batch) => [`${name}, ${batch} examples`, batch, ...rest] as const),
);

/** Expects values as the reference evaluator gives them, to 1e-5 of each tensor's largest. */
async function expectReference(targets: readonly Tensor[], names: readonly string[] = []): Promise<void> {
  const exact = reference(targets);
  await evaluate(targets);
  for (const [i, target] of targets.entries()) {
    const scale = exact[i].reduce((most, value) => Math.max(most, Math.abs(value)), 1);
    const relative = (values: ArrayLike<number>) => Float64Array.from(values, (value) => value / scale);
    const found = relative((await target.data()) as Float32Array);
    expectClose(names[i] ?? `target ${i}`, found, relative(exact[i]), 1e-5);
  }
}

describe("a convolution in blocks", () => {
  test.each(withBatches)(
    "agrees with the reference in value and both gradients: %s",
    async (_, batch, channels, out, lengths, kernel, options) => {
      const perGroup = channels / (options.groups ?? 1);
      const x = waveTensor([batch, channels, ...lengths], 1);
      const w = waveTensor([out, perGroup, ...kernel], 2);
      const y = op.conv(x, w, options);
      const seed = waveTensor(y.shape, 3);
      const targets = [y, ...grad(op.sum(y.mul(seed)), [x, w])];
      await expectReference(targets, ["y", "dx", "dw"]);
    },
  );

  test.each([
    [16, 16],
    [48, 1],
  ])("agrees with the reference where the channels come last: %i channels, %i a group", async (channels, perGroup) => {
    const x = waveTensor([3, 29, channels], 1);
    const w = waveTensor([channels, perGroup, 4], 2);
    const options: ConvOptions = { padding: [[6, 0]], dilation: 2, groups: channels / perGroup };
    const convolve = (t: Tensor): Tensor => op.transpose(op.conv(op.transpose(t), w, options));
    // Two in a row with something between them, and a plain order that is asked for beside the other.
    const inner = convolve(x);
    const y = convolve(op.tanh(inner));
    const loss = op.sum(y.mul(waveTensor(y.shape, 3)));
    const targets = [y, op.transpose(inner), ...grad(loss, [x, w])];
    await expectReference(targets, ["y", "inner", "dx", "dw"]);
  });

  test.each([16, 32])(
    "adds a residual on %i channels that come last, whether others read it too or not",
    async (channels) => {
      const x = waveTensor([2, 31, channels], 1);
      const w = waveTensor([channels, 1, 3], 2);
      const convolve = (t: Tensor): Tensor =>
        op.transpose(op.conv(op.transpose(t), w, { padding: [[4, 0]], dilation: 2, groups: channels }));
      const residual = op.add(x, op.tanh(convolve(x)));
      const direct = op.add(convolve(residual), residual);
      const shared = convolve(direct);
      const y = op.add(op.add(shared, direct), op.mul(shared, waveTensor([channels], 4)));
      const bias = op.add(convolve(y), waveTensor([channels], 5));
      const targets = [y, bias, ...grad(op.sum(bias.mul(waveTensor(y.shape, 3))), [x, w])];
      await expectReference(targets, ["y", "bias", "dx", "dw"]);
    },
  );

  test("adds what goes to its own result only where it is one block and nobody else reads it", () => {
    const additions = (block: number, read: (sum: Tensor, convolved: Tensor) => Tensor): number => {
      const x = placeholder([2, 50, 16], "float32");
      const w = placeholder([16, 1, 5], "float32");
      const convolved = op.transpose(op.conv(op.transpose(x), w, { padding: [[4, 0]], groups: 16 }));
      const bytes = lowerProgram([read(op.add(x, convolved), convolved)], { block }).bytes;
      return Buffer.from(bytes).toString("latin1").split("Add").length - 1;
    };
    expect(additions(16, (sum) => sum)).toBe(0);
    expect(additions(8, (sum) => sum)).toBe(1);
    expect(additions(0, (sum) => sum)).toBe(1);
    expect(additions(16, (sum, convolved) => op.mul(sum, convolved))).toBe(1);
  });

  test("over a sequence whose channels come last and are one block, moves no data", () => {
    const x = placeholder([2, 50, 16], "float32");
    const w = placeholder([16, 1, 5], "float32");
    const y = op.transpose(op.conv(op.transpose(x), w, { padding: [[8, 0]], dilation: 2, groups: 16 }));
    const written = (block: number, operator: string): number =>
      Buffer.from(lowerProgram([y], { block }).bytes)
        .toString("latin1")
        .split(operator).length - 1;
    expect(written(16, "Transpose")).toBe(0);
    expect(written(8, "Transpose")).toBe(2);
    // The weights alone change their layout.
    for (const block of [8, 16]) {
      expect(written(block, "ReorderInput")).toBe(1);
      expect(written(block, "ReorderOutput")).toBe(0);
    }
  });

  describe.each([
    ["a plane", [5, 6]],
    ["a line", [23]],
  ])("between convolutions over %s", (_, lengths) => {
    const [batch, channels] = [4, 32];
    const x = waveTensor([batch, channels, ...lengths], 1);
    const kernel = lengths.map(() => 3);
    const dense = waveTensor([channels, channels, ...kernel], 2);
    const depthwise = waveTensor([channels, 1, ...kernel], 3);
    const points = waveTensor([16, channels, ...lengths.map(() => 1)], 4);
    const alongChannels = (t: Tensor): Tensor => op.reshape(t, [t.size, ...lengths.map(() => 1)]);
    const places = lengths.map((_, i) => i + 2);
    const normed = (t: Tensor, gain: Tensor): Tensor => {
      const centred = op.sub(t, op.mean(t, [0, ...places], { keepDims: true }));
      const scale = op.rsqrt(op.add(op.mean(op.square(centred), [0, ...places]), 1));
      return op.scaleAndShift(centred, op.mul(scale, gain), op.mul(gain, 0.5));
    };

    test("what works value by value, channel by channel or over the places agrees with the reference", async () => {
      const gain = waveTensor([channels], 5);
      const first = op.tanh(normed(op.conv(x, dense, { padding: 1 }), gain));
      const spread = op.conv(first, depthwise, { padding: 1, groups: channels });
      const residual = op.add(op.add(spread, alongChannels(waveTensor([channels], 6))), first);
      const gates = op.sigmoid(op.mean(residual, places, { keepDims: true }));
      const gated = op.mul(residual, gates);
      const mixed = op.relu(op.conv(gated, points, {}));
      // In plain order and in blocks at once.
      const y = op.add(op.mul(mixed, 2), op.reshape(op.sum(mixed, [1]), [batch, 1, ...lengths]));
      const targets = [y, ...grad(op.sum(op.mul(y, waveTensor(y.shape, 7))), [x, dense, depthwise, points, gain])];
      await expectReference(targets);
    });

    test("nothing returns to the plain order", () => {
      const written = (block: number, operator: string): number => {
        const h = op.tanh(op.mul(op.conv(x, dense, { padding: 1 }), 3));
        const y = op.conv(op.add(h, op.sigmoid(h)), depthwise, { padding: 1, groups: channels });
        return (
          Buffer.from(lowerProgram([y], { block }).bytes)
            .toString("latin1")
            .split(operator).length - 1
        );
      };
      // The image once, a dense weight twice, a depthwise one once.
      expect(written(16, "ReorderInput")).toBe(4);
      expect(written(16, "ReorderOutput")).toBe(1);
      expect(written(0, "Reorder")).toBe(0);
    });
  });

  test("takes 8 or 16 channels together, or does not run; in WebAssembly it does not", async () => {
    const { device } = configuration();
    expect([0, 8, 16]).toContain(await convolutionBlock());
    configure({ device: "wasm" });
    expect(configuration().device).toBe("wasm");
    expect(await convolutionBlock()).toBe(0);
    configure({ device });
  });

  test("is written only for whole blocks of channels, and never into a file for others", () => {
    const lowered = (channels: number, options: { block?: number; standard?: boolean }): string => {
      const x = waveTensor([1, channels, 4, 4], 1);
      const w = waveTensor([channels, channels, 3, 3], 2);
      const y = op.conv(x, w, { padding: 1 });
      expect(allNodes(schedule([y])).length).toBe(1);
      return Buffer.from(lowerProgram([y], options).bytes).toString("latin1");
    };
    expect(lowered(16, { block: 16 })).toContain("nchwc");
    expect(lowered(24, { block: 16 })).not.toContain("nchwc");
    expect(lowered(24, { block: 8 })).toContain("nchwc");
    expect(lowered(16, { standard: true })).not.toContain("nchwc");
  });
});
