import {
  add,
  fromArray,
  Generator,
  gather,
  gelu,
  logSoftmax,
  matmul,
  mean,
  mul,
  neg,
  rearrange,
  reshape,
  softmax,
  standardize,
  type Tensor,
  takeAlongAxis,
  triangle,
  where,
} from "../../src/index.ts";
import { drawing, type Problem } from "./train.ts";

/** A transformer that predicts the next character of a text with a rule: every character follows from the one before. */
export function charTransformer({
  batch = 4,
  length = 32,
  dim = 32,
  heads = 4,
  layers = 1,
  vocabulary = 27,
} = {}): Problem {
  const generator = new Generator(12);
  const draw = drawing(generator);
  const parameters: Problem["parameters"] = [];
  const make = (shape: number[], std: number) => {
    const parameter = draw(shape, std);
    parameters.push(parameter);
    return parameter;
  };
  const linear = (n: number, m: number) => {
    const [weight, bias] = [make([n, m], 1 / Math.sqrt(n)), make([m], 0.01)];
    return (x: Tensor): Tensor => add(matmul(x, weight), bias);
  };
  const norm = () => {
    const [weight, bias] = [make([dim], 1), make([dim], 0.01)];
    return (x: Tensor): Tensor => add(mul(standardize(x), weight), bias);
  };
  const split = (x: Tensor): Tensor => rearrange(x, "b n (h d) -> b h n d", { h: heads });
  const block = () => {
    const [norm1, norm2] = [norm(), norm()];
    const [query, value, output] = [0, 1, 2].map(() => linear(dim, dim));
    // Keys without a bias: softmax does not see it, so that its derivative is rounding, which Adam would scale up to steps.
    const keys = make([dim, dim], 1 / Math.sqrt(dim));
    const [expand, contract] = [linear(dim, 4 * dim), linear(4 * dim, dim)];
    return (x: Tensor): Tensor => {
      const h = norm1(x);
      const scores = mul(matmul(split(query(h)), split(matmul(h, keys)).transpose()), 1 / Math.sqrt(dim / heads));
      const attention = softmax(where(triangle(length), scores, -1e9));
      const mixed = rearrange(matmul(attention, split(value(h))), "b h n d -> b n (h d)");
      const y = add(x, output(mixed));
      return add(y, contract(gelu(expand(norm2(y)))));
    };
  };
  const [tokens, positions] = [make([vocabulary, dim], 0.5), make([length, dim], 0.5)];
  const blocks = Array.from({ length: layers }, block);
  const [last, head] = [norm(), linear(dim, vocabulary)];

  const text = Int32Array.from({ length: batch * (length + 1) }, (_, i) => {
    const [row, at] = [Math.floor(i / (length + 1)), i % (length + 1)];
    return (7 * row + 5 * at) % vocabulary;
  });
  const window = (shift: number): Tensor => {
    const ids = Int32Array.from({ length: batch * length }, (_, i) => text[i + Math.floor(i / length) + shift]);
    return fromArray(ids, [batch, length]);
  };
  return {
    parameters,
    data: [window(0), window(1)],
    loss(ids, targets) {
      const embedded = add(gather(tokens, ids), positions);
      const logits = head(last(blocks.reduce((h, layer) => layer(h), embedded)));
      return neg(mean(takeAlongAxis(logSoftmax(logits), reshape(targets, [batch, length, 1]), -1)));
    },
  };
}
