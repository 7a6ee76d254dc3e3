export interface FfNetConfig {
  /** Blocks of each stage. */
  depths: readonly number[];
  /** Channels of the first stage; each later one has twice those of the stage before. */
  width: number;
  /** Kernel of the token mixers of each stage. */
  kernels: readonly number[];
  /** Kernel in the channel mixers. */
  channelKernel: number;
  /** Initial value of layer scale; none when absent. */
  layerScale?: number;
  /** Stochastic depth of the last block, that of block i of n being i/(n − 1) of it; 0 when absent. */
  dropPath?: number;
  /** Width between the two convolutions of the stem, of stride 2 each; a stem of a single one when absent. */
  stemWidth?: number;
}

const kernels = [3, 3, 7, 7];

/**
 * The networks of the paper for images of 256 pixels (FFNet-4: of 384), with 13.7, 26.9, 48.3 and 79.2 million parameters and 2.9, 6.0,
 * 10.1 and 43.1 G multiply-accumulates.
 */
export const ffNetConfigs = {
  1: { depths: [2, 2, 8, 2], width: 80, kernels, channelKernel: 3, dropPath: 0.1, stemWidth: 64 },
  2: { depths: [3, 3, 15, 3], width: 88, kernels, channelKernel: 7, dropPath: 0.15, stemWidth: 64 },
  3: { depths: [4, 4, 22, 5], width: 96, kernels, channelKernel: 7, layerScale: 1e-6, dropPath: 0.35, stemWidth: 64 },
  4: { depths: [4, 4, 27, 3], width: 128, kernels, channelKernel: 7, layerScale: 1e-6, dropPath: 0.4, stemWidth: 64 },
} as const satisfies Record<number, FfNetConfig>;
