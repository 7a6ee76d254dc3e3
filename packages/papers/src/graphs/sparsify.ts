import { Random } from "@paperworks/data";
import { DomainError } from "@paperworks/tensor";
import { edgesOf, type Graph } from "./graph.ts";

function requireShare(name: string, keep: number): void {
  if (!(keep >= 0 && keep <= 1)) throw new DomainError(`${name}: the share to keep lies in [0, 1], got ${keep}`);
}

/** The graph with a random share of its edges. */
export function sparsifyEdges<G extends Graph>(graph: G, keep: number, seed: number): G {
  requireShare("sparsifyEdges", keep);
  const all = [...edgesOf(graph)];
  const chosen = new Random(seed)
    .permutation(all.length)
    .slice(0, Math.round(keep * all.length))
    .sort();
  const data = Int32Array.from([...chosen].flatMap((e) => all[e]));
  return { ...graph, edges: { data, shape: [chosen.length, 2] } };
}

/**
 * Another draw of labelled nodes: `perClass` of each class, from all that are neither validation nor test nodes.
 *
 * @returns node numbers, class by class
 * @throws DomainError if a class has too few nodes
 */
export function sparsifyLabels(
  split: {
    readonly labels: Int32Array;
    readonly classes: number;
    readonly validation: Int32Array;
    readonly test: Int32Array;
  },
  perClass: number,
  seed: number,
): Int32Array {
  const held = new Set([...split.validation, ...split.test]);
  const random = new Random(seed);
  return Int32Array.from(
    Array.from({ length: split.classes }, (_, c) => {
      const members = Array.from(split.labels.keys()).filter((v) => split.labels[v] === c && !held.has(v));
      if (members.length < perClass)
        throw new DomainError(`sparsifyLabels: class ${c} has ${members.length} free nodes, not ${perClass}`);
      return [...random.permutation(members.length).slice(0, perClass)].map((i) => members[i]);
    }).flat(),
  );
}

/** Features of a random share of the nodes; the rows of the others are zero. @param x [nodes, width] */
export function sparsifyFeatures(x: Float32Array, nodes: number, keep: number, seed: number): Float32Array {
  requireShare("sparsifyFeatures", keep);
  const width = x.length / nodes;
  const out = new Float32Array(x.length);
  for (const v of new Random(seed).permutation(nodes).slice(0, Math.round(keep * nodes))) {
    out.set(x.subarray(v * width, (v + 1) * width), v * width);
  }
  return out;
}
