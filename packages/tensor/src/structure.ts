import { isLeaf, schedule } from "./onnx/lower.ts";
import type { Node } from "./primitive.ts";
import type { Tensor } from "./tensor.ts";

/** Constants this small are part of the structure, so that the program can fold them. */
const literalLimit = 16;

let nextUnique = 0;

/** Attributes as text; where functions or tensors stand inside and the primitive says nothing, equal to no other. */
function attributeText({ primitive, attributes }: Node): string {
  if (primitive.structure) return primitive.structure(attributes as never);
  try {
    return JSON.stringify(attributes, (_, value) => {
      if (typeof value === "function") throw new TypeError("not data");
      const special = typeof value === "number" && (!Number.isFinite(value) || Object.is(value, -0));
      return special ? `number ${Object.is(value, -0) ? "-0" : value}` : value;
    });
  } catch {
    return `unique ${nextUnique++}`;
  }
}

/**
 * A graph as text, line by line.
 *
 * @param known tensors with a name already; leaves that are met get one and are returned in that order
 * @param ends  where the graph begins
 */
export function describeGraph(
  targets: readonly Tensor[],
  known: Map<Tensor, string>,
  ends: (t: Tensor) => boolean,
): { text: string; leaves: Tensor[] } {
  const leaves: Tensor[] = [];
  const lines: string[] = [];
  const idOf = (t: Tensor): string => {
    const name = known.get(t);
    if (name !== undefined) return name;
    let id: string;
    if (t.held && t.held.length <= literalLimit) {
      const values = Array.from(t.held as Float32Array, (v) => (Object.is(v, -0) ? "-0" : String(v)));
      id = `=${t.dtype}[${t.shape}]${values}`;
    } else {
      id = `leaf${leaves.length}:${t.dtype}[${t.shape}]`;
      leaves.push(t);
    }
    known.set(t, id);
    return id;
  };
  for (const node of schedule(targets, ends)) {
    const inputs = node.inputs.map(idOf);
    node.outputs.forEach((output, i) => {
      if (!ends(output)) known.set(output, `n${lines.length}.${i}`);
    });
    lines.push(`${node.primitive.name}(${inputs.join()})${attributeText(node)}`);
  }
  return { text: `${lines.join("\n")}\n-> ${targets.map(idOf).join()}`, leaves };
}

/**
 * What two graphs must share to be served by one program: operations, attributes, wiring, shapes and dtypes, but not the
 * values of their leaves.
 */
export function structureOf(targets: readonly Tensor[]): { key: string; leaves: Tensor[] } {
  const { text, leaves } = describeGraph(targets, new Map(), isLeaf);
  return { key: text, leaves };
}
