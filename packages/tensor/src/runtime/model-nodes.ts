import { PbfReader } from "pbf";

/** A node of an ONNX file. */
export interface ModelNode {
  name: string;
  operator: string;
}

// Field numbers of onnx.proto: ModelProto.graph 7, GraphProto.node 1, NodeProto.name 3, op_type 4.

function readNode(tag: number, node: ModelNode, pbf: PbfReader): void {
  if (tag === 3) node.name = pbf.readString();
  else if (tag === 4) node.operator = pbf.readString();
}

function readGraph(tag: number, nodes: ModelNode[], pbf: PbfReader): void {
  if (tag === 1) nodes.push(pbf.readMessage(readNode, { name: "", operator: "" }));
}

/** The nodes of the outermost graph of an ONNX file. */
export const nodesOf = (model: Uint8Array): ModelNode[] =>
  new PbfReader(model).readFields((tag, nodes: ModelNode[], pbf) => {
    if (tag === 7) pbf.readMessage(readGraph, nodes);
  }, []);
