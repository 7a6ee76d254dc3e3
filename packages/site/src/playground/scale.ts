/** A map from data to pixels. */
export type Scale = (value: number) => number;

export const linearScale =
  ([low, high]: readonly [number, number], [from, to]: readonly [number, number]): Scale =>
  (value) =>
    from + ((to - from) * (value - low)) / (high - low || 1);

export const logScale = ([low, high]: readonly [number, number], range: readonly [number, number]): Scale => {
  const scale = linearScale([Math.log(low), Math.log(high)], range);
  return (value) => scale(Math.log(Math.max(value, low)));
};

/** A path through points. */
export const pathOf = (points: readonly (readonly [number, number])[]): string =>
  points.map(([x, y], i) => `${i === 0 ? "M" : "L"}${x.toFixed(1)} ${y.toFixed(1)}`).join("");
