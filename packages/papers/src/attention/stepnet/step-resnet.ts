import { BatchNorm, Conv, init, Linear, Module, Sequential } from "@paperworks/nn";
import { DomainError, mean, relu, requireWhole, type Tensor } from "@paperworks/tensor";
import { ResidualStep } from "./residual-step.ts";
import { type AdaptorKind, StepAdaptor } from "./step-adaptor.ts";

export interface StepResNetOptions {
  /** The adaptor of each block; one for all. */
  kinds: AdaptorKind | readonly AdaptorKind[];
  /** Blocks of each stage; 5 and 5 when absent. */
  blocks?: readonly number[];
  /** Channels of each stage; 16 and 32 when absent. */
  channels?: readonly number[];
  reduction?: number;
  classes?: number;
}

/** What a network makes of images on its way. */
export interface StepFeatures {
  logits: Tensor;
  /** Of each stage, the features where the shape stays: into its first block (in the first stage) or out of it, and out of each that follows. */
  stages: Tensor[][];
  /** a of each block, [batch, channels]; none where steps are 1. */
  sizes: (Tensor | undefined)[];
}

const heFanOut = init.heNormal({ mode: "fanOut" });

const convolution = (inChannels: number, outChannels: number, stride: number, side = 3): Conv =>
  new Conv({
    inChannels,
    outChannels,
    kernel: [side, side],
    stride,
    padding: (side - 1) / 2,
    bias: false,
    init: heFanOut,
  });

/**
 * A residual network for small photographs whose blocks are steps of a solver: a stem of stride 2, two stages of basic blocks (convolution,
 * norm, relu, convolution, norm) without a relu behind the sum, so that a block of f = 0 is the identity, and a linear head on
 * the mean. The block that changes the shape has a 1×1 projection with a norm around it.
 */
export class StepResNet extends Module {
  readonly stem: Sequential;
  readonly blocks: readonly ResidualStep[];
  readonly head: Linear;
  /** Blocks of each stage. */
  readonly depths: readonly number[];

  /** @throws DomainError for stages that do not fit, or a number of kinds that is not that of the blocks */
  constructor({ kinds, blocks = [5, 5], channels = [16, 32], reduction = 4, classes = 10 }: StepResNetOptions) {
    super();
    const count = blocks.reduce((a, b) => a + b, 0);
    for (const depth of blocks) requireWhole("StepResNet: blocks of a stage", depth, 1);
    if (blocks.length !== channels.length)
      throw new DomainError(`StepResNet: ${blocks.length} stages of blocks and ${channels.length} of channels`);
    if (typeof kinds !== "string" && kinds.length !== count)
      throw new DomainError(`StepResNet: ${kinds.length} kinds of adaptors for ${count} blocks`);
    this.depths = blocks;
    this.stem = new Sequential([convolution(3, channels[0], 2), new BatchNorm({ channels: channels[0] })]);
    let width = channels[0];
    this.blocks = blocks.flatMap((depth, stage) =>
      Array.from({ length: depth }, (_, place) => {
        const [from, to] = [width, channels[stage]];
        const stride = stage > 0 && place === 0 ? 2 : 1;
        width = to;
        const branch = new Sequential([
          convolution(from, to, stride),
          new BatchNorm({ channels: to }),
          relu,
          convolution(to, to, 1),
          new BatchNorm({ channels: to }),
        ]);
        const block = blocks.slice(0, stage).reduce((a, b) => a + b, 0) + place;
        const adaptor = new StepAdaptor(to, { kind: typeof kinds === "string" ? kinds : kinds[block], reduction });
        const changes = stride !== 1 || from !== to;
        const shortcut = changes
          ? new Sequential([convolution(from, to, stride, 1), new BatchNorm({ channels: to })])
          : undefined;
        return new ResidualStep(branch, adaptor, { shortcut });
      }),
    );
    this.head = new Linear({ inFeatures: width, outFeatures: classes });
  }

  /** @param images [batch, 3, height, width] @returns logits [batch, classes] */
  forward(images: Tensor): Tensor {
    return this.features(images).logits;
  }

  /** @param images [batch, 3, height, width] */
  features(images: Tensor): StepFeatures {
    let x = this.stem.forward(images);
    const sizes: (Tensor | undefined)[] = [];
    let block = 0;
    const stages = this.depths.map((depth) => {
      const features: Tensor[] = [];
      for (let place = 0; place < depth; place++) {
        if (place === 0 && !this.blocks[block].shortcut) features.push(x);
        const { next, a } = this.blocks[block++].step(x);
        x = next;
        features.push(x);
        sizes.push(a);
      }
      return features;
    });
    return { logits: this.head.forward(mean(x, [2, 3])), stages, sizes };
  }

  /** The blocks that keep the shape, whose stiffness is defined, in the order of the stages' profiles. */
  get steadyBlocks(): number[] {
    return this.blocks.flatMap(({ shortcut }, block) => (shortcut ? [] : [block]));
  }
}
