import { Linear, lastToken, Module, type SequenceCore } from "@paperworks/nn";
import { DomainError, reshape, ShapeError, type Tensor } from "@paperworks/tensor";

export interface SequenceClassifierOptions {
  channels: number;
  /** Samples that make one token, all channels together. */
  patch: number;
  classes: number;
}

/** The class of a series: patches of all channels as tokens, read at the last one. */
export class SequenceClassifier extends Module {
  readonly core: SequenceCore;
  readonly channels: number;
  readonly patch: number;
  readonly embedding: Linear;
  readonly head: Linear;

  constructor(core: SequenceCore, { channels, patch, classes }: SequenceClassifierOptions) {
    super();
    this.core = core;
    this.channels = channels;
    this.patch = patch;
    this.embedding = new Linear({ inFeatures: channels * patch, outFeatures: core.dim });
    this.head = new Linear({ inFeatures: core.dim, outFeatures: classes });
  }

  /** @param series [batch, length, channels], length a multiple of the patch @returns logits [batch, classes] */
  forward(series: Tensor): Tensor {
    const [batch, length, channels] = series.shape;
    if (series.rank !== 3 || channels !== this.channels)
      throw new ShapeError(
        `SequenceClassifier takes [batch, length, ${this.channels}], got [${series.shape.join(", ")}]`,
      );
    if (length % this.patch !== 0)
      throw new DomainError(`SequenceClassifier: a length of ${length} does not divide into patches of ${this.patch}`);
    const patches = reshape(series, [batch, length / this.patch, this.patch * channels]);
    return this.head.forward(lastToken(this.core.forward(this.embedding.forward(patches))));
  }
}
