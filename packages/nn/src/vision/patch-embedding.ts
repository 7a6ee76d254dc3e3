import {
  DomainError,
  type Generator,
  permute,
  requireWhole,
  reshape,
  ShapeError,
  type Tensor,
} from "@paperworks/tensor";
import { Linear } from "../layers/linear.ts";
import { Module } from "../module.ts";

export interface PatchEmbeddingOptions {
  /** Height and width of the images; a number for both. */
  image: number | readonly [height: number, width: number];
  /** Side of a square patch; a divisor of both. */
  patch: number;
  channels: number;
  dim: number;
  generator?: Generator;
}

/** A linear map of each patch: what a convolution of the patch's size and stride gives, as one matrix product. */
export class PatchEmbedding extends Module {
  /** Patches from top to bottom and from left to right. */
  readonly grid: readonly [rows: number, columns: number];
  readonly patch: number;
  readonly channels: number;
  readonly projection: Linear;

  constructor({ image, patch, channels, dim, generator }: PatchEmbeddingOptions) {
    super();
    requireWhole("PatchEmbedding: patch", patch, 1);
    requireWhole("PatchEmbedding: channels", channels, 1);
    const [height, width] = typeof image === "number" ? [image, image] : image;
    for (const length of [height, width]) {
      if (!Number.isInteger(length) || length < patch || length % patch !== 0)
        throw new DomainError(`PatchEmbedding: ${height} × ${width} does not divide into patches of ${patch}`);
    }
    this.grid = [height / patch, width / patch];
    this.patch = patch;
    this.channels = channels;
    this.projection = new Linear({ inFeatures: channels * patch * patch, outFeatures: dim, generator });
  }

  /** Patches of an image. */
  get count(): number {
    return this.grid[0] * this.grid[1];
  }

  /** @param images [batch, channels, height, width] @returns [batch, patches, dim], row by row */
  forward(images: Tensor): Tensor {
    const [rows, columns] = this.grid;
    const { patch, channels } = this;
    const [batch] = images.shape;
    const wanted = [batch, channels, rows * patch, columns * patch];
    if (images.rank !== 4 || wanted.some((n, axis) => images.shape[axis] !== n))
      throw new ShapeError(
        `PatchEmbedding takes [batch, ${wanted.slice(1).join(", ")}], got [${images.shape.join(", ")}]`,
      );
    const split = reshape(images, [batch, channels, rows, patch, columns, patch]);
    const patches = reshape(permute(split, [0, 2, 4, 1, 3, 5]), [batch, rows * columns, channels * patch * patch]);
    return this.projection.forward(patches);
  }
}
