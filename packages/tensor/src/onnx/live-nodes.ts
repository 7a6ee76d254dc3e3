import type { OnnxNode } from "./model.ts";

/** The nodes that the named values depend on. The runtime would compute the others too. */
export function liveNodes(nodes: readonly OnnxNode[], wanted: readonly string[]): OnnxNode[] {
  const needed = new Set(wanted);
  const live = nodes.toReversed().filter((node) => {
    if (!node.outputs.some((name) => needed.has(name))) return false;
    addReads(node, needed);
    return true;
  });
  return live.reverse();
}

/** Adds what a node reads, its subgraphs' reads of values around them included. */
function addReads(node: OnnxNode, needed: Set<string>): void {
  for (const name of node.inputs) needed.add(name);
  for (const attribute of Object.values(node.attributes)) {
    if (!("graph" in attribute)) continue;
    for (const inner of attribute.graph.nodes) addReads(inner, needed);
    for (const { name } of attribute.graph.outputs) needed.add(name);
  }
}
