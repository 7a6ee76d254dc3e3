import { ShapeError } from "../errors.ts";
import { formatShape } from "../shape.ts";
import type { Tensor } from "../tensor.ts";
import { permute, reshape } from "./movement.ts";

/** One axis of a pattern: the names joined in it (several in parentheses, none for a literal 1). */
type Group = string[];

function parseSide(pattern: string, side: string): Group[] {
  const groups: Group[] = [];
  let open: Group | undefined;
  for (const token of side.match(/[()]|[^\s()]+/g) ?? []) {
    if (token === "(") {
      if (open) throw new ShapeError(`rearrange: nested parentheses in "${pattern}"`);
      open = [];
    } else if (token === ")") {
      if (!open) throw new ShapeError(`rearrange: a ) without ( in "${pattern}"`);
      groups.push(open);
      open = undefined;
    } else if (!/^(1|[A-Za-z_]\w*)$/.test(token)) {
      throw new ShapeError(`rearrange: "${token}" in "${pattern}" is neither a name nor 1`);
    } else if (open) {
      if (token !== "1") open.push(token);
    } else {
      groups.push(token === "1" ? [] : [token]);
    }
  }
  if (open) throw new ShapeError(`rearrange: a ( without ) in "${pattern}"`);
  return groups;
}

/**
 * Axes split, moved and joined by name (the notation of einops): `rearrange(x, "b (h p) c -> b h p c", { p: 4 })`.
 *
 * @param sizes lengths of the names that a split leaves open
 * @throws ShapeError if the pattern does not fit the shape, or the two sides name different axes
 */
export function rearrange(x: Tensor, pattern: string, sizes: Record<string, number> = {}): Tensor {
  const sides = pattern.split("->");
  if (sides.length !== 2) throw new ShapeError(`rearrange: "${pattern}" needs one ->`);
  const [from, to] = sides.map((side) => parseSide(pattern, side));
  const [names, wanted] = [from.flat(), to.flat()];
  if (new Set(names).size !== names.length || [...names].sort().join() !== [...wanted].sort().join()) {
    throw new ShapeError(`rearrange: both sides of "${pattern}" must name the same axes, each once`);
  }
  if (from.length !== x.shape.length)
    throw new ShapeError(
      `rearrange: "${pattern}" has ${from.length} axes on the left, the tensor's shape is ${formatShape(x.shape)}`,
    );

  const lengths = new Map<string, number>(Object.entries(sizes));
  from.forEach((group, axis) => {
    const n = x.shape[axis];
    const open = group.filter((name) => !lengths.has(name));
    const known = group.reduce((product, name) => product * (lengths.get(name) ?? 1), 1);
    if (open.length > 1)
      throw new ShapeError(
        `rearrange: the lengths of ${open.join(" and ")} in "${pattern}" are open; give all but one`,
      );
    if (open.length === 1 && known > 0 && n % known === 0) lengths.set(open[0], n / known);
    else if (open.length === 1 || known !== n) {
      throw new ShapeError(
        `rearrange: axis ${axis} of ${formatShape(x.shape)} has length ${n}, which (${group.join(" ")}) of "${pattern}" with ${JSON.stringify(sizes)} does not make`,
      );
    }
  });
  const length = (name: string): number => lengths.get(name) as number;
  const split = reshape(x, names.map(length));
  const moved = permute(
    split,
    wanted.map((name) => names.indexOf(name)),
  );
  return reshape(
    moved,
    to.map((group) => group.reduce((n, name) => n * length(name), 1)),
  );
}
