import { jit, slice, stack, type Tensor } from "@paperworks/tensor";
import { connectivityMask } from "./connectivity-mask.ts";
import { coveredMass } from "./coverage.ts";
import { oracleRanking, windowRanking } from "./rankings.ts";
import type { Sparsifiner } from "./sparsifiner.ts";

/** At which place each patch stands as a key for one query, by each choice of keys: 0 is kept first. */
export type QueryConnections = { query: number; learned: number[]; window: number[]; oracle: number[] };

export type Connections = { layer: number; head: number; queries: QueryConnections[] };

/** The place of each entry in its row's order: the largest first, equal ones by index. */
export function placesOf(row: readonly number[]): number[] {
  const places = new Array<number>(row.length);
  const order = row.map((_, i) => i).sort((a, b) => row[b] - row[a] || a - b);
  for (const [place, key] of order.entries()) places[key] = place;
  return places;
}

/**
 * Who attends to whom in an image, in the head whose attention is most concentrated.
 *
 * @param image [1, channels, height, width]
 * @param student with a predictor in every block
 */
export async function connectionsOf(student: Sparsifiner, image: Tensor): Promise<Connections> {
  const { heads } = student.attentions[0].attention;
  const { count: patches, grid } = student.patches;
  const tokens = patches + 1;
  const look = jit((images: Tensor) => {
    const layers = student.features(images, { execution: "dense" }).mixings.map((mixing) => {
      const inputs = { q: mixing.queries, k: mixing.keys };
      const oracle = oracleRanking(inputs);
      const covered = Array.from({ length: heads }, (_, head) => {
        const own = (x: Tensor): Tensor => slice(x, [{ axis: 1, start: head, end: head + 1 }]);
        return coveredMass(own(mixing.weights as Tensor), connectivityMask(own(oracle), { keep: 0.25 }));
      });
      return { learned: mixing.scores as Tensor, window: windowRanking(grid)(inputs), oracle, covered: stack(covered) };
    });
    const all = (name: "learned" | "oracle" | "covered"): Tensor => stack(layers.map((layer) => layer[name]));
    return { learned: all("learned"), oracle: all("oracle"), covered: all("covered"), window: layers[0].window };
  });
  const seen = await look(image);
  const numbers = async (x: Tensor): Promise<number[]> => Array.from(await x.data(), Number);
  const [learned, window, oracle] = [
    await numbers(seen.learned),
    await numbers(seen.window),
    await numbers(seen.oracle),
  ];
  const covered = await numbers(seen.covered);
  const best = covered.indexOf(Math.max(...covered));
  const queries = Array.from({ length: patches }, (_, query): QueryConnections => {
    /** Places of the patches; that of the class token, a row's first entry, is not on the image. */
    const of = (scores: readonly number[], matrix: number): number[] => {
      const start = (matrix * patches + query) * tokens;
      return placesOf(scores.slice(start, start + tokens)).slice(1);
    };
    return { query, learned: of(learned, best), window: of(window, 0), oracle: of(oracle, best) };
  });
  return { layer: Math.floor(best / heads), head: best % heads, queries };
}
