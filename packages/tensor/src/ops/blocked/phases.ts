import type { Emitter } from "../../onnx/emitter.ts";
import type { Spec } from "../../primitive.ts";
import { type Shape, sizeOf } from "../../shape.ts";
import { type ConvGeometry, onnxGeometry } from "../conv-geometry.ts";
import { convDomain, fromBlocks, toBlocks } from "./order.ts";
import { blockedTurnedWeights } from "./weights.ts";

/**
 * The kernel positions that reach the inputs j = stride·q + phase of one axis, and where they find them:
 *
 *   dx[stride·q + phase] = Σ_t w[first + stride·t] · g[q + ahead − t],   t = 0 … taps − 1
 */
interface Phase {
  first: number;
  taps: number;
  before: number;
  after: number;
}

function phasesOf(length: number, positions: number, kernel: number, stride: number, before: number): Phase[] {
  return Array.from({ length: stride }, (_, phase) => {
    const first = (phase + before) % stride;
    const ahead = Math.floor((phase + before) / stride);
    const taps = Math.max(0, Math.ceil((kernel - first) / stride));
    return { first, taps, before: taps - 1 - ahead, after: length / stride - positions + ahead };
  });
}

/** The phases of both axes, or undefined where this form does not serve. */
function planOf(
  { block }: Emitter,
  g: Spec,
  weight: Spec,
  { stride, before, dilation, groups }: ConvGeometry,
  [, channels, ...lengths]: Shape,
): Phase[][] | undefined {
  const [out, perGroup, ...kernel] = weight.shape;
  if (block === 0 || g.dtype !== "float32" || g.shape.length !== 4 || sizeOf(g.shape) === 0) return undefined;
  if (out % block !== 0 || channels % block !== 0 || dilation.some((d) => d !== 1)) return undefined;
  const whole = perGroup % block === 0 && (out / groups) % block === 0;
  if (groups !== 1 && !whole && !(perGroup === 1 && out === groups)) return undefined;
  if (lengths.some((n, i) => n % stride[i] !== 0)) return undefined;
  const plan = lengths.map((n, i) => phasesOf(n, g.shape[i + 2], kernel[i], stride[i], before[i]));
  const fits = plan.flat().every((phase) => phase.taps === 0 || (phase.before >= 0 && phase.after >= 0));
  return fits ? plan : undefined;
}

/**
 * The input gradient of a strided convolution, each phase of the stride by itself: its inputs are a plain convolution of g
 * with the kernel positions that reach them, and the phases are laid side by side. The transposed operator of the runtime
 * multiplies into a matrix of all windows and takes twice as long.
 *
 * @param g       name of [batch, out, ...positions]
 * @param weight  name of [out, channels/groups, ...kernel]
 * @returns       undefined where this form does not serve
 */
export function lowerBlockedPhases(
  emit: Emitter,
  [g, weight]: readonly [string, string],
  [gSpec, weightSpec]: readonly [Spec, Spec],
  geometry: ConvGeometry,
  inputShape: Shape,
): string | undefined {
  const plan = planOf(emit, gSpec, weightSpec, geometry, inputShape);
  if (!plan) return undefined;
  const [batch, channels, ...lengths] = inputShape;
  const { stride, groups } = geometry;
  const [rows, columns] = lengths.map((n, i) => n / stride[i]);
  const part = [(batch * channels) / emit.block, rows, 1, columns, 1, emit.block];
  const blocked = toBlocks(emit, g, gSpec.shape);
  const parts = plan[0].map((vertical) =>
    plan[1].map((horizontal) => {
      const taps = [vertical.taps, horizontal.taps];
      if (taps.includes(0)) return emit.full(part, 0, gSpec.dtype);
      const positions = backwards([vertical, horizontal], stride, weightSpec.shape[3]);
      const weights = blockedTurnedWeights(emit, weight, weightSpec.shape, groups, positions, taps);
      const phase = {
        stride: [1, 1],
        before: [vertical.before, horizontal.before],
        after: [vertical.after, horizontal.after],
        dilation: [1, 1],
        groups,
      };
      const y = emit.one("Conv", [blocked, weights], onnxGeometry(phase, taps), convDomain);
      return emit.reshape(y, part);
    }),
  );
  const lines = parts.map((line) => emit.one("Concat", line, { axis: { int: 4 } }));
  const all = emit.reshape(emit.one("Concat", lines, { axis: { int: 2 } }), inputShape);
  return fromBlocks(emit, all, inputShape);
}

/** The kernel positions of a phase, row-major in a kernel of this width, the last one first. */
function backwards([vertical, horizontal]: readonly Phase[], stride: readonly number[], width: number): number[] {
  const along = ({ first, taps }: Phase, axis: number): number[] =>
    Array.from({ length: taps }, (_, t) => first + stride[axis] * (taps - 1 - t));
  return along(vertical, 0).flatMap((row) => along(horizontal, 1).map((column) => row * width + column));
}
