import { PaperDefinitionError } from "./errors.ts";

/** What a measured value has to clear, in the form it has in JSON. Ends belong to the bar. */
export type Bar =
  | { readonly op: ">="; readonly value: number }
  | { readonly op: "<="; readonly value: number }
  | { readonly op: "between"; readonly low: number; readonly high: number }
  | { readonly op: "equals"; readonly value: number; readonly tolerance: number };

/** The measured value is to be `value` or more. */
export function atLeast(value: number): Bar {
  return checkBar({ op: ">=", value });
}

/** The measured value is to be `value` or less. */
export function atMost(value: number): Bar {
  return checkBar({ op: "<=", value });
}

/** low ≤ measured value ≤ high. */
export function between(low: number, high: number): Bar {
  return checkBar({ op: "between", low, high });
}

/** |measured value − value| ≤ tolerance; a tolerance of 0 asks for the very number. */
export function equals(value: number, tolerance = 0): Bar {
  return checkBar({ op: "equals", value, tolerance });
}

/** The values that clear the bar, as a closed interval [low, high] whose ends may be infinite. */
export function barInterval(bar: Bar): readonly [low: number, high: number] {
  switch (bar.op) {
    case ">=":
      return [bar.value, Number.POSITIVE_INFINITY];
    case "<=":
      return [Number.NEGATIVE_INFINITY, bar.value];
    case "between":
      return [bar.low, bar.high];
    case "equals":
      return [bar.value - bar.tolerance, bar.value + bar.tolerance];
  }
}

/** The bar in words for a table: "≥ 0.6", "−2 … 3", "512 ± 0.5". */
export function describeBar(bar: Bar): string {
  switch (bar.op) {
    case ">=":
      return `≥ ${bar.value}`;
    case "<=":
      return `≤ ${bar.value}`;
    case "between":
      return `${bar.low} … ${bar.high}`;
    case "equals":
      return bar.tolerance === 0 ? `= ${bar.value}` : `${bar.value} ± ${bar.tolerance}`;
  }
}

/** @throws PaperDefinitionError for a bar that no value, or only a non-number, could clear */
export function checkBar(bar: Bar): Bar {
  const numbers = Object.entries(bar).filter(([key]) => key !== "op");
  for (const [key, value] of numbers) {
    if (typeof value !== "number" || !Number.isFinite(value)) {
      throw new PaperDefinitionError(`the bar "${bar.op}" needs a finite number as its ${key}, not ${String(value)}`);
    }
  }
  if (bar.op === "between" && bar.low > bar.high) {
    throw new PaperDefinitionError(`between(${bar.low}, ${bar.high}) is empty: the low end comes first`);
  }
  if (bar.op === "equals" && bar.tolerance < 0) {
    throw new PaperDefinitionError(`equals(${bar.value}, ${bar.tolerance}) needs a tolerance of 0 or more`);
  }
  return bar;
}
