import { eachPosition, filled, flatIndex, type Rule, stored } from "./value.ts";

const start: Record<string, number> = {
  sum: 0,
  prod: 1,
  max: Number.NEGATIVE_INFINITY,
  min: Number.POSITIVE_INFINITY,
};
const combine: Record<string, (a: number, b: number) => number> = {
  sum: (a, b) => a + b,
  prod: (a, b) => a * b,
  max: Math.max,
  min: Math.min,
};

const reduction =
  (name: string): Rule =>
  ({ inputs: [x], outputs: [y], attributes: { axes } }) => {
    const kept = x.shape.map((n, axis) => (axes.includes(axis) ? 1 : n));
    const out = filled(kept, start[name]);
    eachPosition(x.shape, (position, flat) => {
      const at = flatIndex(kept, position);
      out[at] = combine[name](out[at], x.data[flat]);
    });
    return [out.map((value) => stored(value, y.dtype))];
  };

/** Calls visit with the flat indices of each line along an axis. */
function eachLine(shape: readonly number[], axis: number, visit: (line: number[]) => void): void {
  const heads = shape.map((n, a) => (a === axis ? 1 : n));
  eachPosition(heads, (position) => {
    visit(
      Array.from({ length: shape[axis] }, (_, i) =>
        flatIndex(
          shape,
          position.map((p, a) => (a === axis ? i : p)),
        ),
      ),
    );
  });
}

export const reduceRules: Record<string, Rule> = {
  ...Object.fromEntries(Object.keys(start).map((name) => [name, reduction(name)])),
  argExtremum: ({ inputs: [x], attributes: { axis, which } }) => {
    const out: number[] = [];
    eachLine(x.shape, axis, (line) => {
      let best = 0;
      line.forEach((at, i) => {
        const [value, known] = [x.data[at], x.data[line[best]]];
        if (which === "ArgMax" ? value > known : value < known) best = i;
      });
      out.push(best);
    });
    return [Float64Array.from(out)];
  },
  cumSum: ({ inputs: [x], attributes: { axis, exclusive, reverse } }) => {
    const out = filled(x.shape);
    eachLine(x.shape, axis, (line) => {
      let total = 0;
      for (const at of reverse ? line.reverse() : line) {
        out[at] = stored(exclusive ? total : total + x.data[at], x.dtype);
        total += x.data[at];
      }
    });
    return [out];
  },
  softmax: ({ inputs: [x], attributes: { axis, log } }) => {
    const out = filled(x.shape);
    eachLine(x.shape, axis, (line) => {
      const top = Math.max(...line.map((at) => x.data[at]));
      const total = line.reduce((sum, at) => sum + Math.exp(x.data[at] - top), 0);
      for (const at of line) {
        const logit = x.data[at] - top - Math.log(total);
        out[at] = log ? logit : Math.exp(logit);
      }
    });
    return [out];
  },
  scaleAndShift: ({ inputs: [x, scale, shift] }) => {
    const inner = x.shape.slice(2).reduce((a, b) => a * b, 1);
    const channelOf = (i: number): number => Math.floor(i / inner) % x.shape[1];
    return [x.data.map((value, i) => scale.data[channelOf(i)] * value + shift.data[channelOf(i)])];
  },
  standardize: ({ inputs: [x], outputs: [, scale], attributes: { epsilon } }) => {
    const [standard, scales] = [filled(x.shape), filled(scale.shape)];
    let row = 0;
    eachLine(x.shape, x.shape.length - 1, (line) => {
      const mean = line.reduce((sum, at) => sum + x.data[at], 0) / line.length;
      const variance = line.reduce((sum, at) => sum + (x.data[at] - mean) ** 2, 0) / line.length;
      scales[row] = 1 / Math.sqrt(variance + epsilon);
      for (const at of line) standard[at] = (x.data[at] - mean) * scales[row];
      row++;
    });
    return [standard, scales];
  },
};
