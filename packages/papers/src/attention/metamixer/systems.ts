import type { Module } from "@paperworks/nn";
import type { Tensor } from "@paperworks/tensor";
import { ConvNext } from "./conv-next.ts";
import { FfNet, type MixerPlace } from "./ff-net.ts";
import { FfnifiedAttention, spatialSoftmax } from "./ffnified-attention.ts";
import type { Mixer } from "./meta-mixer.ts";
import { DepthwiseMixer } from "./plain-mixers.ts";
import { SelfAttentionMixer2d } from "./self-attention-mixer.ts";

/** A network that classifies images, and what it is in evaluation. */
export interface Classifier extends Module {
  /** @param images [N, 3, side, side] @returns logits [N, 10] */
  forward(images: Tensor): Tensor;
  reparameterise(): { forward(images: Tensor): Tensor };
}

/** Two stages of two blocks at half and a quarter of the image's side. */
const frame = { depths: [2, 2], width: 32, kernels: [7, 7], channelKernel: 3, classes: 10 } as const;
const headDim = 16;
/** Of ConvNeXt's blocks, for as many parameters as FFNet has while it trains. */
const convNextExpansion = 4.25;

type MixerOf = (place: MixerPlace, side: number) => Mixer | undefined;

const mixers = {
  FFNified: (place) => new FfnifiedAttention(place),
  "self-attention": ({ channels, stride, generator }, side) =>
    new SelfAttentionMixer2d({ channels, headDim, grid: [side / stride, side / stride], generator }),
  depthwise: (place) => new DepthwiseMixer(place),
  identity: () => undefined,
  "softmax over space": (place) => new FfnifiedAttention({ ...place, activation: spatialSoftmax }),
  "no activation": (place) => new FfnifiedAttention({ ...place, activation: (x) => x }),
  "kernel 3": (place) => new FfnifiedAttention({ ...place, kernel: 3 }),
  "no value": (place) => new FfnifiedAttention({ ...place, value: false }),
} satisfies Record<string, MixerOf>;

export type System = keyof typeof mixers | "ConvNeXt";

/** The networks that are compared: one frame with other token mixers, and ConvNeXt. */
export const contestants = [
  "FFNified",
  "self-attention",
  "depthwise",
  "identity",
  "ConvNeXt",
] as const satisfies readonly System[];

/** FFNified attention without one of its parts. */
export const ablations = [
  "softmax over space",
  "no activation",
  "kernel 3",
  "no value",
] as const satisfies readonly System[];

/** @param side of the images; attention learns positions for it */
export function classifierOf(system: System, side = 32): Classifier {
  const { depths, width, classes } = frame;
  if (system === "ConvNeXt") return new ConvNext({ depths, width, classes, expansion: convNextExpansion });
  const mixer: MixerOf = mixers[system];
  return new FfNet({ ...frame, mixer: (place) => mixer(place, side) });
}

/** One token mixer alone. */
export const mixerOf = (system: keyof typeof mixers, place: MixerPlace, side: number): Mixer | undefined =>
  (mixers[system] as MixerOf)(place, side);
