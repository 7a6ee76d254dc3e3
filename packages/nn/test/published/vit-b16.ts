import { Generator } from "@paperworks/tensor";
import { VisionTransformer } from "../../src/index.ts";

/** Draws nothing but zeros: 86 million random weights take seconds, and no value is asked for here. */
class Zeros extends Generator {
  override hostUniform(count: number): Float32Array {
    return new Float32Array(count);
  }
}

/** Dosovitskiy et al., 2021, table 1: ViT-Base with patches of 16×16 and a class token, for 1,000 classes. */
export const vitB16 = (): VisionTransformer =>
  new VisionTransformer({
    image: 224,
    patch: 16,
    dim: 768,
    depth: 12,
    heads: 12,
    classes: 1000,
    generator: new Zeros(),
  });
