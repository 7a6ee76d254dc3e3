import { DataFormatError } from "../errors.ts";
import { parsePlanetoid } from "../formats/planetoid.ts";
import type { CitationGraph } from "../graphs/citation-graph.ts";
import type { DataSource } from "../source.ts";

export type PlanetoidName = "cora" | "citeseer";

/**
 * A citation network with the Planetoid split: papers, their words, citations, topics.
 *
 * @returns the graph, or undefined if no file is there
 * @throws DataFormatError for a file that is truncated, inconsistent, or another graph
 * Source: Z. Yang, W. Cohen and R. Salakhutdinov, "Revisiting semi-supervised learning with graph embeddings", 2016.
 */
export async function planetoid(source: DataSource, name: PlanetoidName): Promise<CitationGraph | undefined> {
  const opened = await source.open([`planetoid/${name}.json`, `${name}.json`].flatMap((file) => [`${file}.gz`, file]));
  if (opened === undefined) return undefined;
  const { from, origin } = opened.file;
  const graph = parsePlanetoid(opened.bytes, from);
  if (graph.name !== name) throw new DataFormatError(from, `the graph "${graph.name}"`, `"${name}"`);
  source.record({ dataset: name, origin, from, records: graph.nodes });
  return graph;
}
