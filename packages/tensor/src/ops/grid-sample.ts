import { requireFloat, requireSameDType } from "../dtype.ts";
import { ShapeError } from "../errors.ts";
import { arange, zeros } from "../record.ts";
import { formatShape } from "../shape.ts";
import type { Tensor } from "../tensor.ts";
import { add, cast, clamp, floor, greaterEqual, lessEqual, logicalAnd, mul, round, sub } from "./elementwise.ts";
import { gather } from "./indexing.ts";
import { permute, reshape, select, unsqueeze } from "./movement.ts";

export interface GridSampleOptions {
  mode?: "bilinear" | "nearest";
  /** What lies outside the picture: zeros, or the nearest border pixel. */
  padding?: "zeros" | "border";
  /** −1 and 1 are the centres of the corner pixels; otherwise the outer edges of those pixels. */
  alignCorners?: boolean;
}

function checkOperands(x: Tensor, grid: Tensor): void {
  requireFloat("gridSample", x.dtype);
  requireSameDType("gridSample", x.dtype, grid.dtype);
  const fits = x.shape.length === 4 && grid.shape.length === 4 && grid.shape[3] === 2 && grid.shape[0] === x.shape[0];
  if (!fits)
    throw new ShapeError(
      `gridSample needs x [batch, channels, height, width] and grid [batch, rows, columns, 2], got ${formatShape(x.shape)} and ${formatShape(grid.shape)}`,
    );
  if (x.shape[2] === 0 || x.shape[3] === 0)
    throw new ShapeError(`gridSample of an empty picture ${formatShape(x.shape)} has no value`);
}

/**
 * Pixels read at given places: y[n, c, i, j] = x[n, c] at (grid[n, i, j, 1], grid[n, i, j, 0]), each coordinate in −1 … 1 over
 * the picture (the column first, as in PyTorch's `grid_sample`).
 *
 *   alignCorners   u = (g + 1)/2·(length − 1)        otherwise   u = ((g + 1)·length − 1)/2
 *   bilinear       Σ over the four pixels around (u, v) of (1 − |u − column|)·(1 − |v − row|)·pixel
 *
 * Gradients flow to x and, for bilinear, to the grid; where a coordinate is clamped to the border the grid's is 0 outside and
 * half exactly at the edge. The price: pixels are gathered as rows of channels, four for each place (one for nearest), and the
 * gradient to x is one segment sum of as many rows. The layout is turned to channels-last and back.
 *
 * @param x    [batch, channels, height, width]
 * @param grid [batch, rows, columns, 2], same dtype
 * @returns    [batch, channels, rows, columns]
 * @throws ShapeError, DTypeError
 * Source: Jaderberg et al., "Spatial Transformer Networks" (2015), equations 3 and 5.
 */
export function gridSample(x: Tensor, grid: Tensor, options: GridSampleOptions = {}): Tensor {
  const { mode = "bilinear", padding = "zeros", alignCorners = false } = options;
  checkOperands(x, grid);
  const [batch, channels, height, width] = x.shape;
  const [, rows, columns] = grid.shape;
  if (batch * channels * rows * columns === 0) return zeros([batch, channels, rows, columns], x.dtype);
  const pixels = reshape(permute(x, [0, 2, 3, 1]), [batch * height * width, channels]);
  const first = reshape(mul(arange(batch), height * width), [batch, 1, 1]);

  /** From −1 … 1 to pixels; more than one pixel outside nothing changes any more, so that no index overflows. */
  const place = (axis: number, length: number): Tensor => {
    const g = select(grid, 3, axis);
    const u = alignCorners ? mul(add(g, 1), (length - 1) / 2) : sub(mul(add(g, 1), length / 2), 0.5);
    return padding === "border" ? clamp(u, 0, length - 1) : clamp(u, -1, length);
  };
  /** The pixels at whole places, zeros where those lie outside. */
  const read = (column: Tensor, row: Tensor): Tensor => {
    const flat = (at: Tensor, length: number) => cast(clamp(at, 0, length - 1), "int32");
    const values = gather(pixels, add(add(mul(flat(row, height), width), flat(column, width)), first));
    if (padding === "border") return values;
    const inside = (at: Tensor, length: number) => logicalAnd(greaterEqual(at, 0), lessEqual(at, length - 1));
    return mul(values, unsqueeze(cast(logicalAnd(inside(row, height), inside(column, width)), x.dtype), -1));
  };

  const [u, v] = [place(0, width), place(1, height)];
  if (mode === "nearest") return permute(read(round(u), round(v)), [0, 3, 1, 2]);
  const [left, top] = [floor(u), floor(v)];
  const [right, bottom] = [add(left, 1), add(top, 1)];
  const [du, dv] = [unsqueeze(sub(u, left), -1), unsqueeze(sub(v, top), -1)];
  const blend = (a: Tensor, b: Tensor, t: Tensor) => add(a, mul(sub(b, a), t));
  const upper = blend(read(left, top), read(right, top), du);
  const lower = blend(read(left, bottom), read(right, bottom), du);
  return permute(blend(upper, lower, dv), [0, 3, 1, 2]);
}
