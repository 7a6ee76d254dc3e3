import { nn, numpy as np, random } from "@jax-js/jax";
import { denseFeatures } from "@paperworks/data";
import { jaxStep, startJax } from "../../peers/jax-js.ts";
import type { Prepared } from "../../prepared.ts";
import { citationTask } from "./graph.ts";
import sizes from "./sizes.json" with { type: "json" };

/** Without a scatter that compiles, adjacency and words are dense matrices. */
export async function prepare(): Promise<Prepared> {
  await startJax();
  const { graph, adjacency, targets } = await citationTask();
  const { nodes, features, classes, train } = graph;
  const dense = (seed: number, rows: number, columns: number): np.Array[] => [
    random.normal(random.key(seed), [rows, columns]).mul(Math.sqrt(2 / (rows + columns))),
    np.zeros([columns]),
  ];
  const oneHot = new Float32Array(nodes * classes);
  for (const node of train) oneHot[node * classes + targets[node]] = 1;
  const data = [
    np.array(adjacency.toDense() as Float32Array<ArrayBuffer>, { shape: [nodes, nodes] }),
    np.array(denseFeatures(graph).data as Float32Array<ArrayBuffer>, { shape: [nodes, features] }),
    np.array(oneHot, { shape: [nodes, classes] }),
  ];
  return jaxStep(
    [...dense(1, features, sizes.hidden), ...dense(2, sizes.hidden, classes)],
    data,
    sizes.lr,
    ([w1, b1, w2, b2], [propagation, words, y]) => {
      const h = nn.relu(np.matmul(propagation.ref, np.matmul(words, w1)).add(b1));
      const logits = np.matmul(propagation, np.matmul(h, w2)).add(b2);
      return np.sum(nn.logSoftmax(logits).mul(y)).mul(-1 / train.length);
    },
  );
}
