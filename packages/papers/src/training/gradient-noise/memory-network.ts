import { init, initialParameter, Module } from "@paperworks/nn";
import {
  add,
  arange,
  cast,
  concat,
  cumSum,
  div,
  formatShape,
  fromArray,
  type Generator,
  matmul,
  max,
  maximum,
  mul,
  notEqual,
  oneHot,
  type Parameter,
  requireWhole,
  reshape,
  type Shape,
  ShapeError,
  select,
  softmax,
  split,
  stack,
  sub,
  sum,
  type Tensor,
  transpose,
  unsqueeze,
} from "@paperworks/tensor";

/**
 * How much of each word each feature of a sentence's vector takes, so that the order of the words is not lost:
 *
 *   l_jk = (1 − j/J) − (k/d)(1 − 2j/J)      j = 1 … J, k = 1 … d
 *
 * @returns row-major [length, dimension]
 * Source: Sukhbaatar et al., "End-to-end memory networks", section 4.1.
 */
export function positionEncoding(length: number, dimension: number): Float32Array {
  requireWhole("positionEncoding: length", length, 1);
  requireWhole("positionEncoding: dimension", dimension, 1);
  return Float32Array.from({ length: length * dimension }, (_, i) => {
    const j = Math.floor(i / dimension) + 1;
    const k = (i % dimension) + 1;
    return 1 - j / length - (k / dimension) * (1 - (2 * j) / length);
  });
}

/**
 * A sentence's vector is Σ_j l_j ⊙ E[x_j]. Position and feature enter l as a sum of two products, so that
 *
 *   Σ_j l_j ⊙ E[x_j] = a E + b (−E ⊙ k/d)      a = Σ_j (1 − j/J) onehot(x_j),  b = Σ_j (1 − 2j/J) onehot(x_j)
 *
 * and sentences become rows [a, b] without a parameter in them: one matrix product embeds all sentences in all E at once,
 * and its derivative is another instead of a scatter. J is each sentence's own number of words, so padding changes nothing.
 *
 * @param words [..., J] int32, padding after the words
 * @param mask [..., J], 1 at a word and 0 at padding
 * @returns [..., 2·vocabulary]
 */
function wordCounts(words: Tensor, mask: Tensor, vocabulary: number): Tensor {
  const width = words.shape.at(-1) as number;
  const place = div(arange(width, { start: 1, dtype: "float32" }), maximum(sum(mask, -1, { keepDims: true }), 1));
  const weights = stack([mul(sub(1, place), mask), mul(sub(1, mul(place, 2)), mask)], -2);
  return reshape(matmul(weights, oneHot(words, vocabulary)), [...words.shape.slice(0, -1), 2 * vocabulary]);
}

/** Rows for the temporal matrices: 1 at the sentence's age, 0 for the most recent one. @param present [B, S] @returns [B, S, slots] */
function ages(present: Tensor, slots: number): Tensor {
  const age = cumSum(present, -1, { exclusive: true, reverse: true });
  return mul(oneHot(cast(age, "int32"), slots), unsqueeze(present, -1));
}

export interface MemoryNetworkOptions {
  /** Words, padding (token 0) among them. */
  vocabulary: number;
  /** The most sentences of a story. */
  slots: number;
  /** d */
  dimension?: number;
  /** K */
  hops?: number;
  /** Answers to choose from: the words themselves when absent. */
  answers?: number;
  generator?: Generator;
}

export interface StoryInputs {
  /** [B, S, J] int32, sentences in the order of the story */
  stories: Tensor;
  /** [B, S, J]: 1 at a word, 0 at padding; a sentence without a word gets no attention */
  storyMask: Tensor;
  /** [B, J_q] int32, token 0 is padding */
  questions: Tensor;
}

export interface MemoryReading {
  /** [B, answers] */
  logits: Tensor;
  /** p of each hop, [B, S] */
  attention: readonly Tensor[];
}

/**
 * The end-to-end memory network with adjacent tying: a question is asked of the sentences K times over.
 *
 *   s_i^k = Σ_j l_j ⊙ E_k[x_ij] + T_k[age of i]          u_0 = Σ_j l_j ⊙ E_0[q_j]
 *   p^k = softmax_i(s_i^k · u_k)      u_{k+1} = u_k + Σ_i p_i^k s_i^{k+1}      k = 0 … K − 1
 *   logits = u_K W
 *
 * The age of a sentence counts from the most recent one back, so that a story's length does not shift it. All weights start
 * as N(0, 0.1²); softmax is used from the first step on ("one-stage training").
 *
 * Source: Sukhbaatar et al., "End-to-end memory networks", section 2; Neelakantan et al., section 4.2.
 */
export class MemoryNetwork extends Module {
  /** E_0 … E_K: [vocabulary, K + 1, d] */
  readonly embeddings: Parameter;
  /** T_0 … T_K: [slots, K + 1, d] */
  readonly temporal: Parameter;
  /** W: [d, answers] */
  readonly answer: Parameter;

  /** @throws DomainError for a size that is not a whole number above 0 */
  constructor({ vocabulary, slots, dimension = 20, hops = 3, answers = vocabulary, generator }: MemoryNetworkOptions) {
    super();
    for (const [name, value] of Object.entries({ vocabulary, slots, dimension, hops, answers }))
      requireWhole(`MemoryNetwork: ${name}`, value, 1);
    const weights = (shape: Shape): Parameter => initialParameter(shape, init.normal({ std: 0.1 }), { generator });
    this.embeddings = weights([vocabulary, hops + 1, dimension]);
    this.temporal = weights([slots, hops + 1, dimension]);
    this.answer = weights([dimension, answers]);
  }

  /** @returns logits [B, answers] @throws ShapeError if the inputs do not fit each other or the slots */
  forward(inputs: StoryInputs): Tensor {
    return this.read(inputs).logits;
  }

  /** The answer, and where each hop looked for it. */
  read({ stories, storyMask, questions }: StoryInputs): MemoryReading {
    const [vocabulary, embeddings, dimension] = this.embeddings.shape;
    const slots = this.temporal.shape[0];
    const [batch, sentences] = stories.shape;
    if (stories.rank !== 3 || formatShape(storyMask.shape) !== formatShape(stories.shape))
      throw new ShapeError(
        `MemoryNetwork: stories and their mask are [B, S, J], got ${formatShape(stories.shape)} and ${formatShape(storyMask.shape)}`,
      );
    if (sentences > slots) throw new ShapeError(`MemoryNetwork: ${sentences} sentences for ${slots} slots`);
    if (questions.rank !== 2 || questions.shape[0] !== batch)
      throw new ShapeError(`MemoryNetwork: questions are [${batch}, J], got ${formatShape(questions.shape)}`);

    const width = embeddings * dimension;
    const features = fromArray(
      Float32Array.from({ length: dimension }, (_, k) => -(k + 1) / dimension),
      [dimension],
    );
    const words = reshape(concat([this.embeddings, mul(this.embeddings, features)]), [2 * vocabulary, width]);
    const present = max(storyMask, -1);
    const rows = concat([wordCounts(stories, storyMask, vocabulary), ages(present, slots)], -1);
    const table = concat([words, reshape(this.temporal, [slots, width])]);
    const memories = split(
      reshape(matmul(reshape(rows, [batch * sentences, 2 * vocabulary + slots]), table), [batch, sentences, width]),
      embeddings,
      -1,
    );
    const questionMask = cast(notEqual(questions, 0), "float32");
    const question = matmul(wordCounts(questions, questionMask, vocabulary), words);
    let u = unsqueeze(select(reshape(question, [batch, embeddings, dimension]), 1, 0), 1);

    const absent = mul(sub(unsqueeze(present, 1), 1), 1e9);
    const attention: Tensor[] = [];
    for (let k = 0; k + 1 < embeddings; k++) {
      const p = softmax(add(matmul(u, transpose(memories[k])), absent));
      attention.push(reshape(p, [batch, sentences]));
      u = add(u, matmul(p, memories[k + 1]));
    }
    return { logits: matmul(reshape(u, [batch, dimension]), this.answer), attention };
  }
}
