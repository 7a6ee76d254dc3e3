import {
  CausalLanguageModel,
  parameterCount,
  RotaryAttention,
  SelectiveStateSpace,
  type SequenceCore,
  SwiGlu,
} from "@paperworks/nn";
import { ScalarGate } from "./gates.ts";
import { GatedLinearAttention } from "./gla-layer.ts";
import { LinearAttention, Retention } from "./named-mixers.ts";

/** The systems that are compared, in the same outer block. */
export const systems = {
  GLA: (dim, heads) => new GatedLinearAttention({ dim, heads }),
  "GLA with convolution": (dim, heads) => new GatedLinearAttention({ dim, heads, shortConv: 4 }),
  "scalar gate": (dim, heads) => new GatedLinearAttention({ dim, heads, gate: (of) => new ScalarGate(of) }),
  RetNet: (dim, heads) => new Retention({ dim, heads }),
  linear: (dim, heads) => new LinearAttention({ dim, heads }),
  Mamba: (dim) => new SelectiveStateSpace({ dim }),
  softmax: (dim, heads) => new RotaryAttention({ dim, heads }),
} satisfies Record<string, (dim: number, heads: number) => SequenceCore>;

export type System = keyof typeof systems;
export const systemNames = Object.keys(systems) as System[];

export interface ModelSize {
  vocabulary: number;
  dim: number;
  heads: number;
  depth: number;
}

/** GLA's feed-forward width, 8·dim/3. */
const hiddenOf = (dim: number): number => Math.round((8 * dim) / 3);

/** A language model of a system. @param hidden width of its feed-forward parts */
function build(system: System, { vocabulary, dim, heads, depth }: ModelSize, hidden: number): CausalLanguageModel {
  const mixer: (dim: number, heads: number) => SequenceCore = systems[system];
  return new CausalLanguageModel({
    vocabulary,
    dim,
    depth,
    mixer: () => mixer(dim, heads),
    feedForward: () => new SwiGlu({ dim, hidden }),
  });
}

/** A system's language model, its feed-forward parts as wide as it takes to have as many parameters as GLA's. */
export function languageModel(system: System, size: ModelSize): CausalLanguageModel {
  const hidden = hiddenOf(size.dim);
  const model = build(system, size, hidden);
  if (system === "GLA") return model;
  const missing = parameterCount(build("GLA", size, hidden)) - parameterCount(model);
  const more = Math.round(missing / (3 * size.dim * size.depth));
  return more === 0 ? model : build(system, size, Math.max(1, hidden + more));
}
