import { PbfWriter } from "pbf";

/** An attribute of an ONNX node, tagged by its kind. */
export type OnnxAttribute =
  | { int: number }
  | { float: number }
  | { string: string }
  | { ints: readonly number[] }
  | { floats: readonly number[] }
  | { graph: OnnxGraph };

export interface OnnxNode {
  operator: string;
  domain: string;
  name: string;
  inputs: readonly string[];
  outputs: readonly string[];
  attributes: Record<string, OnnxAttribute>;
}

/** A typed value; a dimension given by name is free. */
export interface OnnxValue {
  name: string;
  type: number;
  shape: readonly (number | string)[];
}

export interface OnnxInitializer {
  name: string;
  type: number;
  shape: readonly number[];
  /** Little-endian bytes in row-major order. */
  data: Uint8Array;
}

export interface OnnxGraph {
  name: string;
  nodes: readonly OnnxNode[];
  inputs: readonly OnnxValue[];
  outputs: readonly OnnxValue[];
  initializers: readonly OnnxInitializer[];
  /** Shapes that a reader of the model could not find by itself. */
  known?: readonly OnnxValue[];
}

export interface OnnxModel {
  graph: OnnxGraph;
  opset: number;
  /** Domains beside the standard one, with their versions. */
  domains: Record<string, number>;
  metadata?: Record<string, string>;
}

// Field numbers of onnx.proto, version 1.12 (the format itself never renumbers a field).

function writeAttribute([name, value]: [string, OnnxAttribute], pbf: PbfWriter): void {
  pbf.writeStringField(1, name);
  if ("int" in value) {
    pbf.writeVarintField(3, value.int);
    pbf.writeVarintField(20, 2);
  } else if ("float" in value) {
    pbf.writeFloatField(2, value.float);
    pbf.writeVarintField(20, 1);
  } else if ("string" in value) {
    pbf.writeBytesField(4, new TextEncoder().encode(value.string));
    pbf.writeVarintField(20, 3);
  } else if ("ints" in value) {
    for (const n of value.ints) pbf.writeVarintField(8, n);
    pbf.writeVarintField(20, 7);
  } else if ("floats" in value) {
    for (const n of value.floats) pbf.writeFloatField(7, n);
    pbf.writeVarintField(20, 6);
  } else {
    pbf.writeMessage(6, writeGraph, value.graph);
    pbf.writeVarintField(20, 5);
  }
}

function writeNode(node: OnnxNode, pbf: PbfWriter): void {
  for (const input of node.inputs) pbf.writeStringField(1, input);
  for (const output of node.outputs) pbf.writeStringField(2, output);
  pbf.writeStringField(3, node.name);
  pbf.writeStringField(4, node.operator);
  for (const attribute of Object.entries(node.attributes)) pbf.writeMessage(5, writeAttribute, attribute);
  if (node.domain) pbf.writeStringField(7, node.domain);
}

function writeDimension(dimension: number | string, pbf: PbfWriter): void {
  if (typeof dimension === "number") pbf.writeVarintField(1, dimension);
  else pbf.writeStringField(2, dimension);
}

function writeShape(shape: readonly (number | string)[], pbf: PbfWriter): void {
  for (const dimension of shape) pbf.writeMessage(1, writeDimension, dimension);
}

function writeTensorType({ type, shape }: OnnxValue, pbf: PbfWriter): void {
  pbf.writeVarintField(1, type);
  pbf.writeMessage(2, writeShape, shape);
}

function writeType(value: OnnxValue, pbf: PbfWriter): void {
  pbf.writeMessage(1, writeTensorType, value);
}

function writeValue(value: OnnxValue, pbf: PbfWriter): void {
  pbf.writeStringField(1, value.name);
  pbf.writeMessage(2, writeType, value);
}

function writeInitializer({ name, type, shape, data }: OnnxInitializer, pbf: PbfWriter): void {
  for (const n of shape) pbf.writeVarintField(1, n);
  pbf.writeVarintField(2, type);
  pbf.writeStringField(8, name);
  pbf.writeBytesField(9, data);
}

function writeGraph(graph: OnnxGraph, pbf: PbfWriter): void {
  for (const node of graph.nodes) pbf.writeMessage(1, writeNode, node);
  pbf.writeStringField(2, graph.name);
  for (const initializer of graph.initializers) pbf.writeMessage(5, writeInitializer, initializer);
  for (const input of graph.inputs) pbf.writeMessage(11, writeValue, input);
  for (const output of graph.outputs) pbf.writeMessage(12, writeValue, output);
  for (const value of graph.known ?? []) pbf.writeMessage(13, writeValue, value);
}

function writeOperatorSet([domain, version]: [string, number], pbf: PbfWriter): void {
  if (domain) pbf.writeStringField(1, domain);
  pbf.writeVarintField(2, version);
}

function writeMetadata([key, value]: [string, string], pbf: PbfWriter): void {
  pbf.writeStringField(1, key);
  pbf.writeStringField(2, value);
}

/** The bytes of an ONNX file. */
export function serializeModel({ graph, opset, domains, metadata = {} }: OnnxModel): Uint8Array {
  const pbf = new PbfWriter();
  pbf.writeVarintField(1, 8); // IR version 8: the one of operator set 17, read by every later runtime
  pbf.writeStringField(2, "paperworks");
  pbf.writeMessage(7, writeGraph, graph);
  pbf.writeMessage(8, writeOperatorSet, ["", opset] as [string, number]);
  for (const domain of Object.entries(domains)) pbf.writeMessage(8, writeOperatorSet, domain);
  for (const entry of Object.entries(metadata)) pbf.writeMessage(14, writeMetadata, entry);
  return pbf.finish();
}
