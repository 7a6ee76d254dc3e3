import { ShapeError } from "../errors.ts";
import { formatShape, sizeOf } from "../shape.ts";
import type { Tensor } from "../tensor.ts";
import { mul } from "./elementwise.ts";
import { matmul } from "./matmul.ts";
import { permute, reshape } from "./movement.ts";
import { sum } from "./reduce.ts";

interface Term {
  labels: string[];
  tensor: Tensor;
}

/** Axes brought into the order of the labels, those that are missing with length 1. */
function align({ labels, tensor }: Term, order: readonly string[]): Tensor {
  const present = order.filter((label) => labels.includes(label));
  const permuted = permute(
    tensor,
    present.map((label) => labels.indexOf(label)),
  );
  return reshape(
    permuted,
    order.map((label) => (labels.includes(label) ? tensor.shape[labels.indexOf(label)] : 1)),
  );
}

function contract(a: Term, b: Term, keep: ReadonlySet<string>): Term {
  const shared = a.labels.filter((label) => b.labels.includes(label));
  const batch = shared.filter((label) => keep.has(label));
  const summed = shared.filter((label) => !keep.has(label));
  const left = a.labels.filter((label) => !shared.includes(label));
  const right = b.labels.filter((label) => !shared.includes(label));
  if (summed.length === 0) {
    const order = [...batch, ...left, ...right];
    return { labels: order, tensor: mul(align(a, order), align(b, order)) };
  }
  const lengths = (term: Term, labels: readonly string[]) =>
    labels.map((label) => term.tensor.shape[term.labels.indexOf(label)]);
  const [batchShape, leftShape, rightShape] = [lengths(a, batch), lengths(a, left), lengths(b, right)];
  const inner = sizeOf(lengths(a, summed));
  const rows = reshape(align(a, [...batch, ...left, ...summed]), [...batchShape, sizeOf(leftShape), inner]);
  const columns = align(b, [...batch, ...right, ...summed]);
  const out = matmul(rows, reshape(columns, [...batchShape, sizeOf(rightShape), inner]).transpose());
  return { labels: [...batch, ...left, ...right], tensor: reshape(out, [...batchShape, ...leftShape, ...rightShape]) };
}

/** Sums the axes of a term that nothing else needs. */
function dropUnused({ labels, tensor }: Term, needed: ReadonlySet<string>): Term {
  const axes = labels.flatMap((label, axis) => (needed.has(label) ? [] : [axis]));
  return axes.length === 0
    ? { labels, tensor }
    : { labels: labels.filter((label) => needed.has(label)), tensor: sum(tensor, axes) };
}

/**
 * Sums of products named by their axes: `einsum("b i k, b k j -> b i j", a, b)`. One letter (or word, when separated by
 * spaces) an axis; axes that the result does not name are summed.
 *
 * @throws ShapeError if an operand has another rank than its term, an axis two lengths, or the result an unknown axis
 */
export function einsum(equation: string, ...tensors: Tensor[]): Tensor {
  const [inputs, output, ...more] = equation.split("->");
  if (output === undefined || more.length > 0) throw new ShapeError(`einsum: "${equation}" needs one ->`);
  const parse = (text: string): string[] => (/\s/.test(text.trim()) ? text.trim().split(/\s+/) : [...text.trim()]);
  const terms = inputs.split(",").map(parse);
  const result = parse(output);
  if (terms.length !== tensors.length)
    throw new ShapeError(`einsum: "${equation}" names ${terms.length} operands, got ${tensors.length}`);
  const lengths = new Map<string, number>();
  terms.forEach((labels, i) => {
    const { shape } = tensors[i];
    if (labels.length !== shape.length)
      throw new ShapeError(
        `einsum: "${equation}" gives operand ${i} ${labels.length} axes, its shape is ${formatShape(shape)}`,
      );
    if (new Set(labels).size !== labels.length)
      throw new ShapeError(`einsum: an axis stands twice in one operand of "${equation}": diagonals are not supported`);
    labels.forEach((label, axis) => {
      const known = lengths.get(label) ?? shape[axis];
      if (known !== shape[axis])
        throw new ShapeError(`einsum: axis ${label} of "${equation}" has the lengths ${known} and ${shape[axis]}`);
      lengths.set(label, known);
    });
  });
  if (new Set(result).size !== result.length)
    throw new ShapeError(`einsum: the result of "${equation}" names an axis twice`);
  const unknown = result.find((label) => !lengths.has(label));
  if (unknown !== undefined)
    throw new ShapeError(`einsum: axis ${unknown} of the result stands in no operand of "${equation}"`);

  const queue: Term[] = terms.map((labels, i) => ({ labels, tensor: tensors[i] }));
  const neededBeside = (count: number): Set<string> =>
    new Set([...result, ...queue.slice(count).flatMap(({ labels }) => labels)]);
  while (queue.length > 1) {
    const keep = neededBeside(2);
    const [a, b] = queue;
    const first = dropUnused(a, new Set([...keep, ...b.labels]));
    const second = dropUnused(b, new Set([...keep, ...a.labels]));
    queue.splice(0, 2, contract(first, second, keep));
  }
  return align(dropUnused(queue[0], new Set(result)), result);
}
