import type { ConvGeometry } from "../../src/ops/conv-geometry.ts";
import { type Shape, sizeOf } from "../../src/shape.ts";
import { byPosition, eachPosition, filled, flatIndex, type Rule, stored } from "./value.ts";

/** All triples of a convolution: x[…] · w[…] is a term of y[…], by flat indices. */
export function eachProduct(
  [batch, channels, ...lengths]: Shape,
  [out, perGroup, ...kernel]: Shape,
  spatial: Shape,
  { stride, before, dilation, groups }: ConvGeometry,
  visit: (x: number, w: number, y: number) => void,
): void {
  const perOut = out / groups;
  eachPosition([batch, out, ...spatial], ([n, o, ...place], y) => {
    const group = Math.floor(o / perOut);
    eachPosition([perGroup, ...kernel], ([c, ...offset], inner) => {
      const source = offset.map((k, i) => place[i] * stride[i] - before[i] + k * dilation[i]);
      if (source.some((s, i) => s < 0 || s >= lengths[i])) return;
      const x = flatIndex([batch, channels, ...lengths], [n, group * perGroup + c, ...source]);
      visit(x, o * perGroup * sizeOf(kernel) + inner, y);
    });
  });
}

/** The window of every pooled position: its flat inputs, padding left out. */
function eachWindow(
  xShape: Shape,
  yShape: Shape,
  { kernel, stride, before }: ConvGeometry & { kernel: Shape },
  visit: (window: number[], y: number) => void,
): void {
  eachPosition(yShape, ([n, c, ...place], y) => {
    const window: number[] = [];
    eachPosition(kernel, (offset) => {
      const source = offset.map((k, i) => place[i] * stride[i] - before[i] + k);
      if (source.every((s, i) => s >= 0 && s < xShape[i + 2])) window.push(flatIndex(xShape, [n, c, ...source]));
    });
    visit(window, y);
  });
}

export const contractionRules: Record<string, Rule> = {
  matmul: ({ inputs: [a, b], outputs: [y], attributes: { transposeA, transposeB } }) => {
    const inner = a.shape[a.shape.length - (transposeA ? 2 : 1)];
    return [
      byPosition(y, (position) => {
        const batch = position.slice(0, -2);
        const [i, j] = position.slice(-2);
        let sum = 0;
        for (let k = 0; k < inner; k++) {
          const left = a.data[broadcastIndex(a.shape, batch, transposeA ? [k, i] : [i, k])];
          const right = b.data[broadcastIndex(b.shape, batch, transposeB ? [j, k] : [k, j])];
          sum += left * right;
        }
        return stored(sum, y.dtype);
      }),
    ];
  },
  ellProduct: ({ inputs: [x, columns, weights], outputs: [y] }) => {
    const [degree, rows] = columns.shape;
    return [
      byPosition(y, ([row, ...rest]) => {
        let sum = 0;
        for (let k = 0; k < degree; k++) {
          const value = Number(x.data[flatIndex(x.shape, [Number(columns.data[k * rows + row]), ...rest])]);
          const at = weights?.shape.map((length, axis) => (length === 1 ? 0 : [k, row, ...rest][axis]));
          const weight = weights && at ? Number(weights.data[flatIndex(weights.shape, at)]) : 1;
          sum += weight * value;
        }
        return stored(sum, y.dtype);
      }),
    ];
  },
  conv: ({ inputs: [x, w], outputs: [y], attributes }) => {
    const out = filled(y.shape);
    eachProduct(x.shape, w.shape, y.shape.slice(2), attributes, (i, j, k) => {
      out[k] += x.data[i] * w.data[j];
    });
    return [out];
  },
  convInputGradient: ({ inputs: [g, w], outputs: [x], attributes }) => {
    const out = filled(x.shape);
    eachProduct(x.shape, w.shape, g.shape.slice(2), attributes, (i, j, k) => {
      out[i] += g.data[k] * w.data[j];
    });
    return [out];
  },
  convWeightGradient: ({ inputs: [x, g], outputs: [w], attributes }) => {
    const out = filled(w.shape);
    eachProduct(x.shape, w.shape, g.shape.slice(2), attributes, (i, j, k) => {
      out[j] += g.data[k] * x.data[i];
    });
    return [out];
  },
  maxPool: ({ inputs: [x], outputs: [y], attributes }) => {
    const out = filled(y.shape);
    eachWindow(x.shape, y.shape, attributes, (window, at) => {
      out[at] = Math.max(...window.map((i) => x.data[i]));
    });
    return [out];
  },
  avgPool: ({ inputs: [x], outputs: [y], attributes }) => {
    const out = filled(y.shape);
    eachWindow(x.shape, y.shape, attributes, (window, at) => {
      out[at] = window.reduce((sum, i) => sum + x.data[i], 0) / sizeOf(attributes.kernel);
    });
    return [out];
  },
};

/** Batch axes broadcast, the matrix axes do not (a length of 1 there is a real axis). */
function broadcastIndex(shape: Shape, batch: readonly number[], [row, column]: readonly number[]): number {
  const lead = shape.slice(0, -2);
  const [rows, columns] = shape.slice(-2);
  const outer = flatIndex(lead, lead.length === 0 ? [] : batch);
  return (outer * rows + row) * columns + column;
}
