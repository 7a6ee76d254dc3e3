import { describe, expect, it } from "vitest";
import { DataFormatError } from "../errors.ts";
import { denseFeatures } from "../graphs/citation-graph.ts";
import { parsePlanetoid } from "./planetoid.ts";

const tiny = {
  name: "tiny",
  nodes: 4,
  features: 3,
  classes: 2,
  featureIndices: [[2, 0], [1], [], [0]],
  labels: [0, 1, 0, -1],
  edges: [
    [1, 0],
    [1, 2],
    [0, 1],
  ],
  train: [0],
  val: [1],
  test: [2],
};
const parse = (changes: Record<string, unknown> = {}) =>
  parsePlanetoid(new TextEncoder().encode(JSON.stringify({ ...tiny, ...changes })), "tiny.json");

describe("parsePlanetoid", () => {
  it("brings edges and features into one sorted form, each once", () => {
    const graph = parse();
    expect(graph.edges).toEqual({ data: Int32Array.of(0, 1, 1, 2), shape: [2, 2] });
    expect([...graph.featureRows]).toEqual([0, 2, 3, 3, 4]);
    expect([...graph.featureColumns]).toEqual([0, 2, 1, 0]);
    expect([...graph.labels]).toEqual([0, 1, 0, -1]);
  });

  it("gives dense rows that sum to one, and keeps rows without features at zero", () => {
    const dense = denseFeatures(parse(), { normalise: true });
    expect(dense).toEqual({ data: Float32Array.of(0.5, 0, 0.5, 0, 1, 0, 0, 0, 0, 1, 0, 0), shape: [4, 3] });
  });

  it.each([
    [{ edges: [[0, 4]] }, "edges[0][1] is 4; expected a whole number from 0 to 3"],
    [{ edges: [[1, 1]] }, "edges[0] is [1,1]"],
    [{ edges: [[0, 1, 2]] }, "edges[0] is [0,1,2]"],
    [{ labels: [0, 1, 0] }, "3 labels; expected 4, one a node"],
    [{ labels: [0, 2, 0, 0] }, "labels[1] is 2; expected a whole number from -1 to 1"],
    [{ featureIndices: [[3], [], [], []] }, "a feature of node 0 is 3"],
    [{ featureIndices: [[1, 1], [], [], []] }, "feature 1 twice at node 0"],
    [{ featureIndices: [[1]] }, "1 featureIndices; expected 4"],
    [{ train: [0, 1] }, "node 1 in train and in val"],
    [{ test: [3] }, "node 3 without a class in test"],
    [{ test: [4] }, "test[0] is 4"],
    [{ nodes: 0 }, "nodes is 0"],
    [{ val: null }, "val is null; expected a list"],
    [{ name: 1 }, "name 1; expected a string"],
  ])("refuses %j", (changes, message) => {
    expect(() => parse(changes)).toThrow(`tiny.json: ${message}`);
  });

  it("refuses a truncated file", () => {
    const bytes = new TextEncoder().encode(JSON.stringify(tiny));
    expect(() => parsePlanetoid(bytes.subarray(0, 50), "tiny.json")).toThrow("tiny.json: not JSON");
    expect(() => parsePlanetoid(new TextEncoder().encode("[]"), "tiny.json")).toThrow(DataFormatError);
  });
});
