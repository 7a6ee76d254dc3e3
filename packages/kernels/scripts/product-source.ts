/** Registers of a vector unit that a product may fill: sums, weights and one value of h. */
const registers = 16;
const [mostRows, mostVectors] = [8, 4];

export interface ProductTile {
  gates: number;
  rows: number;
  vectors: number;
}

/** 0 … count − 1 */
const indices = (count: number): number[] => Array.from({ length: count }, (_, i) => i);

/** All tiles whose sums, weights and value of h fit into the registers: gates·rows·vectors + vectors + 1. */
export const productTiles: readonly ProductTile[] = [1, 3, 4].flatMap((gates) =>
  indices(mostRows).flatMap((row) =>
    indices(mostVectors)
      .map((vector) => ({ gates, rows: row + 1, vectors: vector + 1 }))
      .filter(({ rows, vectors }) => gates * rows * vectors + vectors + 1 <= registers),
  ),
);

const nameOf = ({ gates, rows, vectors }: ProductTile): string => `product${gates}x${rows}x${vectors}`;

const parameters =
  "weights: usize, h: usize, hRow: usize, depth: i32, out: usize, outRow: usize, outGate: usize, panel: usize, tiles: i32, rowTiles: i32, add: bool";

/**
 * Chains of sums that do not wait for one another: a multiply-add takes four cycles, and two begin in each. The loop over k is
 * unrolled as often as there are chains and no further: four times made V8's code half as slow again.
 */
const chainsOf = ({ gates, rows, vectors }: ProductTile): number =>
  [4, 2, 1].find((chains) => chains * gates * rows * vectors <= 12) ?? 1;

/**
 * One tile's function: for each of `tiles` tiles of units and each of `rowTiles` tiles of rows, with all sums in registers,
 * out[row][gate][lane] (+)= Σ_k weights[k][gate][lane] h[row][k]. All rows use a panel of weights before the next one, which lies
 * `panel` bytes behind it.
 */
function functionOf(tile: ProductTile): string {
  const { gates, rows, vectors } = tile;
  const chains = chainsOf(tile);
  const sum = (gate: number, row: number, vector: number, chain = 0): string => `s${gate}_${row}_${vector}_${chain}`;
  const place = (gate: number, row: number, vector: number): string =>
    `to + ${row} * outRow + ${gate} * outGate + ${16 * vector}`;
  const each = (line: (gate: number, row: number, vector: number) => string): string[] =>
    indices(gates).flatMap((gate) =>
      indices(rows).flatMap((row) => indices(vectors).map((vector) => line(gate, row, vector))),
    );
  /** What one k adds: a value of h for each row, and each vector of weights times it. */
  const step = (k: number): string[] => [
    ...indices(rows).map((row) => `const h${row}_${k} = v128.load32_splat(x + ${row} * hRow, ${4 * k});`),
    ...indices(gates).flatMap((gate) =>
      indices(vectors).flatMap((vector) => {
        const weight = `w${gate}_${vector}_${k}`;
        const offset = 16 * (k * gates * vectors + gate * vectors + vector);
        return [
          `const ${weight} = v128.load(w, ${offset});`,
          ...indices(rows).map((row) => {
            const target = sum(gate, row, vector, k % chains);
            return `${target} = multiplyAdd(${weight}, h${row}_${k}, ${target});`;
          }),
        ];
      }),
    ),
  ];
  const loop = (unrolled: number): string[] => [
    `for (; k >= ${unrolled}; k -= ${unrolled}) {`,
    ...indices(unrolled).flatMap(step),
    `w += ${16 * unrolled * gates * vectors}; x += ${4 * unrolled};`,
    "}",
  ];
  const otherChains = indices(chains).slice(1);
  const lines = [
    `const row = <usize>(rowTile * ${rows});`,
    "const to = out + row * outRow;",
    ...each((...at) => `let ${sum(...at)} = add ? v128.load(${place(...at)}) : f32x4.splat(0);`),
    ...otherChains.flatMap((chain) => each((...at) => `let ${sum(...at, chain)} = f32x4.splat(0);`)),
    "let w = weights;",
    "let x = h + row * hRow;",
    "let k = depth;",
    ...loop(chains),
    ...(chains > 1 ? loop(1) : []),
    ...otherChains
      .toReversed()
      .flatMap((chain) => each((...at) => `${sum(...at)} = f32x4.add(${sum(...at)}, ${sum(...at, chain)});`)),
    ...each((...at) => `v128.store(${place(...at)}, ${sum(...at)});`),
  ];
  return `function ${nameOf(tile)}(${parameters}): void {
  for (let tile = 0; tile < tiles; tile++) {
    for (let rowTile = 0; rowTile < rowTiles; rowTile++) {
      ${lines.join("\n      ")}
    }
    weights += panel;
    out += ${16 * vectors};
  }
}`;
}

/** AssemblyScript of the products of all tiles, of `productFor`, which finds the one for a tile, and of `product`, which calls it. */
export function productSource(): string {
  const names = parameters.replace(/: \w+/g, "");
  const cases = productTiles.map(
    (tile) =>
      `if (gates == ${tile.gates} && rows == ${tile.rows} && vectors == ${tile.vectors}) return ${nameOf(tile)}.index;`,
  );
  return `import { multiplyAdd } from "./arithmetic";

${productTiles.map(functionOf).join("\n\n")}

export function productFor(gates: i32, rows: i32, vectors: i32): i32 {
  ${cases.join("\n  ")}
  return 0;
}

// @ts-ignore: decorator
@inline
export function product(kernel: i32, ${parameters}): void {
  call_indirect(kernel, ${names});
}
`;
}
