import { isFloat } from "./dtype.ts";
import { GradientError } from "./errors.ts";
import { variableOf } from "./evaluate.ts";
import { GradientSum } from "./gradient-sum.ts";
import { schedule } from "./onnx/lower.ts";
import type { Node } from "./primitive.ts";
import { onesLike, zerosLike } from "./record.ts";
import { activeRecording } from "./recording.ts";
import { formatShape, sameShape } from "./shape.ts";
import type { Tensor } from "./tensor.ts";
import { type Tree, treeFill, treeLeaves } from "./tree.ts";
import { Variable } from "./variable.ts";

const canFlow = (node: Node, input: number): boolean => node.primitive.differentiable?.includes(input) ?? true;

/**
 * Reverse mode over a recorded graph.
 *
 * @param outputs tensors with a gradient given
 * @param seeds   d loss / d output, undefined for zero
 * @param wrt     tensors to differentiate by
 * @param ends    tensors whose own inputs are out of bounds (parameters of a loop body)
 * @returns       d loss / d wrt, undefined where nothing flows
 */
export function backpropagate(
  outputs: readonly Tensor[],
  seeds: readonly (Tensor | undefined)[],
  wrt: readonly Tensor[],
  ends: (t: Tensor) => boolean = () => false,
): (Tensor | undefined)[] {
  const order = schedule(outputs, (t) => t.node.inputs.length === 0 || ends(t));
  const targets = new Set(wrt);
  const leads = new Set<Node>();
  const isOnPath = (t: Tensor): boolean => targets.has(t) || (leads.has(t.node) && !ends(t));
  for (const node of order) if (node.inputs.some((input, i) => canFlow(node, i) && isOnPath(input))) leads.add(node);

  const sums = new Map<Tensor, GradientSum>();
  const accumulate = (t: Tensor, gradient: Tensor): void => {
    const sum = sums.get(t) ?? new GradientSum();
    sum.add(gradient);
    sums.set(t, sum);
  };
  const gradientOf = (t: Tensor): Tensor | undefined => sums.get(t)?.value;
  outputs.forEach((output, i) => {
    const seed = seeds[i];
    if (seed && isOnPath(output)) accumulate(output, seed);
  });
  for (let i = order.length - 1; i >= 0; i--) {
    const node = order[i];
    if (!leads.has(node)) continue;
    const given = node.outputs.map((output) => (ends(output) ? undefined : gradientOf(output)));
    if (given.every((g) => g === undefined)) continue;
    const { vjp, name } = node.primitive;
    if (!vjp)
      throw new GradientError(`${name} has no derivative: stop the gradient before it, or give it one with customVjp`);
    const flows = vjp({ inputs: node.inputs, outputs: node.outputs, attributes: node.attributes as never }, given);
    node.inputs.forEach((input, j) => {
      const gradient = flows[j];
      if (gradient && canFlow(node, j) && isFloat(input.dtype) && isOnPath(input)) accumulate(input, gradient);
    });
  }
  return wrt.map(gradientOf);
}

/** All tensors that the outputs are computed from. */
function ancestry(outputs: readonly Tensor[]): Set<Tensor> {
  const seen = new Set<Tensor>(outputs);
  for (const node of schedule(outputs, (t) => t.node.inputs.length === 0))
    for (const input of node.inputs) seen.add(input);
  return seen;
}

/** For a variable: the latest of its values that the outputs were computed from. */
function valueReadBy(outputs: readonly Tensor[], wrt: readonly Tensor[]): Tensor[] {
  const recording = activeRecording();
  let ancestors: Set<Tensor> | undefined;
  return wrt.map((t) => {
    if (!(t instanceof Variable)) return t.resolve();
    ancestors ??= ancestry(outputs);
    for (let scope: typeof recording | undefined = recording; scope; scope = scope.parent) {
      const values = [...(scope.versions.get(t) ?? [])].reverse();
      const read = scope.reads.get(t);
      const found = (read ? [...values, read] : values).find((value) => ancestors?.has(value));
      if (found) return found;
    }
    const latest = t.resolve();
    if (ancestors.has(latest)) return latest;
    // Read outside of programs, before a later assignment.
    const reads = [...ancestors].filter((leaf) => variableOf(leaf) === t);
    return reads.reduce((a, b) => (a && a.node.id > b.node.id ? a : b), undefined as Tensor | undefined) ?? latest;
  });
}

/**
 * The vector-Jacobian product: gradients of Σ seed·output.
 *
 * @param outputs tensors of any shape
 * @param seeds   one a output, of its shape
 * @param wrt     a tree of tensors
 * @returns       the same tree of gradients, zero where an output does not depend on the tensor
 */
export function vjp<T extends Tree>(outputs: readonly Tensor[], seeds: readonly Tensor[], wrt: T): T {
  const leaves = treeLeaves(wrt);
  const resolved = outputs.map((output) => output.resolve());
  if (seeds.length !== outputs.length)
    throw new GradientError(`vjp: ${outputs.length} outputs and ${seeds.length} seeds; each output needs one`);
  resolved.forEach((output, i) => {
    if (!sameShape(output.shape, seeds[i].shape)) {
      throw new GradientError(
        `vjp: output ${i} has shape ${formatShape(output.shape)}, its seed ${formatShape(seeds[i].shape)}`,
      );
    }
  });
  for (const leaf of leaves) {
    if (!isFloat(leaf.dtype))
      throw new GradientError(`a gradient was asked with respect to a tensor of ${leaf.dtype}: only floats have one`);
  }
  const points = valueReadBy(resolved, leaves);
  const gradients = backpropagate(resolved, seeds, points);
  return treeFill(
    wrt,
    gradients.map((gradient, i) => gradient ?? zerosLike(leaves[i])),
  );
}

/**
 * Gradients of a scalar.
 *
 * @param loss a float tensor of size 1
 * @param wrt  a tensor or variable, or a tree of them
 * @returns    d loss / d wrt in the same tree; recipes like any other, to be differentiated again
 * @throws GradientError if the loss is not a scalar, or an operation on the way has no derivative
 */
export function grad<T extends Tree>(loss: Tensor, wrt: T): T {
  if (loss.size !== 1)
    throw new GradientError(
      `grad needs a scalar loss, got the shape ${formatShape(loss.shape)}: sum or average it first`,
    );
  if (!isFloat(loss.dtype)) throw new GradientError(`grad needs a float loss, got ${loss.dtype}`);
  return vjp([loss], [onesLike(loss)], wrt);
}

/**
 * The Jacobian-vector product: how the outputs change as the inputs move along the tangents. Forward mode by reverse mode
 * twice: J v is the gradient of ⟨Jᵀu, v⟩ with respect to u.
 *
 * @param outputs  tensors of any shape
 * @param wrt      a tree of tensors
 * @param tangents the same tree of directions
 * @returns        one tangent an output, of its shape; zero where it does not depend on the inputs
 */
export function jvp<T extends Tree>(outputs: readonly Tensor[], wrt: T, tangents: T): Tensor[] {
  const covectors = outputs.map((output) => zerosLike(output));
  const pulled = treeLeaves(vjp(outputs, covectors, wrt));
  return vjp(pulled, treeLeaves(tangents), covectors);
}

/** The product of the Hessian of a scalar with a vector: the gradient of ⟨∇loss, v⟩. */
export function hessianVectorProduct<T extends Tree>(loss: Tensor, wrt: T, vector: T): T {
  const gradients = treeLeaves(grad(loss, wrt));
  return vjp(gradients, treeLeaves(vector), wrt);
}
