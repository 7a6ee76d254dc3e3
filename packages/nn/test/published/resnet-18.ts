import { add, globalAveragePool, maxPool, relu, type Tensor } from "@paperworks/tensor";
import { BatchNorm, Conv, Linear, Module } from "../../src/index.ts";

const conv = (inChannels: number, outChannels: number, kernel: number, stride: number): Conv =>
  new Conv({ inChannels, outChannels, kernel: [kernel, kernel], stride, padding: (kernel - 1) / 2, bias: false });

class BasicBlock extends Module {
  readonly conv1: Conv;
  readonly norm1: BatchNorm;
  readonly conv2: Conv;
  readonly norm2: BatchNorm;
  readonly shortcut?: { conv: Conv; norm: BatchNorm };

  constructor(inChannels: number, outChannels: number, stride: number) {
    super();
    this.conv1 = conv(inChannels, outChannels, 3, stride);
    this.norm1 = new BatchNorm({ channels: outChannels });
    this.conv2 = conv(outChannels, outChannels, 3, 1);
    this.norm2 = new BatchNorm({ channels: outChannels });
    if (inChannels !== outChannels)
      this.shortcut = {
        conv: conv(inChannels, outChannels, 1, stride),
        norm: new BatchNorm({ channels: outChannels }),
      };
  }

  forward(x: Tensor): Tensor {
    const h = relu(this.norm1.forward(this.conv1.forward(x)));
    const shortcut = this.shortcut ? this.shortcut.norm.forward(this.shortcut.conv.forward(x)) : x;
    return relu(add(this.norm2.forward(this.conv2.forward(h)), shortcut));
  }
}

/** He et al., 2016, table 1: a stem of 7×7 and four stages of two basic blocks, for 1,000 classes. */
export class ResNet18 extends Module {
  readonly stem = conv(3, 64, 7, 2);
  readonly norm = new BatchNorm({ channels: 64 });
  readonly blocks = [64, 128, 256, 512].flatMap((width, stage) => [
    new BasicBlock(stage === 0 ? 64 : width / 2, width, stage === 0 ? 1 : 2),
    new BasicBlock(width, width, 1),
  ]);
  readonly head = new Linear({ inFeatures: 512, outFeatures: 1000 });

  /** @param images [batch, 3, 224, 224] @returns logits [batch, 1000] */
  forward(images: Tensor): Tensor {
    const stem = relu(this.norm.forward(this.stem.forward(images)));
    const h = this.blocks.reduce((x, block) => block.forward(x), maxPool(stem, { kernel: 3, stride: 2, padding: 1 }));
    return this.head.forward(globalAveragePool(h).flatten(1));
  }
}
