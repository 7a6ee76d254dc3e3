import { isLeaf, schedule } from "./onnx/lower.ts";
import type { Tensor } from "./tensor.ts";

/** Constants this small are part of the structure, so that the program can fold them. */
const literalLimit = 16;

/** Attributes as text; functions and tensors inside make a structure that is equal to no other. */
function attributeText(attributes: unknown): string {
  try {
    return JSON.stringify(attributes, (_, value) => {
      if (typeof value === "function") throw new TypeError("not data");
      return typeof value === "number" && !Number.isFinite(value) ? `number ${value}` : value;
    });
  } catch {
    return `unique ${Math.random()}`;
  }
}

/**
 * What two graphs must share to be served by one program: operations, attributes, wiring, shapes and dtypes, but not the
 * values of their leaves.
 */
export function structureOf(targets: readonly Tensor[]): { key: string; leaves: Tensor[] } {
  const ids = new Map<Tensor, string>();
  const leaves: Tensor[] = [];
  const lines: string[] = [];
  const idOf = (t: Tensor): string => {
    const known = ids.get(t);
    if (known) return known;
    let id: string;
    if (t.held && t.held.length <= literalLimit) {
      id = `=${t.dtype}[${t.shape}]${Array.from(t.held as Float32Array, (v) => (Object.is(v, -0) ? "-0" : String(v)))}`;
    } else {
      id = `leaf${leaves.length}:${t.dtype}[${t.shape}]`;
      leaves.push(t);
    }
    ids.set(t, id);
    return id;
  };
  for (const node of schedule(targets)) {
    const inputs = node.inputs.map(idOf);
    node.outputs.forEach((output, i) => {
      if (!isLeaf(output)) ids.set(output, `n${lines.length}.${i}`);
    });
    lines.push(`${node.primitive.name}(${inputs.join()})${attributeText(node.attributes)}`);
  }
  return { key: `${lines.join("\n")}\n→ ${targets.map(idOf).join()}`, leaves };
}
