import { drawLinearWeights, LayerNorm, Linear, Module } from "@paperworks/nn";
import { relu, requireWhole, stack, type Tensor } from "@paperworks/tensor";
import { ResidualStep } from "./residual-step.ts";
import { type AdaptorKind, StepAdaptor } from "./step-adaptor.ts";

export interface FlowNetOptions {
  kind: AdaptorKind;
  /** Macro-steps; 24 when absent. */
  steps?: number;
  /** Width of the features; 32 when absent. */
  dim?: number;
  /** Width inside the branch; 2·dim when absent. */
  inner?: number;
  reduction?: number;
}

/** LN, linear, relu, linear. */
class FlowBranch extends Module {
  readonly norm: LayerNorm;
  readonly first: Linear;
  readonly second: Linear;

  constructor(dim: number, inner: number) {
    super();
    this.norm = new LayerNorm({ dim });
    this.first = new Linear({ inFeatures: dim, outFeatures: inner });
    this.second = new Linear({ inFeatures: inner, outFeatures: dim });
  }

  forward(x: Tensor): Tensor {
    return this.second.forward(relu(this.first.forward(this.norm.forward(x))));
  }
}

/** A path of a FlowNet. */
export interface FlowPath {
  /** The states in the plane, [batch, steps, 2]. */
  states: Tensor;
  /** The features before the first step and behind each, [batch, dim]. */
  features: Tensor[];
  /** The sizes of all steps, [batch, steps, dim]; none for the plain network. */
  sizes: Tensor | undefined;
}

/**
 * Learns a flow of the plane: one residual step, applied again and again, and a linear read-out behind each application. As the step is
 * shared, depth cannot tell it how far to go: only an adaptor can.
 */
export class FlowNet extends Module {
  readonly steps: number;
  readonly embedding: Linear;
  readonly block: ResidualStep;
  readonly readOut: Linear;

  constructor({ kind, steps = 24, dim = 32, inner = 2 * dim, reduction = 4 }: FlowNetOptions) {
    super();
    requireWhole("FlowNet: steps", steps, 1);
    this.steps = steps;
    this.embedding = new Linear({ inFeatures: 2, outFeatures: dim });
    this.block = new ResidualStep(new FlowBranch(dim, inner), new StepAdaptor(dim, { kind, reduction }));
    this.readOut = new Linear({ inFeatures: dim, outFeatures: 2 });
    drawLinearWeights(this);
    this.block.adaptor.beginAtOne();
  }

  /** @param u0 where the paths begin, [batch, 2] @returns [batch, steps, 2] */
  forward(u0: Tensor): Tensor {
    return this.path(u0).states;
  }

  /** @param u0 [batch, 2] */
  path(u0: Tensor): FlowPath {
    const features = [this.embedding.forward(u0)];
    const [states, sizes]: Tensor[][] = [[], []];
    for (let t = 0; t < this.steps; t++) {
      const { next, a } = this.block.step(features[t]);
      features.push(next);
      states.push(this.readOut.forward(next));
      if (a) sizes.push(a);
    }
    return { states: stack(states, 1), features, sizes: sizes.length > 0 ? stack(sizes, 1) : undefined };
  }
}
