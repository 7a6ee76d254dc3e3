import { checkInteger, checkNumber } from "../domain.ts";
import { DomainError } from "../errors.ts";
import { Random } from "../random.ts";
import type { CitationGraph } from "./citation-graph.ts";

export interface BlockModelOptions {
  /** Number of blocks, which are the classes. */
  readonly blocks: number;
  readonly nodes: number;
  readonly meanDegree: number;
  /** Share of the edges that stay within a block. */
  readonly homophily: number;
  /** Number of binary features ("words"). */
  readonly features: number;
  /** Mean number of words a node; the least is one. */
  readonly wordsPerNode?: number;
  /** Probability that a word comes from the block's own share of the vocabulary. */
  readonly topicShare?: number;
  readonly labelsPerClass?: number;
  readonly validation?: number;
  readonly test?: number;
  readonly seed: number;
}

/**
 * A stochastic block model with words, in the form of the Planetoid graphs: equal blocks; each edge lies within a block
 * with probability `homophily`, its ends uniform; each word comes from the block's own part of the vocabulary with
 * probability `topicShare`, else from anywhere. The number of edges is fixed, round(nodes · meanDegree / 2); given it,
 * the edges are those of the model with p_in and p_out in the ratio that the homophily asks for.
 *
 * The split follows Planetoid: `labelsPerClass` a class to train, then validation and test nodes.
 * @throws DomainError if the nodes are too few for the split, or for the edges
 */
export function stochasticBlockModel(options: BlockModelOptions): CitationGraph {
  const { blocks, nodes, features, seed, wordsPerNode = 18, topicShare = 0.25 } = options;
  checkInteger("blocks", blocks, 2);
  checkInteger("nodes", nodes, 2 * blocks, 1_000_000);
  checkInteger("features", features, blocks);
  checkNumber("wordsPerNode", wordsPerNode, 1, features / 2);
  checkNumber("topicShare", topicShare, 0, 1);
  const random = new Random(seed);
  const labels = random.fork("labels").shuffle(Int32Array.from({ length: nodes }, (_, i) => i % blocks));
  const members = Array.from({ length: blocks }, (_, block) => {
    return Int32Array.from({ length: nodes }, (_, node) => node).filter((node) => labels[node] === block);
  });
  return {
    name: "stochasticBlockModel",
    nodes,
    features,
    classes: blocks,
    edges: drawEdges(options, labels, members, random.fork("edges")),
    ...drawWords(labels, { blocks, features, wordsPerNode, topicShare }, random.fork("words")),
    labels,
    ...drawSplit(options, members, random.fork("split")),
  };
}

function drawEdges(
  { nodes, blocks, meanDegree, homophily }: BlockModelOptions,
  labels: Int32Array,
  members: readonly Int32Array[],
  random: Random,
): CitationGraph["edges"] {
  checkNumber("homophily", homophily, 0, 1);
  // Above a quarter of the pairs within a block, drawing without repetition would crawl and bend the homophily.
  checkNumber("meanDegree", meanDegree, 0, nodes / blocks / 4);
  const count = Math.round((nodes * meanDegree) / 2);
  const keys = new Set<number>();
  while (keys.size < count) {
    const within = random.uniform() < homophily;
    const a = random.integer(nodes);
    let b = a;
    if (within) {
      while (b === a) b = random.choice(members[labels[a]]);
    } else {
      while (labels[b] === labels[a]) b = random.integer(nodes);
    }
    keys.add(Math.min(a, b) * nodes + Math.max(a, b));
  }
  const data = new Int32Array(count * 2);
  [...keys]
    .sort((a, b) => a - b)
    .forEach((key, i) => {
      data[2 * i] = Math.floor(key / nodes);
      data[2 * i + 1] = key % nodes;
    });
  return { data, shape: [count, 2] };
}

function drawWords(
  labels: Int32Array,
  {
    blocks,
    features,
    wordsPerNode,
    topicShare,
  }: Required<Pick<BlockModelOptions, "blocks" | "features" | "wordsPerNode" | "topicShare">>,
  random: Random,
): Pick<CitationGraph, "featureRows" | "featureColumns"> {
  const vocabulary = random.permutation(features);
  const own = Math.floor(features / blocks);
  const featureRows = new Int32Array(labels.length + 1);
  const columns: number[] = [];
  labels.forEach((label, node) => {
    // Lengths vary by half the mean either way.
    const draws = Math.max(1, Math.round(wordsPerNode * random.uniform(0.5, 1.5)));
    const words = new Set<number>();
    for (let i = 0; i < draws; i++) {
      const topical = random.uniform() < topicShare;
      words.add(vocabulary[topical ? label * own + random.integer(own) : random.integer(features)]);
    }
    columns.push(...[...words].sort((a, b) => a - b));
    featureRows[node + 1] = columns.length;
  });
  return { featureRows, featureColumns: Int32Array.from(columns) };
}

function drawSplit(
  { blocks, nodes, labelsPerClass = 20, validation = 500, test = 1000 }: BlockModelOptions,
  members: readonly Int32Array[],
  random: Random,
): Pick<CitationGraph, "train" | "validation" | "test"> {
  checkInteger("labelsPerClass", labelsPerClass, 1, Math.floor(nodes / blocks));
  checkInteger("validation", validation, 0);
  checkInteger("test", test, 0);
  const needed = labelsPerClass * blocks + validation + test;
  if (needed > nodes) throw new DomainError("nodes", nodes, `at least ${needed}, the size of the split`);
  const train: number[] = [];
  const rest: number[] = [];
  for (const block of members) {
    const order = random.shuffle(block.slice());
    train.push(...order.subarray(0, labelsPerClass));
    rest.push(...order.subarray(labelsPerClass));
  }
  random.shuffle(rest);
  return {
    train: Int32Array.from(train),
    validation: Int32Array.from(rest.slice(0, validation)),
    test: Int32Array.from(rest.slice(validation, validation + test)),
  };
}
