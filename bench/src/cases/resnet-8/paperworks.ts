import { BatchNorm, Conv, Linear, Module } from "@paperworks/nn";
import { add, configure, mean, relu, type Tensor, tensor } from "@paperworks/tensor";
import { ourThreads } from "../../peers.ts";
import type { Prepared } from "../../prepared.ts";
import { labels, pixels } from "../../random-batch.ts";
import { trainingStep } from "../../training-step.ts";
import sizes from "./sizes.json" with { type: "json" };

const conv3x3 = (inChannels: number, outChannels: number, stride: number): Conv =>
  new Conv({ inChannels, outChannels, kernel: [3, 3], stride, padding: 1, bias: false });

/** y = ReLU(N(C(ReLU(N(C(x))))) + shortcut(x)), the shortcut a 1×1 convolution where the shape changes. */
class BasicBlock extends Module {
  readonly conv1: Conv;
  readonly norm1: BatchNorm;
  readonly conv2: Conv;
  readonly norm2: BatchNorm;
  readonly shortcut?: Conv;

  constructor(inChannels: number, outChannels: number, stride: number) {
    super();
    this.conv1 = conv3x3(inChannels, outChannels, stride);
    this.norm1 = new BatchNorm({ channels: outChannels });
    this.conv2 = conv3x3(outChannels, outChannels, 1);
    this.norm2 = new BatchNorm({ channels: outChannels });
    if (inChannels !== outChannels)
      this.shortcut = new Conv({ inChannels, outChannels, kernel: [1, 1], stride, bias: false });
  }

  forward(x: Tensor): Tensor {
    const h = relu(this.norm1.forward(this.conv1.forward(x)));
    return relu(add(this.norm2.forward(this.conv2.forward(h)), this.shortcut?.forward(x) ?? x));
  }
}

/** ResNet-8 of MLPerf Tiny: a stem and three stages of one basic block. */
class ResNet8 extends Module {
  readonly stem = conv3x3(sizes.channels, sizes.widths[0], 1);
  readonly norm = new BatchNorm({ channels: sizes.widths[0] });
  readonly blocks = sizes.widths.map(
    (width, i) => new BasicBlock(sizes.widths[Math.max(i - 1, 0)], width, i === 0 ? 1 : 2),
  );
  readonly head = new Linear({ inFeatures: sizes.widths[sizes.widths.length - 1], outFeatures: sizes.classes });

  /** @param images [batch, 3, 32, 32] @returns logits [batch, classes] */
  forward(images: Tensor): Tensor {
    const stem = relu(this.norm.forward(this.stem.forward(images)));
    return this.head.forward(
      mean(
        this.blocks.reduce((h, block) => block.forward(h), stem),
        [2, 3],
      ),
    );
  }
}

export async function prepare(batch = sizes.batch): Promise<Prepared> {
  configure({ threads: ourThreads });
  const { size, channels, classes, lr } = sizes;
  const model = new ResNet8();
  const x = tensor(pixels(batch * channels * size * size), { shape: [batch, channels, size, size] });
  const y = tensor(labels(batch, classes), { shape: [batch] });
  return trainingStep({ model, logits: (images) => model.forward(images), inputs: [x], targets: y, lr });
}
