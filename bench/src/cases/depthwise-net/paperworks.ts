import { BatchNorm, Conv, Linear, Module, Sequential } from "@paperworks/nn";
import { configure, mean, relu, type Tensor, tensor } from "@paperworks/tensor";
import { ourThreads } from "../../peers.ts";
import type { Prepared } from "../../prepared.ts";
import { labels, pixels } from "../../random-batch.ts";
import { trainingStep } from "../../training-step.ts";
import sizes from "./sizes.json" with { type: "json" };

/** A 3×3 convolution a channel, then a 1×1 convolution over them, each with batch norm and ReLU (MobileNet's block). */
const separable = (inChannels: number, outChannels: number, stride: number) => [
  new Conv({
    inChannels,
    outChannels: inChannels,
    kernel: [3, 3],
    stride,
    padding: 1,
    groups: inChannels,
    bias: false,
  }),
  new BatchNorm({ channels: inChannels }),
  relu,
  new Conv({ inChannels, outChannels, kernel: [1, 1], bias: false }),
  new BatchNorm({ channels: outChannels }),
  relu,
];

class DepthwiseNet extends Module {
  readonly features = new Sequential([
    new Conv({ inChannels: sizes.channels, outChannels: sizes.stem, kernel: [3, 3], padding: 1, bias: false }),
    new BatchNorm({ channels: sizes.stem }),
    relu,
    ...sizes.blocks.flatMap(({ width, stride }, i) =>
      separable(i === 0 ? sizes.stem : sizes.blocks[i - 1].width, width, stride),
    ),
  ]);
  readonly head = new Linear({ inFeatures: sizes.blocks[sizes.blocks.length - 1].width, outFeatures: sizes.classes });

  /** @param images [batch, 3, 32, 32] @returns logits [batch, classes] */
  forward(images: Tensor): Tensor {
    return this.head.forward(mean(this.features.forward(images), [2, 3]));
  }
}

export async function prepare(batch = sizes.batch): Promise<Prepared> {
  configure({ threads: ourThreads });
  const { size, channels, classes, lr } = sizes;
  const model = new DepthwiseNet();
  const x = tensor(pixels(batch * channels * size * size), { shape: [batch, channels, size, size] });
  const y = tensor(labels(batch, classes), { shape: [batch] });
  return trainingStep({ model, logits: (images) => model.forward(images), inputs: [x], targets: y, lr });
}
