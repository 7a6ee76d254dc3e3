import { describe, expect, it } from "vitest";
import { DomainError } from "../errors.ts";
import { parsePlanetoid } from "../formats/planetoid.ts";
import { stochasticBlockModel } from "./block-model.ts";
import type { CitationGraph } from "./citation-graph.ts";

const options = { blocks: 7, nodes: 2000, meanDegree: 4, homophily: 0.8, features: 500, seed: 0 };
const graph = stochasticBlockModel(options);

/** The graph in the packed form that the loader reads. */
function packed(g: CitationGraph): Uint8Array {
  const edges = Array.from({ length: g.edges.shape[0] }, (_, i) => [...g.edges.data.subarray(2 * i, 2 * i + 2)]);
  const featureIndices = Array.from({ length: g.nodes }, (_, v) => [
    ...g.featureColumns.subarray(g.featureRows[v], g.featureRows[v + 1]),
  ]);
  const lists = { labels: [...g.labels], train: [...g.train], val: [...g.validation], test: [...g.test] };
  return new TextEncoder().encode(JSON.stringify({ ...g, ...lists, edges, featureIndices }));
}

describe("stochasticBlockModel", () => {
  it("passes the checks of a Planetoid file and comes back unchanged", () => {
    expect(parsePlanetoid(packed(graph), "generated")).toEqual(graph);
  });

  it("has the mean degree asked for, and the homophily within four standard errors", () => {
    const edges = graph.edges.shape[0];
    expect(edges).toBe(4000);
    let within = 0;
    for (let i = 0; i < edges; i++) {
      if (graph.labels[graph.edges.data[2 * i]] === graph.labels[graph.edges.data[2 * i + 1]]) within++;
    }
    expect(Math.abs(within / edges - 0.8)).toBeLessThan(4 * Math.sqrt((0.8 * 0.2) / edges));
  });

  it("splits as Planetoid does: 20 labels a class, 500, 1,000, disjoint", () => {
    const perClass = new Array(7).fill(0);
    for (const node of graph.train) perClass[graph.labels[node]]++;
    expect(perClass).toEqual(new Array(7).fill(20));
    expect([graph.validation.length, graph.test.length]).toEqual([500, 1000]);
    expect(new Set([...graph.train, ...graph.validation, ...graph.test]).size).toBe(1640);
  });

  it("tells classes by words in part, and better by the neighbours' words too", () => {
    const own = topicAccuracy(graph, false);
    const withNeighbours = topicAccuracy(graph, true);
    expect(own).toBeGreaterThan(0.3);
    expect(own).toBeLessThan(0.75);
    expect(withNeighbours).toBeGreaterThan(own + 0.15);
  });

  it("is the same for the same seed, and another for another", () => {
    expect(stochasticBlockModel(options)).toEqual(graph);
    expect(stochasticBlockModel({ ...options, seed: 1 }).edges.data).not.toEqual(graph.edges.data);
  });

  it("refuses too few nodes for the split and degrees that the blocks cannot hold", () => {
    expect(() => stochasticBlockModel({ ...options, nodes: 1000 })).toThrow("nodes is 1000; expected at least 1640");
    expect(() => stochasticBlockModel({ ...options, meanDegree: 100 })).toThrow(DomainError);
    expect(() => stochasticBlockModel({ ...options, homophily: 1.2 })).toThrow("homophily is 1.2");
  });
});

/** Accuracy on the test nodes of the class whose training words are the most alike (cosine). */
function topicAccuracy(g: CitationGraph, neighbours: boolean): number {
  const words = Array.from({ length: g.nodes }, (_, node) => rowOf(g, node));
  const rows = words.map((row) => row.slice());
  if (neighbours) {
    for (let i = 0; i < g.edges.data.length; i += 2) {
      const [a, b] = g.edges.data.subarray(i, i + 2);
      for (let f = 0; f < g.features; f++) {
        rows[a][f] += words[b][f];
        rows[b][f] += words[a][f];
      }
    }
  }
  const topics = Array.from({ length: g.classes }, () => new Float64Array(g.features));
  for (const node of g.train) for (let f = 0; f < g.features; f++) topics[g.labels[node]][f] += rows[node][f];
  let right = 0;
  for (const node of g.test) {
    const scores = topics.map((topic) => {
      const dot = topic.reduce((sum, weight, f) => sum + weight * rows[node][f], 0);
      return dot / Math.hypot(...topic);
    });
    if (scores.indexOf(Math.max(...scores)) === g.labels[node]) right++;
  }
  return right / g.test.length;
}

function rowOf(g: CitationGraph, node: number): Float64Array {
  const row = new Float64Array(g.features);
  for (let i = g.featureRows[node]; i < g.featureRows[node + 1]; i++) row[g.featureColumns[i]] = 1;
  return row;
}
