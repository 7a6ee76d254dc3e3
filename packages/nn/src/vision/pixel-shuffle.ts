import { permute, requireWhole, reshape, ShapeError, type Tensor } from "@paperworks/tensor";

/**
 * Channels into pixels (Shi et al., 2016): channel c·r² + i·r + j of a pixel becomes place (i, j) of the r × r pixels that it turns
 * into, in channel c.
 *
 * @param x [N, C·r², height, width]
 * @returns [N, C, r·height, r·width]
 * @throws ShapeError if r² does not divide the channels
 */
export function pixelShuffle(x: Tensor, factor: number): Tensor {
  requireWhole("pixelShuffle: factor", factor, 1);
  const [batch, channels, height, width] = x.shape;
  if (x.rank !== 4 || channels % factor ** 2 !== 0)
    throw new ShapeError(
      `pixelShuffle by ${factor} takes [N, C·${factor ** 2}, height, width], got [${x.shape.join(", ")}]`,
    );
  const out = channels / factor ** 2;
  const split = reshape(x, [batch, out, factor, factor, height, width]);
  return reshape(permute(split, [0, 1, 4, 2, 5, 3]), [batch, out, factor * height, factor * width]);
}
