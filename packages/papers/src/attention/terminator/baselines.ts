import { BatchNorm, Conv, Linear, Lstm, Module, Sequential } from "@paperworks/nn";
import { add, mean, pad, permute, relu, select, type Tensor } from "@paperworks/tensor";

/** A basic residual block: convolution, norm, relu, convolution, norm, and a relu behind the sum. */
class BasicBlock extends Module {
  readonly branch: Sequential;

  constructor(channels: number) {
    super();
    const convolution = (): Conv =>
      new Conv({ inChannels: channels, outChannels: channels, kernel: [3, 3], padding: 1, bias: false });
    this.branch = new Sequential([
      convolution(),
      new BatchNorm({ channels }),
      relu,
      convolution(),
      new BatchNorm({ channels }),
    ]);
  }

  forward(x: Tensor): Tensor {
    return relu(add(x, this.branch.forward(x)));
  }
}

/** A residual network of one width and one resolution, as the Terminator is. */
export class PlainResNet extends Module {
  readonly stem: Sequential;
  readonly blocks: readonly BasicBlock[];
  readonly head: Linear;

  constructor({
    inChannels = 1,
    channels = 24,
    blocks = 3,
    classes = 10,
  }: { inChannels?: number; channels?: number; blocks?: number; classes?: number } = {}) {
    super();
    this.stem = new Sequential([
      new Conv({ inChannels, outChannels: channels, kernel: [3, 3], padding: 1, bias: false }),
      new BatchNorm({ channels }),
      relu,
    ]);
    this.blocks = Array.from({ length: blocks }, () => new BasicBlock(channels));
    this.head = new Linear({ inFeatures: channels, outFeatures: classes });
  }

  /** @param images [batch, channels, height, width] */
  forward(images: Tensor): Tensor {
    return this.features(images).logits;
  }

  features(images: Tensor): { logits: Tensor; features: Tensor[] } {
    let x = this.stem.forward(images);
    const features = this.blocks.map((block) => {
      x = block.forward(x);
      return x;
    });
    return { logits: this.head.forward(mean(x, [2, 3])), features };
  }
}

/** An LSTM over the pixels, read out at the last; its forget gates begin open. */
export class PixelLstm extends Module {
  readonly lstm: Lstm;
  readonly head: Linear;

  constructor({ hidden = 67, classes = 10 }: { hidden?: number; classes?: number } = {}) {
    super();
    this.lstm = new Lstm({ inputSize: 1, hiddenSize: hidden });
    this.head = new Linear({ inFeatures: hidden, outFeatures: classes });
  }

  /** @param sequences [batch, 1, length] */
  forward(sequences: Tensor): Tensor {
    const { outputs } = this.lstm.forward(permute(sequences, [0, 2, 1]));
    return this.head.forward(select(outputs, 1, outputs.shape[1] - 1));
  }
}

/** Two causal convolutions of one dilation with batch norms, around a way past them. */
class CausalBlock extends Module {
  readonly layers: readonly { readonly convolution: Conv; readonly norm: BatchNorm }[];
  readonly before: number;

  constructor(channels: number, kernel: number, dilation: number) {
    super();
    this.before = (kernel - 1) * dilation;
    this.layers = [0, 1].map(() => ({
      convolution: new Conv({ inChannels: channels, outChannels: channels, kernel: [kernel], dilation, bias: false }),
      norm: new BatchNorm({ channels }),
    }));
  }

  forward(x: Tensor): Tensor {
    const y = this.layers.reduce((h, { convolution, norm }) => {
      const padded = pad(h, [{ axis: 2, before: this.before, after: 0 }]);
      return relu(norm.forward(convolution.forward(padded)));
    }, x);
    return add(x, y);
  }
}

/** A causal residual temporal convolutional network, read out at the last pixel. */
export class PixelTcn extends Module {
  readonly stem: Conv;
  readonly blocks: readonly CausalBlock[];
  readonly head: Linear;

  constructor({
    channels = 19,
    kernel = 5,
    dilations = [1, 2, 4, 8, 16],
    classes = 10,
  }: { channels?: number; kernel?: number; dilations?: readonly number[]; classes?: number } = {}) {
    super();
    this.stem = new Conv({ inChannels: 1, outChannels: channels, kernel: [1] });
    this.blocks = dilations.map((dilation) => new CausalBlock(channels, kernel, dilation));
    this.head = new Linear({ inFeatures: channels, outFeatures: classes });
  }

  /** @param sequences [batch, 1, length] */
  forward(sequences: Tensor): Tensor {
    const y = this.blocks.reduce((h, block) => block.forward(h), this.stem.forward(sequences));
    return this.head.forward(select(y, 2, y.shape[2] - 1));
  }
}
