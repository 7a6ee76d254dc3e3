/** Registers of a vector unit that a product may fill: sums, weights and one value of h. */
const registers = 16;
const mostRows = 8;
const mostVectors = 4;

export interface ProductTile {
  gates: number;
  rows: number;
  vectors: number;
}

/** All tiles whose sums, weights and value of h fit into the registers: gates·rows·vectors + vectors + 1. */
export const productTiles: readonly ProductTile[] = [1, 3, 4].flatMap((gates) =>
  range(mostRows).flatMap((rows) =>
    range(mostVectors).flatMap((vectors) =>
      gates * rows * vectors + vectors + 1 <= registers ? [{ gates, rows, vectors }] : [],
    ),
  ),
);

function range(most: number): number[] {
  return Array.from({ length: most }, (_, i) => i + 1);
}

const nameOf = ({ gates, rows, vectors }: ProductTile): string => `product${gates}x${rows}x${vectors}`;

const parameters =
  "weights: usize, h: usize, hRow: usize, depth: i32, out: usize, outRow: usize, outGate: usize, tiles: i32, add: bool, skipped: usize";

/** Chains of sums that do not wait for one another: a multiply-add takes four cycles and two begin in each. */
const chainsOf = ({ gates, rows, vectors }: ProductTile): number =>
  [4, 2, 1].find((chains) => chains * gates * rows * vectors <= 12) ?? 1;

/** One tile's function: for each tile of units, out[row][gate][lane] (+)= Σ_k weights[k][gate][lane] h[row][k], all sums in registers. */
function functionOf(tile: ProductTile): string {
  const { gates, rows, vectors } = tile;
  const chains = chainsOf(tile);
  const each = <T>(make: (gate: number, row: number, vector: number) => T): T[] =>
    range(gates).flatMap((gate) =>
      range(rows).flatMap((row) => range(vectors).map((vector) => make(gate - 1, row - 1, vector - 1))),
    );
  const sum = (gate: number, row: number, vector: number, chain = 0): string => `s${gate}_${row}_${vector}_${chain}`;
  const place = (gate: number, row: number, vector: number): string =>
    `out + ${row} * outRow + ${gate} * outGate + ${16 * vector}`;
  const step = (k: number): string[] => {
    const chain = k % chains;
    return [
      ...range(rows).map((row) => `const h${row - 1}_${k} = v128.load32_splat(h + ${row - 1} * hRow, ${4 * k});`),
      ...range(gates * vectors).flatMap((place) => {
        const [gate, vector] = [Math.floor((place - 1) / vectors), (place - 1) % vectors];
        const weight = `w${gate}_${vector}_${k}`;
        return [
          `const ${weight} = v128.load(weights, ${16 * (k * gates * vectors + place - 1)});`,
          ...range(rows).map(
            (row) =>
              `${sum(gate, row - 1, vector, chain)} = multiplyAdd(${weight}, h${row - 1}_${k}, ${sum(gate, row - 1, vector, chain)});`,
          ),
        ];
      }),
    ];
  };
  const loop = (unrolled: number): string[] => [
    `for (; k >= ${unrolled}; k -= ${unrolled}) {`,
    ...range(unrolled).flatMap((k) => step(k - 1)),
    `weights += ${16 * unrolled * gates * vectors}; h += ${4 * unrolled};`,
    "}",
  ];
  const lines = [
    ...each(
      (gate, row, vector) =>
        `let ${sum(gate, row, vector)} = add ? v128.load(${place(gate, row, vector)}) : f32x4.splat(0);`,
    ),
    ...range(chains - 1).flatMap((chain) =>
      each((gate, row, vector) => `let ${sum(gate, row, vector, chain)} = f32x4.splat(0);`),
    ),
    "let k = depth;",
    ...loop(chains),
    ...(chains > 1 ? loop(1) : []),
    ...range(chains - 1)
      .reverse()
      .flatMap((chain) =>
        each(
          (gate, row, vector) =>
            `${sum(gate, row, vector)} = f32x4.add(${sum(gate, row, vector)}, ${sum(gate, row, vector, chain)});`,
        ),
      ),
    ...each((gate, row, vector) => `v128.store(${place(gate, row, vector)}, ${sum(gate, row, vector)});`),
    `weights += skipped; h -= <usize>depth * 4; out += ${16 * vectors};`,
  ];
  return `function ${nameOf(tile)}(${parameters}): void {
  for (let tile = 0; tile < tiles; tile++) {
    ${lines.join("\n    ")}
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
