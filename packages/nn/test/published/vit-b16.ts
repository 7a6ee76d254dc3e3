import { add, concat, expand, Generator, type Parameter, rearrange, select, type Tensor } from "@paperworks/tensor";
import { Conv, init, initialParameter, LayerNorm, Linear, Module, TransformerBlock } from "../../src/index.ts";

const [dim, heads, depth, patch, side] = [768, 12, 12, 16, 224 / 16];

/** Draws nothing but zeros: 86 million random weights take seconds, and no value is asked for here. */
class Zeros extends Generator {
  override hostUniform(count: number): Float32Array {
    return new Float32Array(count);
  }
}
const generator = new Zeros();

/** Dosovitskiy et al., 2021, table 1: ViT-Base with patches of 16×16 and a class token, for 1,000 classes. */
export class VitB16 extends Module {
  readonly patches = new Conv({ inChannels: 3, outChannels: dim, kernel: [patch, patch], stride: patch, generator });
  readonly classToken: Parameter = initialParameter([1, 1, dim], init.zeros());
  readonly positions: Parameter = initialParameter([1, side * side + 1, dim], init.normal({ std: 0.02 }));
  readonly blocks = Array.from({ length: depth }, () => new TransformerBlock({ dim, heads, generator }));
  readonly norm = new LayerNorm({ dim });
  readonly head = new Linear({ inFeatures: dim, outFeatures: 1000, generator });

  /** @param images [batch, 3, 224, 224] @returns logits [batch, 1000] */
  forward(images: Tensor): Tensor {
    const tokens = rearrange(this.patches.forward(images), "b d h w -> b (h w) d");
    const classToken = expand(this.classToken, [images.shape[0], 1, dim]);
    const embedded = add(concat([classToken, tokens], 1), this.positions);
    const h = this.blocks.reduce((x, block) => block.forward(x), embedded);
    return this.head.forward(select(this.norm.forward(h), 1, 0));
  }
}
