import { Module } from "@paperworks/nn";
import { concat, div, gelu, mul, type Tensor } from "@paperworks/tensor";
import { HyperZzwGlobal } from "./hyper-global.ts";
import { HyperZzwLocal, pointwise } from "./hyper-local.ts";
import { HyperChannelInteraction, HyperInteraction, RecursiveGatedUnit, type SlowSize } from "./interactions.ts";
import { BatchStandardize, GroupedStandardize } from "./standardize.ts";

export interface SfneBlockOptions extends SlowSize {
  dims: 1 | 2;
  inChannels: number;
  /** C, those of the branches. */
  channels: number;
  outChannels: number;
  /** H of square maps, or L of sequences. */
  side: number;
  /** Global kernels that depend on the input. */
  contextual?: boolean;
  /** Local kernels that depend on the input; true when absent. */
  modulated?: boolean;
}

const windows = [3, 5, 7];

/**
 * A block of slow and fast networks that needs no way around it: nine views of z = GELU(BS(1×1 x)), each seeing all of the map,
 *
 *   g = G-IBS(G z),   l_k = L_k z for k = 3, 5, 7,   m = mean of l_k
 *   [g, l₃, l₅, l₇, interact(g → z), RGU(g), RGU(m), g ⊙ m, channels(z)] → G-IBS → 1×1 → G-IBS
 *
 * Source: the branches of "HyperZ·Z·W Operator Connects Slow-Fast Networks for Full Context Interaction"; how they are put together
 * is ours.
 */
export class SfneBlock extends Module {
  readonly entry: ReturnType<typeof pointwise>;
  readonly entryNorm: BatchStandardize;
  readonly global: HyperZzwGlobal;
  readonly globalNorm: GroupedStandardize;
  readonly locals: readonly HyperZzwLocal[];
  readonly interaction: HyperInteraction;
  readonly globalGate: RecursiveGatedUnit;
  readonly localGate: RecursiveGatedUnit;
  readonly channelGate: HyperChannelInteraction;
  readonly branchNorm: GroupedStandardize;
  readonly bottleneck: ReturnType<typeof pointwise>;
  readonly exitNorm: GroupedStandardize;

  constructor(options: SfneBlockOptions) {
    super();
    const { dims, inChannels, channels, outChannels, side, contextual = false, modulated = true } = options;
    const { hidden = 16, layers = 2, omega = 1 } = options;
    const slow = { hidden, layers, omega };
    const space = dims === 2 ? [side, side] : [side];
    this.entry = pointwise(inChannels, channels, dims);
    this.entryNorm = new BatchStandardize(channels);
    this.global = new HyperZzwGlobal({ channels, side, dims, contextual, ...slow });
    this.globalNorm = new GroupedStandardize({ channels, groups: 2 });
    this.locals = windows.map((kernel) => new HyperZzwLocal({ channels, kernel, space, modulated, ...slow }));
    this.interaction = new HyperInteraction({ channels, space, ...slow });
    this.globalGate = new RecursiveGatedUnit({ channels, space });
    this.localGate = new RecursiveGatedUnit({ channels, space });
    this.channelGate = new HyperChannelInteraction({ channels, ...slow });
    this.branchNorm = new GroupedStandardize({ channels: 9 * channels, groups: 9 });
    this.bottleneck = pointwise(9 * channels, outChannels, dims);
    this.exitNorm = new GroupedStandardize({ channels: outChannels, groups: 2 });
  }

  /**
   * @param x [batch, inChannels, ...space]
   * @returns y [batch, outChannels, ...space], the global kernel that the block painted, and the z that this multiplied
   */
  forward(x: Tensor): { y: Tensor; kernel: Tensor; z: Tensor } {
    const z = gelu(this.entryNorm.forward(this.entry.forward(x)));
    const { y: seen, kernel } = this.global.forward(z);
    const g = this.globalNorm.forward(seen);
    const locals = this.locals.map((local) => local.forward(z));
    const m = div(
      locals.reduce((sum, local) => sum.add(local)),
      locals.length,
    );
    const branches = [
      g,
      ...locals,
      this.interaction.forward(g, z),
      this.globalGate.forward(g),
      this.localGate.forward(m),
      mul(g, m),
      this.channelGate.forward(z),
    ];
    const joined = this.bottleneck.forward(this.branchNorm.forward(concat(branches, 1)));
    return { y: this.exitNorm.forward(joined), kernel, z };
  }
}
