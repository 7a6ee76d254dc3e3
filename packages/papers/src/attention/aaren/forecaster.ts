import { Linear, lastToken, Module, type SequenceCore } from "@paperworks/nn";
import { DomainError, reshape, ShapeError, type Tensor } from "@paperworks/tensor";
import { onOwnScale } from "../../instance-norm.ts";

export interface ForecasterOptions {
  /** Values of a window, a multiple of `patch`. */
  window: number;
  /** Values that make one token. */
  patch: number;
  /** Values to forecast. */
  horizon: number;
}

/**
 * Forecasts a series from its last `window` values: standardised by their own mean and deviation (so that level and scale
 * need not be learned), cut into patches, one token each, and read at the last token.
 */
export class Forecaster extends Module {
  readonly core: SequenceCore;
  readonly window: number;
  readonly patch: number;
  readonly embedding: Linear;
  readonly head: Linear;

  constructor(core: SequenceCore, { window, patch, horizon }: ForecasterOptions) {
    super();
    if (window % patch !== 0)
      throw new DomainError(`Forecaster: a window of ${window} does not divide into patches of ${patch}`);
    this.core = core;
    this.window = window;
    this.patch = patch;
    this.embedding = new Linear({ inFeatures: patch, outFeatures: core.dim });
    this.head = new Linear({ inFeatures: core.dim, outFeatures: horizon });
  }

  /** @param past [batch, window] @returns [batch, horizon], on the scale of the past */
  forward(past: Tensor): Tensor {
    const [batch, length] = past.shape;
    if (past.rank !== 2 || length !== this.window)
      throw new ShapeError(`Forecaster takes [batch, ${this.window}], got [${past.shape.join(", ")}]`);
    return onOwnScale(past, (standard) => {
      const patches = reshape(standard, [batch, length / this.patch, this.patch]);
      return this.head.forward(lastToken(this.core.forward(this.embedding.forward(patches))));
    });
  }
}
