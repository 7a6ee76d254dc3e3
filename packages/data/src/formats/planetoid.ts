import { DataFormatError } from "../errors.ts";
import type { CitationGraph } from "../graphs/citation-graph.ts";
import { parseUtf8 } from "./utf8.ts";

/**
 * Reads a graph of the Planetoid benchmark packed as JSON:
 * `{ name, nodes, features, classes, featureIndices[][], labels[], edges[][2], train[], val[], test[] }`; label -1 marks
 * a node without a class. Edges are brought into one form: smaller node first, sorted, each once.
 *
 * @throws DataFormatError for JSON that is none, a list of the wrong length, an index out of range, a loop, a repeated
 * feature, a node in two parts of the split, or one there without a class
 */
export function parsePlanetoid(bytes: Uint8Array, file: string): CitationGraph {
  const packed = parseJson(bytes, file);
  const reader = new Reader(file);
  const name = packed.name;
  if (typeof name !== "string") throw new DataFormatError(file, `name ${JSON.stringify(name)}`, "a string");
  const nodes = reader.integer("nodes", packed.nodes, 1);
  const features = reader.integer("features", packed.features, 1);
  const classes = reader.integer("classes", packed.classes, 1);
  const labels = Int32Array.from(reader.list("labels", packed.labels, nodes), (label, i) =>
    reader.integer(`labels[${i}]`, label, -1, classes - 1),
  );
  const train = reader.part("train", packed.train, labels);
  const validation = reader.part("val", packed.val, labels);
  const test = reader.part("test", packed.test, labels);
  return {
    name,
    nodes,
    features,
    classes,
    edges: readEdges(reader, packed.edges, nodes),
    ...readFeatures(reader, packed.featureIndices, nodes, features),
    labels,
    train,
    validation,
    test,
  };
}

function parseJson(bytes: Uint8Array, file: string): Record<string, unknown> {
  let packed: unknown;
  try {
    packed = JSON.parse(parseUtf8(bytes, file));
  } catch (error) {
    if (error instanceof DataFormatError) throw error;
    const reason = error instanceof Error ? error.message : String(error);
    throw new DataFormatError(file, `not JSON (${reason})`, "a graph packed as JSON", { cause: error });
  }
  if (typeof packed !== "object" || packed === null || Array.isArray(packed)) {
    throw new DataFormatError(file, "JSON that is no object", "a graph packed as a JSON object");
  }
  return packed as Record<string, unknown>;
}

/** Checks one value after another and says which one is wrong. */
class Reader {
  private readonly file: string;
  private readonly parts = new Map<number, string>();

  constructor(file: string) {
    this.file = file;
  }

  fail(found: string, expected: string): never {
    throw new DataFormatError(this.file, found, expected);
  }

  integer(name: string, value: unknown, least: number, most = 2_147_483_647): number {
    if (typeof value === "number" && Number.isInteger(value) && value >= least && value <= most) return value;
    this.fail(`${name} is ${JSON.stringify(value)}`, `a whole number from ${least} to ${most}`);
  }

  list(name: string, value: unknown, length?: number): unknown[] {
    if (!Array.isArray(value)) this.fail(`${name} is ${JSON.stringify(value)?.slice(0, 40)}`, "a list");
    if (length !== undefined && value.length !== length) this.fail(`${value.length} ${name}`, `${length}, one a node`);
    return value;
  }

  part(name: string, value: unknown, labels: Int32Array): Int32Array {
    return Int32Array.from(this.list(name, value), (entry, i) => {
      const node = this.integer(`${name}[${i}]`, entry, 0, labels.length - 1);
      const other = this.parts.get(node);
      if (other !== undefined) this.fail(`node ${node} in ${other} and in ${name}`, "each node in one part at most");
      if (labels[node] < 0) this.fail(`node ${node} without a class in ${name}`, "nodes with a class");
      this.parts.set(node, name);
      return node;
    });
  }
}

function readEdges(reader: Reader, value: unknown, nodes: number): CitationGraph["edges"] {
  const keys = reader.list("edges", value).map((edge, i) => {
    const [from, to] = reader.list(`edges[${i}]`, edge);
    const a = reader.integer(`edges[${i}][0]`, from, 0, nodes - 1);
    const b = reader.integer(`edges[${i}][1]`, to, 0, nodes - 1);
    if (a === b || (edge as unknown[]).length !== 2) reader.fail(`edges[${i}] is ${JSON.stringify(edge)}`, "two nodes");
    return Math.min(a, b) * nodes + Math.max(a, b);
  });
  const unique = [...new Set(keys)].sort((a, b) => a - b);
  const data = new Int32Array(unique.length * 2);
  unique.forEach((key, i) => {
    data[2 * i] = Math.floor(key / nodes);
    data[2 * i + 1] = key % nodes;
  });
  return { data, shape: [unique.length, 2] };
}

function readFeatures(
  reader: Reader,
  value: unknown,
  nodes: number,
  features: number,
): Pick<CitationGraph, "featureRows" | "featureColumns"> {
  const rows = reader.list("featureIndices", value, nodes);
  const featureRows = new Int32Array(nodes + 1);
  const columns: number[] = [];
  rows.forEach((row, node) => {
    const seen = reader
      .list(`featureIndices[${node}]`, row)
      .map((feature) => reader.integer(`a feature of node ${node}`, feature, 0, features - 1))
      .sort((a, b) => a - b);
    seen.forEach((feature, i) => {
      if (feature === seen[i - 1]) reader.fail(`feature ${feature} twice at node ${node}`, "each feature once");
      columns.push(feature);
    });
    featureRows[node + 1] = columns.length;
  });
  return { featureRows, featureColumns: Int32Array.from(columns) };
}
