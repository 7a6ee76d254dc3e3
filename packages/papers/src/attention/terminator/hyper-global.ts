import { aroundCircle, Module, toeplitz } from "@paperworks/nn";
import { flip, formatShape, matmul, mul, permute, ShapeError, slice, type Tensor } from "@paperworks/tensor";
import { SlowNetwork } from "./slow-network.ts";

export interface GlobalOptions {
  /** The kernels' weights also depend on the input: (K ⊙ Z)·Z in place of K·Z. */
  contextual?: boolean;
}

/**
 * HyperZ·Z·W over all of a map: every output sees every input of its row and column.
 *
 *   2-D   Y = K·Z / √H, a matrix product a channel;   contextual: Y = (K ⊙ Z)·Z / √H
 *   1-D   Y = K * Z, a convolution with 2L − 1 taps, K_{L−1} the middle one
 *
 * @param kernel [C, H, H], or [C, 2L − 1]
 * @param z      [batch, C, H, H], or [batch, C, L]
 * @throws ShapeError for maps that are not square, or kernels of another size
 */
export function hyperZzwGlobal(kernel: Tensor, z: Tensor, { contextual = false }: GlobalOptions = {}): Tensor {
  const [, channels, height, width] = z.shape;
  if (z.rank === 3) {
    if (kernel.rank !== 2 || kernel.shape[0] !== channels || kernel.shape[1] !== 2 * height - 1)
      throw misfit(kernel, z, `[${channels}, ${2 * height - 1}]`);
    return longConvolution(kernel, z);
  }
  if (z.rank !== 4 || height !== width)
    throw new ShapeError(`hyperZzwGlobal: maps are square, got ${formatShape(z.shape)}`);
  if (kernel.rank !== 3 || [channels, height, width].some((n, axis) => n !== kernel.shape[axis]))
    throw misfit(kernel, z, `[${channels}, ${height}, ${width}]`);
  return mul(matmul(contextual ? mul(kernel, z) : kernel, z), 1 / Math.sqrt(height));
}

const misfit = (kernel: Tensor, z: Tensor, wanted: string): ShapeError =>
  new ShapeError(
    `hyperZzwGlobal: for z ${formatShape(z.shape)} the kernel is ${wanted}, got ${formatShape(kernel.shape)}`,
  );

/** y_i = Σ_j K_{i − j + L − 1} z_j, as a Toeplitz product. */
function longConvolution(kernel: Tensor, z: Tensor): Tensor {
  const length = z.shape[2];
  const middle = length - 1;
  const behind = slice(kernel, [{ axis: 1, start: middle }]);
  const ahead = flip(slice(kernel, [{ axis: 1, end: middle }]), 1);
  // [C, L, L]: a row z T is filtered.
  const matrix = toeplitz(aroundCircle(behind, 2 * length, ahead));
  return permute(matmul(permute(z, [1, 0, 2]), matrix), [1, 0, 2]);
}

/** The global form with a slow network that paints its kernels. */
export class HyperZzwGlobal extends Module {
  readonly slow: SlowNetwork;
  readonly contextual: boolean;

  /** @param side H of square maps, or L of sequences */
  constructor({
    channels,
    side,
    dims,
    contextual = false,
    ...slow
  }: {
    channels: number;
    side: number;
    dims: 1 | 2;
    hidden?: number;
    layers?: number;
    omega?: number;
  } & GlobalOptions) {
    super();
    this.slow = new SlowNetwork({ ...slow, grid: dims === 2 ? [side, side] : [2 * side - 1], out: channels });
    this.contextual = contextual;
  }

  /** @returns the map, and the kernel that made it */
  forward(z: Tensor): { y: Tensor; kernel: Tensor } {
    const kernel = this.slow.forward();
    return { y: hyperZzwGlobal(kernel, z, { contextual: this.contextual }), kernel };
  }
}

/** 2E: K ⊙ x ⊙ x, second-order interactions by two elementwise products. */
export const hyperZzwElementwise = (kernel: Tensor, x: Tensor): Tensor => mul(mul(kernel, x), x);
