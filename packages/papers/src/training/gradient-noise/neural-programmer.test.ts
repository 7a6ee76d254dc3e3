import { Adam, huber, namedParameters, parameters } from "@paperworks/nn";
import {
  add,
  DomainError,
  fromArray,
  Generator,
  grad,
  jit,
  ShapeError,
  sum,
  type Tensor,
  zeros,
} from "@paperworks/tensor";
import { describe, expect, it } from "vitest";
import { NeuralProgrammer, runTableProgram, type TableOperation, tableOperations } from "./neural-programmer.ts";

const floats = (values: readonly number[], shape: readonly number[]): Tensor =>
  fromArray(Float32Array.from(values), shape);
/** Columns: age, height, score. */
const cells = [
  [30, 170, 5],
  [20, 180, 7],
  [40, 160, 9],
];
const table = floats(cells.flat(), [1, 3, 3]);
const oneHot = (choices: readonly number[], count: number): Tensor =>
  floats(
    choices.flatMap((choice) => Array.from({ length: count }, (_, i) => (i === choice ? 1 : 0))),
    [1, choices.length, count],
  );

async function answer(program: readonly [TableOperation, number][], pivots: { above?: number; below?: number } = {}) {
  const { scalar, lookup } = runTableProgram({
    operations: oneHot(
      program.map(([operation]) => tableOperations.indexOf(operation)),
      tableOperations.length,
    ),
    columns: oneHot(
      program.map(([, column]) => column),
      3,
    ),
    table,
    pivots: { greater: floats([pivots.above ?? 0], [1]), lesser: floats([pivots.below ?? 0], [1]) },
  });
  const selected = ((await lookup.toArray()) as number[][][])[0];
  return { scalar: await scalar.item(), lookup: selected };
}

describe("a table program with one operation a step", () => {
  it("sums a column and counts the rows", async () => {
    expect((await answer([["sum", 0]])).scalar).toBe(90);
    expect((await answer([["count", 0]])).scalar).toBe(3);
  });

  it("sums and counts the rows above or below a pivot", async () => {
    const above = [["greater", 0]] as [TableOperation, number][];
    expect((await answer([...above, ["sum", 2]], { above: 25 })).scalar).toBe(14);
    expect((await answer([...above, ["count", 2]], { above: 30 })).scalar).toBe(1);
    expect(
      (
        await answer(
          [
            ["lesser", 1],
            ["sum", 0],
          ],
          { below: 175 },
        )
      ).scalar,
    ).toBe(70);
  });

  it("joins the last two selections by and, or", async () => {
    const both: [TableOperation, number][] = [
      ["greater", 0],
      ["lesser", 1],
    ];
    // Ages above 25: rows 0, 2. Heights below 165: row 2. Heights below 185: all.
    expect((await answer([...both, ["and", 0], ["count", 0]], { above: 25, below: 165 })).scalar).toBe(1);
    expect((await answer([...both, ["and", 0], ["sum", 2]], { above: 25, below: 165 })).scalar).toBe(9);
    expect((await answer([...both, ["or", 0], ["count", 0]], { above: 25, below: 165 })).scalar).toBe(2);
  });

  it("subtracts the scalar of the step before from that of three steps before", async () => {
    const program: [TableOperation, number][] = [
      ["count", 0],
      ["greater", 0],
      ["count", 0],
      ["difference", 0],
    ];
    expect((await answer(program, { above: 35 })).scalar).toBe(3 - 1);
  });

  it("selects all rows again after reset", async () => {
    expect(
      (
        await answer(
          [
            ["greater", 0],
            ["reset", 0],
            ["count", 0],
          ],
          { above: 35 },
        )
      ).scalar,
    ).toBe(3);
  });

  it("assigns the selected rows of a column as the answer, and only in the last step", async () => {
    const select: [TableOperation, number][] = [
      ["greater", 0],
      ["assign", 1],
    ];
    expect((await answer(select, { above: 25 })).lookup).toEqual([
      [0, 1, 0],
      [0, 0, 0],
      [0, 1, 0],
    ]);
    expect((await answer([...select, ["count", 0]], { above: 25 })).lookup.flat()).toEqual(Array(9).fill(0));
  });

  it("approaches the exact comparison as it gets sharp", async () => {
    const program = (sharpness?: number): Promise<number> =>
      runTableProgram({
        operations: oneHot([3, 1], 9),
        columns: oneHot([0, 0], 3),
        table,
        pivots: { greater: floats([25], [1]), lesser: zeros([1]) },
        sharpness,
      }).scalar.item();
    expect(await program(10)).toBeCloseTo(await program(), 5);
    expect(await program(0.05)).not.toBeCloseTo(await program(), 1);
  });

  it("refuses parts that do not fit, with both shapes", () => {
    const parts = { operations: oneHot([0], 9), columns: oneHot([0], 3), table };
    const pivots = { greater: zeros([1]), lesser: zeros([1]) };
    expect(() => runTableProgram({ ...parts, pivots, columns: oneHot([0], 2) })).toThrow(ShapeError);
    expect(() => runTableProgram({ ...parts, pivots, operations: oneHot([0], 8) })).toThrow("[1, 1, 9]");
    expect(() => runTableProgram({ ...parts, pivots: { ...pivots, lesser: zeros([2]) } })).toThrow(ShapeError);
    expect(() => runTableProgram({ ...parts, pivots, table: zeros([3, 3]) })).toThrow(ShapeError);
  });
});

describe("the Neural Programmer", () => {
  const make = (): NeuralProgrammer =>
    new NeuralProgrammer({ vocab: 6, columns: 3, dim: 8, sharpness: 1, generator: new Generator(2) });
  // Scaled, so that soft selections do not drown in large sums.
  const tables = floats(
    [...cells.flat(), ...cells.flat().reverse()].map((value) => value / 100),
    [2, 3, 3],
  );
  const input = {
    question: fromArray(Int32Array.of(0, 1, 2, 3, 4, 5), [2, 3], "int32"),
    table: tables,
    pivots: floats([0.3, 0.1, 0.2, 0], [2, 2]),
    pivotPositions: fromArray(Int32Array.of(1, 2, 1, -1), [2, 2], "int32"),
  };

  it("gives weights over operations and columns that sum to 1", async () => {
    const { scalar, lookup, operations, columns } = make().forward(input);
    expect([scalar, lookup, operations, columns].map(({ shape }) => shape)).toEqual([
      [2],
      [2, 3, 3],
      [2, 4, 9],
      [2, 4, 3],
    ]);
    for (const weights of [operations, columns])
      for (const total of await sum(weights, -1).data()) expect(Number(total)).toBeCloseTo(1, 5);
  });

  it("does not read a number that is not there", async () => {
    const other = { ...input, pivots: floats([0.3, 0.1, 0.2, 77], [2, 2]) };
    expect(await make().forward(other).scalar.toArray()).toEqual(await make().forward(input).scalar.toArray());
    const named = { ...input, pivots: floats([0.3, 0.1, 0.9, 0], [2, 2]) };
    expect(await make().forward(named).scalar.toArray()).not.toEqual(await make().forward(input).scalar.toArray());
  });

  it("has a gradient in every parameter", async () => {
    const model = make();
    const named = [...namedParameters(model)];
    const gradients = await jit(() => {
      const { scalar, lookup } = model.forward(input);
      return grad<Tensor[]>(
        add(sum(scalar), sum(lookup)),
        named.map(([, parameter]) => parameter),
      );
    })();
    for (const [i, [name]] of named.entries()) {
      const sizes = Array.from(await gradients[i].data(), Number).map(Math.abs);
      expect(Math.max(...sizes), name).toBeGreaterThan(0);
    }
  });

  it("comes closer to a sum in forty steps", async () => {
    const model = make();
    const optimizer = new Adam(parameters(model), { lr: 0.02 });
    const target = floats([0.9, 1.75], [2]);
    const step = jit(() => {
      const loss = huber(model.forward(input).scalar, target);
      optimizer.minimize(loss);
      return { loss };
    });
    const first = await (await step()).loss.item();
    for (let t = 0; t < 38; t++) await step();
    expect(await (await step()).loss.item()).toBeLessThan(0.5 * first);
  });

  it("refuses inputs that do not fit the model", () => {
    const model = make();
    expect(() => model.forward({ ...input, table: zeros([2, 3, 4]) })).toThrow("the table is [2, rows, 3]");
    expect(() => model.forward({ ...input, question: zeros([2, 3]) })).toThrow(ShapeError);
    expect(() => model.forward({ ...input, pivots: zeros([1, 2]) })).toThrow(ShapeError);
    expect(() => model.forward({ ...input, pivotPositions: zeros([2, 1], "int32") })).toThrow(ShapeError);
    expect(() => new NeuralProgrammer({ vocab: 6, columns: 0 })).toThrow(DomainError);
    expect(() => new NeuralProgrammer({ vocab: 6, columns: 2, sharpness: 0 })).toThrow(DomainError);
  });
});
