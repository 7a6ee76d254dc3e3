import { jit, slice, stack, type Tensor } from "@paperworks/tensor";
import { connectivityMask } from "./connectivity-mask.ts";
import { coveredMass } from "./coverage.ts";
import { oracleRanking, windowRanking } from "./rankings.ts";
import type { Sparsifiner } from "./sparsifiner.ts";

/** A pair of patches, and at which place the key stands for the query, by each choice of keys; 0 is the first. */
export type Connection = { query: number; key: number; learned: number; window: number; oracle: number };

export type Connections = {
  layer: number;
  head: number;
  /** Those among the first half of the places of any choice. */
  connections: Connection[];
};

/** The place of each entry in its row's order, the largest first, equal ones by index. */
function placesOf(row: readonly number[]): number[] {
  const places = new Array<number>(row.length);
  row
    .map((_, i) => i)
    .sort((a, b) => row[b] - row[a] || a - b)
    .forEach((key, place) => {
      places[key] = place;
    });
  return places;
}

/**
 * Who attends to whom in an image, in the head whose attention is most concentrated.
 *
 * @param image [1, channels, height, width]
 */
export async function connectionsOf(student: Sparsifiner, image: Tensor): Promise<Connections> {
  const { heads } = student.attentions[0].attention;
  const { count: patches, grid } = student.patches;
  const look = jit((images: Tensor) => {
    const { mixings } = student.features(images, { execution: "dense" });
    const layers = mixings.map(({ queries: q, keys: k, scores, weights }) => {
      const oracle = oracleRanking({ q, k });
      const window = windowRanking(grid)({ q, k });
      const covered = Array.from({ length: heads }, (_, head) => {
        const own = (x: Tensor): Tensor => slice(x, [{ axis: 1, start: head, end: head + 1 }]);
        return coveredMass(own(weights as Tensor), connectivityMask(own(oracle), { keep: 0.25 }));
      });
      return {
        learned: (scores as Tensor).reshape([heads, patches, patches + 1]),
        oracle: oracle.reshape([heads, patches, patches + 1]),
        window,
        covered: stack(covered),
      };
    });
    return {
      learned: stack(layers.map(({ learned }) => learned)),
      oracle: stack(layers.map(({ oracle }) => oracle)),
      window: layers[0].window,
      covered: stack(layers.map(({ covered }) => covered)),
    };
  });
  const seen = await look(image);
  const [learned, oracle, window, covered] = await Promise.all(
    [seen.learned, seen.oracle, seen.window, seen.covered].map(async (x) => Array.from(await x.data(), Number)),
  );
  const best = covered.indexOf(Math.max(...covered));
  const tokens = patches + 1;
  const half = Math.ceil(tokens / 2);
  const connections: Connection[] = [];
  for (let query = 0; query < patches; query++) {
    const rowOf = (values: readonly number[], matrix: number): number[] => {
      const start = (matrix * patches + query) * tokens;
      return placesOf(values.slice(start, start + tokens));
    };
    const places = { learned: rowOf(learned, best), window: rowOf(window, 0), oracle: rowOf(oracle, best) };
    for (let key = 0; key < patches; key++) {
      // The class token is key 0 of a row, and is not on the image.
      const pair = { learned: places.learned[key + 1], window: places.window[key + 1], oracle: places.oracle[key + 1] };
      if (Math.min(...Object.values(pair)) < half) connections.push({ query, key, ...pair });
    }
  }
  return { layer: Math.floor(best / heads), head: best % heads, connections };
}
