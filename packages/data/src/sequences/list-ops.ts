import { checkInteger } from "../domain.ts";
import { DomainError } from "../errors.ts";
import { Random } from "../random.ts";

/** What a list is done to: its least, its greatest, its median (rounded down), its sum modulo 10. */
const operators: Record<string, (values: readonly number[]) => number> = {
  "[MIN": (values) => Math.min(...values),
  "[MAX": (values) => Math.max(...values),
  "[MED": (values) => median(values),
  "[SM": (values) => values.reduce((a, b) => a + b, 0) % 10,
};
const operatorNames = Object.keys(operators);

function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle] : Math.floor((sorted[middle - 1] + sorted[middle]) / 2);
}

/** The symbols of ListOps by their token: 0 is the padding, 1 … 10 the digits 0 … 9, then the operators and the end of a list. */
export const listOpsSymbols: readonly string[] = ["", ..."0123456789", ...operatorNames, "]"];

/**
 * The value of an expression, read from left to right with a stack of open lists.
 * @param expression symbols with spaces between; an end may follow its list at once, as in `[MAX 2 9 [MIN 4 7] 0]`
 * @throws DomainError for symbols that make no expression
 */
export function listOpsValue(expression: string): number {
  const wrong = (what: string): never => {
    throw new DomainError("expression", expression, what);
  };
  const open: { operator: string; values: number[] }[] = [];
  let result: number | undefined;
  for (const symbol of expression.replaceAll("]", " ] ").trim().split(/\s+/)) {
    if (result !== undefined) wrong(`nothing behind its end, not "${symbol}"`);
    if (symbol in operators) {
      open.push({ operator: symbol, values: [] });
      continue;
    }
    const list = open.at(-1);
    if (!list) return wrong("an operator at its start");
    if (/^[0-9]$/.test(symbol)) {
      list.values.push(Number(symbol));
      continue;
    }
    if (symbol !== "]") wrong(`digits, "]" and ${operatorNames.join(", ")}, not "${symbol}"`);
    if (list.values.length === 0) wrong("at least one value in each list");
    const value = operators[list.operator](list.values);
    open.pop();
    const outer = open.at(-1);
    if (outer) outer.values.push(value);
    else result = value;
  }
  return result ?? wrong("an end of each list");
}

export interface ListOpsOptions {
  readonly sequences: number;
  /** Symbols of the longest expression, its ends included. */
  readonly maxLength: number;
  /** Symbols of the shortest one. */
  readonly minLength?: number;
  /** Lists inside each other. */
  readonly depth: number;
  /** Values of the longest list. */
  readonly maxArguments?: number;
  readonly seed: number;
}

export interface ListOpsTask {
  /** `listOpsSymbols`, padded with 0 behind the end: [sequences, maxLength] */
  readonly tokens: { readonly data: Int32Array; readonly shape: readonly [number, number] };
  /** 0 … 9 [sequences] */
  readonly labels: { readonly data: Int32Array; readonly shape: readonly [number] };
  readonly vocabulary: number;
}

/**
 * Expressions over nested lists of digits, whose value is to be found (ListOps; Nangia and Bowman, 2018; in the Long Range Arena).
 * A place in a list is another list with probability ¼ as long as the depth allows.
 *
 * @throws DomainError for numbers out of range
 */
export function listOps(options: ListOpsOptions): ListOpsTask {
  const { sequences, maxLength, minLength = 4, depth, maxArguments = 5, seed } = options;
  checkInteger("sequences", sequences, 1);
  checkInteger("minLength", minLength, 4);
  checkInteger("maxLength", maxLength, minLength);
  checkInteger("depth", depth, 1);
  checkInteger("maxArguments", maxArguments, 2);
  const longest = (maxArguments + 2) * maxArguments ** (depth - 1);
  if (minLength > longest)
    throw new DomainError("minLength", minLength, `at most the ${longest} symbols of such lists`);
  const random = new Random(seed);
  const tokens = new Int32Array(sequences * maxLength);
  const labels = new Int32Array(sequences);
  for (let s = 0; s < sequences; s++) {
    let symbols: string[];
    do {
      symbols = drawList(random, depth, maxArguments);
    } while (symbols.length < minLength || symbols.length > maxLength);
    symbols.forEach((symbol, place) => {
      tokens[s * maxLength + place] = listOpsSymbols.indexOf(symbol);
    });
    labels[s] = listOpsValue(symbols.join(" "));
  }
  return {
    tokens: { data: tokens, shape: [sequences, maxLength] },
    labels: { data: labels, shape: [sequences] },
    vocabulary: listOpsSymbols.length,
  };
}

function drawList(random: Random, depth: number, maxArguments: number): string[] {
  const count = 2 + random.integer(maxArguments - 1);
  const places = Array.from({ length: count }, () =>
    depth > 1 && random.integer(4) === 0 ? drawList(random, depth - 1, maxArguments) : [String(random.integer(10))],
  );
  return [operatorNames[random.integer(operatorNames.length)], ...places.flat(), "]"];
}
