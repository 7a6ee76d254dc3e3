import { ShapeError } from "../errors.ts";
import { formatShape, normalizeAxes, normalizeAxis } from "../shape.ts";
import type { Tensor } from "../tensor.ts";
import { concat, slice } from "./movement.ts";

/**
 * One or several axes read backwards: along each of them element i of n moves to n − 1 − i.
 *
 * @param axes one axis, or several distinct ones
 * @returns    the shape of x
 */
export function flip(x: Tensor, axes: number | readonly number[]): Tensor {
  if (x.shape.length === 0) return x;
  const turned = normalizeAxes("flip", axes, x.shape.length).filter((axis) => x.shape[axis] > 1);
  return slice(
    x,
    turned.map((axis) => ({ axis, step: -1 })),
  );
}

/**
 * Axes turned by some places: element i moves to i + shift, and those pushed out come in at the other end.
 *
 * @param shift places, one number for all axes or one for each
 * @param axes  one axis or several; an axis named twice turns by the sum of its shifts
 * @returns     the shape of x
 * @throws ShapeError if there is not a whole shift for each axis
 */
export function roll(x: Tensor, shift: number | readonly number[], axes: number | readonly number[]): Tensor {
  const list = typeof axes === "number" ? [axes] : axes;
  const shifts = typeof shift === "number" ? list.map(() => shift) : shift;
  if (shifts.length !== list.length || !shifts.every(Number.isInteger))
    throw new ShapeError(
      `roll: shifts ${formatShape(shifts)} for the axes ${formatShape(list)}; each axis takes a whole number`,
    );
  return list.reduce((t, axis, i) => {
    const n = t.shape[normalizeAxis("roll", axis, t.shape.length)];
    const cut = n === 0 ? 0 : ((-shifts[i] % n) + n) % n;
    return cut === 0 ? t : concat([slice(t, [{ axis, start: cut }]), slice(t, [{ axis, start: 0, end: cut }])], axis);
  }, x);
}
