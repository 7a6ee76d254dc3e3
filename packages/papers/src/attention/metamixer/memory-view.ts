import { mean, type Tensor } from "@paperworks/tensor";
import { fused } from "./depthwise.ts";
import { FfNet } from "./ff-net.ts";
import { FfnifiedAttention } from "./ffnified-attention.ts";
import { SelfAttentionMixer2d } from "./self-attention-mixer.ts";
import type { Classifier } from "./systems.ts";

/** What one channel of a mixer does with an image: maps and patterns row by row. */
export type ChannelMemory = {
  /** q, the map in front of the keys. */
  query: number[];
  /** The map behind the activation. */
  coefficients: number[];
  /** Weights of the key, kernel × kernel. */
  key: number[];
  value: number[];
};

export type MemoryView = { side: number; kernel: number; channels: ChannelMemory[] };

/** Who looks where in a map: for each place the weights of all places in ten-thousandths, mean of the heads. */
export type AttentionView = { side: number; places: number[][] };

const rounded = (value: number, digits: number): number => Math.round(value * 10 ** digits) / 10 ** digits;

/** The token mixer of the last block of the first stage, and what it is given. */
function firstStage(network: Classifier, image: Tensor) {
  if (!(network instanceof FfNet)) return undefined;
  const [blocks] = network.stages;
  const last = blocks[blocks.length - 1];
  const x = blocks.slice(0, -1).reduce((y, block) => block.forward(y), network.embed(image));
  return last.mixer && { mixer: last.mixer.branch, x };
}

/**
 * The key-value memory of the last block of the first stage, in its channels with the liveliest coefficients.
 *
 * @param network in evaluation
 * @param image   [1, 3, side, side]
 * @returns undefined for a network without FFNified attention there
 */
export async function memoryView(network: Classifier, image: Tensor, count = 8): Promise<MemoryView | undefined> {
  const place = firstStage(network, image);
  if (!(place?.mixer instanceof FfnifiedAttention)) return undefined;
  const { mixer, x } = place;
  const query = mixer.query(x);
  const coefficients = mixer.activation(mixer.key(query));
  const [, channels, side] = x.shape;
  const keys = fused(mixer.keys).weight;
  const values = mixer.values && fused(mixer.values).weight;
  const kernel = keys.shape[2];
  const read = async (t: Tensor): Promise<number[]> => Array.from(await t.data(), Number);
  const maps = { query: await read(query), coefficients: await read(coefficients) };
  const patterns = { key: await read(keys), value: values ? await read(values) : [] };
  const of = (all: readonly number[], channel: number, digits: number): number[] => {
    const width = all.length / channels;
    return all.slice(channel * width, (channel + 1) * width).map((value) => rounded(value, digits));
  };
  const liveliness = (channel: number): number => {
    const map = of(maps.coefficients, channel, 6);
    const level = map.reduce((a, b) => a + b, 0) / map.length;
    return map.reduce((total, value) => total + (value - level) ** 2, 0);
  };
  const chosen = Array.from({ length: channels }, (_, channel) => channel)
    .sort((a, b) => liveliness(b) - liveliness(a))
    .slice(0, count);
  return {
    side,
    kernel,
    channels: chosen.map((channel) => ({
      query: of(maps.query, channel, 2),
      coefficients: of(maps.coefficients, channel, 2),
      key: of(patterns.key, channel, 3),
      value: of(patterns.value, channel, 3),
    })),
  };
}

/** The attention of the last block of the first stage. @returns undefined for a network without attention there */
export async function attentionView(network: Classifier, image: Tensor): Promise<AttentionView | undefined> {
  const place = firstStage(network, image);
  if (!(place?.mixer instanceof SelfAttentionMixer2d)) return undefined;
  const side = place.x.shape[2];
  const weights = Array.from(await mean(place.mixer.weights(place.x), 1).data(), Number);
  const places = side * side;
  return {
    side,
    // In ten-thousandths: 256 × 256 short numbers, of which 39 each would be uniform.
    places: Array.from({ length: places }, (_, i) =>
      weights.slice(i * places, (i + 1) * places).map((value) => Math.round(1e4 * value)),
    ),
  };
}

/** Colours of a standardised image as hexadecimal text, row by row. @param data [3, side, side] */
export function colorsOf(data: ArrayLike<number>): string[] {
  const plane = data.length / 3;
  // Standardised channels have mean 0 and deviation 1: about half of the range of bytes, and a quarter.
  const byteOf = (value: number): number => Math.round(255 * Math.min(1, Math.max(0, 0.48 + 0.25 * value)));
  return Array.from({ length: plane }, (_, i) =>
    [0, 1, 2].reduce(
      (text, c) =>
        text +
        byteOf(data[c * plane + i])
          .toString(16)
          .padStart(2, "0"),
      "#",
    ),
  );
}
