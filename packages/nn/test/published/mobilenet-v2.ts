import { add, globalAveragePool, relu6, type Tensor } from "@paperworks/tensor";
import { BatchNorm, Conv, Linear, Module, Sequential } from "../../src/index.ts";

interface Geometry {
  kernel?: number;
  stride?: number;
  groups?: number;
}

const convNorm = (inChannels: number, outChannels: number, { kernel = 1, stride = 1, groups = 1 }: Geometry = {}) => [
  new Conv({
    inChannels,
    outChannels,
    kernel: [kernel, kernel],
    stride,
    padding: (kernel - 1) / 2,
    groups,
    bias: false,
  }),
  new BatchNorm({ channels: outChannels }),
];

/** Expands t-fold, filters each channel, projects without an activation; adds its input where the shapes agree. */
class InvertedResidual extends Module {
  readonly branch: Sequential;
  readonly residual: boolean;

  constructor(inChannels: number, outChannels: number, stride: number, expansion: number) {
    super();
    const hidden = inChannels * expansion;
    this.branch = new Sequential([
      ...(expansion === 1 ? [] : [...convNorm(inChannels, hidden), relu6]),
      ...convNorm(hidden, hidden, { kernel: 3, stride, groups: hidden }),
      relu6,
      ...convNorm(hidden, outChannels),
    ]);
    this.residual = stride === 1 && inChannels === outChannels;
  }

  forward(x: Tensor): Tensor {
    const y = this.branch.forward(x);
    return this.residual ? add(x, y) : y;
  }
}

/** Sandler et al., 2018, table 2: expansion t, channels c, repeats n, first stride s. */
const stages = [
  [1, 16, 1, 1],
  [6, 24, 2, 2],
  [6, 32, 3, 2],
  [6, 64, 4, 2],
  [6, 96, 3, 1],
  [6, 160, 3, 2],
  [6, 320, 1, 1],
];

export class MobileNetV2 extends Module {
  readonly features = new Sequential([
    ...convNorm(3, 32, { kernel: 3, stride: 2 }),
    relu6,
    ...stages.flatMap(([t, c, n, s], stage) =>
      Array.from(
        { length: n },
        (_, i) => new InvertedResidual(i > 0 ? c : stage === 0 ? 32 : stages[stage - 1][1], c, i > 0 ? 1 : s, t),
      ),
    ),
    ...convNorm(320, 1280),
    relu6,
  ]);
  readonly head = new Linear({ inFeatures: 1280, outFeatures: 1000 });

  /** @param images [batch, 3, 224, 224] @returns logits [batch, 1000] */
  forward(images: Tensor): Tensor {
    return this.head.forward(globalAveragePool(this.features.forward(images)).flatten(1));
  }
}
