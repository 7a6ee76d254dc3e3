import type { CausalLanguageModel } from "@paperworks/nn";
import { concat, DomainError, exp, expand, fromArray, jit, ShapeError, type Tensor } from "@paperworks/tensor";
import type { GateCell } from "./figures.ts";
import { GatedLinearAttention } from "./gla-layer.ts";

/** What a model's memories keep at each token of a text. */
export interface TextGates {
  readonly blocks: number;
  readonly heads: number;
  /** d_k, of each head. */
  readonly dimensions: number;
  /** α, [blocks, tokens, heads, d_k] */
  readonly alpha: Float32Array;
}

/**
 * Reads the gates of a model on texts, as the model stands at each call. The first block's gate sees a token alone; a later
 * one sees it through the memories before it.
 *
 * @param room the most tokens of a text. A shorter one is filled up behind its end, which no gate before it can see, so that
 *             one program serves all.
 * @throws DomainError for a model with a mixer that is not gated
 */
export function gateReader(model: CausalLanguageModel, room: number): (tokens: Int32Array) => Promise<TextGates> {
  const mixers = model.blocks.map(({ mixer }) => {
    if (!(mixer instanceof GatedLinearAttention)) throw new DomainError("gateReader: a block's mixer has no gates");
    return mixer;
  });
  const [{ heads, key }] = mixers;
  const dimensions = key.weight.shape[1] / heads;
  const read = jit((tokens: Tensor) => {
    let h = model.embedding.forward(tokens);
    const gates = mixers.map((mixer, block) => {
      const { mixerNorm } = model.blocks[block];
      const logAlpha = mixer.gate.logAlpha(mixerNorm.forward(h));
      h = model.blocks[block].forward(h);
      return expand(logAlpha, [1, room, heads, dimensions]);
    });
    return { alpha: exp(concat(gates, 0)) };
  });
  return async (tokens) => {
    if (tokens.length > room) throw new ShapeError(`gateReader: ${tokens.length} tokens in a room of ${room}`);
    const filled = new Int32Array(room);
    filled.set(tokens);
    const { alpha } = await read(fromArray(filled, [1, room]));
    const all = (await alpha.data()) as Float32Array;
    const width = heads * dimensions;
    const kept = mixers.map((_, block) => all.subarray(block * room * width, (block * room + tokens.length) * width));
    const joined = new Float32Array(kept.length * tokens.length * width);
    for (const [block, values] of kept.entries()) joined.set(values, block * values.length);
    return { blocks: mixers.length, heads, dimensions, alpha: joined };
  };
}

/** α of one head at each token: [token][dimension]. */
export function gatesOfHead({ blocks, heads, dimensions, alpha }: TextGates, block: number, head: number): number[][] {
  const tokens = alpha.length / (blocks * heads * dimensions);
  return Array.from({ length: tokens }, (_, token) => {
    const start = ((block * tokens + token) * heads + head) * dimensions;
    return Array.from(alpha.subarray(start, start + dimensions));
  });
}

const signs: Readonly<Record<string, string>> = { "\n": "⏎", " ": "␣" };

/** A character as it is written beside a map of gates: one that leaves no ink gets a sign. */
export const inkOf = (character: string): string => signs[character] ?? character;

/** The map of a head as the cells of a figure. @param characters the text, one a token */
export const gateCells = (gates: readonly (readonly number[])[], characters: readonly string[]): GateCell[] =>
  gates.flatMap((values, place) =>
    values.map((alpha, dimension) => ({
      place,
      character: inkOf(characters[place]),
      dimension,
      alpha: Math.round(1e4 * alpha) / 1e4,
    })),
  );
