import {
  BatchNorm,
  drawLinearWeights,
  foldBatchNormBefore,
  init,
  initialParameter,
  type Linear,
  Module,
  MultiHeadAttention,
} from "@paperworks/nn";
import { add, type Generator, type Parameter, permute, reshape, ShapeError, type Tensor } from "@paperworks/tensor";
import type { Mixer } from "./meta-mixer.ts";

export interface SelfAttentionMixerOptions {
  channels: number;
  /** Channels of a head. */
  headDim: number;
  /** Height and width of the maps, for which positions are learned. */
  grid: readonly [rows: number, columns: number];
  generator?: Generator;
}

/**
 * Self-attention among the places of a map: learned positions are added, a batch norm follows, then queries, keys and values of several
 * heads, softmax, and an output map. Linear maps start from U(±1/√fan-in): from 0.02 attention stays uniform for too long.
 */
export class SelfAttentionMixer2d extends Module implements Mixer {
  readonly grid: readonly [rows: number, columns: number];
  /** [channels, rows, columns] */
  readonly positions: Parameter;
  /** Absent once it is folded into the maps behind it. */
  readonly norm?: BatchNorm;
  readonly attention: MultiHeadAttention;

  constructor(options: SelfAttentionMixerOptions & { norm?: boolean }) {
    super();
    const { channels, headDim, grid, norm = true, generator } = options;
    this.grid = grid;
    this.positions = initialParameter([channels, ...grid], init.normal({ std: 0.02 }), { generator });
    if (norm) this.norm = new BatchNorm({ channels });
    this.attention = new MultiHeadAttention({ dim: channels, heads: channels / headDim, generator });
    drawLinearWeights(this.attention, generator);
  }

  /** @param x [N, channels, rows, columns] @returns the same shape */
  forward(x: Tensor): Tensor {
    const output = this.attention.forward(this.tokens(x));
    return reshape(permute(output, [0, 2, 1]), x.shape);
  }

  /** Who attends to whom. @returns [N, heads, places, places] */
  weights(x: Tensor): Tensor {
    return this.attention.attend(this.tokens(x)).weights;
  }

  /** What attention reads, [N, places, channels]. */
  tokens(x: Tensor): Tensor {
    const [batch, channels, rows, columns] = x.shape;
    if (x.rank !== 4 || rows !== this.grid[0] || columns !== this.grid[1])
      throw new ShapeError(
        `self-attention with positions for maps of ${this.grid.join(" × ")}, got [${x.shape.join(", ")}]`,
      );
    const placed = add(x, this.positions);
    const normed = this.norm ? this.norm.forward(placed) : placed;
    return permute(reshape(normed, [batch, channels, rows * columns]), [0, 2, 1]);
  }

  fuse(): SelfAttentionMixer2d {
    const [channels] = this.positions.shape;
    const { heads, query, key, value, output } = this.attention;
    const made = new SelfAttentionMixer2d({ channels, headDim: channels / heads, grid: this.grid, norm: false });
    made.positions.assign(this.positions);
    const give = (to: Linear, { weight, bias }: Linear): void => {
      to.weight.assign(weight);
      if (bias) to.bias?.assign(bias);
    };
    const folded = (map: Linear): Linear => (this.norm ? foldBatchNormBefore(this.norm, map) : map);
    give(made.attention.query, folded(query));
    give(made.attention.key, folded(key));
    give(made.attention.value, folded(value));
    give(made.attention.output, output);
    return made;
  }
}
