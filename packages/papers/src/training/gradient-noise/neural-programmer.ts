import { Embedding, init, initialParameter, Linear, Module, Rnn } from "@paperworks/nn";
import {
  add,
  cast,
  concat,
  DomainError,
  einsum,
  formatShape,
  type Generator,
  greater,
  isInteger,
  less,
  matmul,
  maximum,
  minimum,
  mul,
  oneHot,
  ones,
  type Parameter,
  requireWhole,
  type Shape,
  ShapeError,
  sameShape,
  select,
  sigmoid,
  softmax,
  stack,
  sub,
  sum,
  type Tensor,
  tanh,
  transpose,
  unsqueeze,
  where,
  zeros,
} from "@paperworks/tensor";

/** The operations in the order of their weights. */
export const tableOperations = [
  "sum",
  "count",
  "difference",
  "greater",
  "lesser",
  "and",
  "or",
  "assign",
  "reset",
] as const;
export type TableOperation = (typeof tableOperations)[number];

function requireShape(name: string, x: Tensor, shape: Shape): void {
  if (!sameShape(x.shape, shape))
    throw new ShapeError(`${name} must be ${formatShape(shape)}, got ${formatShape(x.shape)}`);
}

export interface TableProgram {
  /** α, [B, T, 9]: how much of each operation a step is, in the order of `tableOperations`. */
  operations: Tensor;
  /** β, [B, T, C]: how much of each column a step reads. */
  columns: Tensor;
  /** [B, rows, C] */
  table: Tensor;
  /** What greater and lesser compare with, each [B]. */
  pivots: { greater: Tensor; lesser: Tensor };
  /**
   * k: comparisons are σ(k(x − pivot)), so that the pivots have a gradient; exact (x > pivot) when absent.
   */
  sharpness?: number;
}

export interface TableAnswer {
  /** [B] */
  scalar: Tensor;
  /** [B, rows, C]: how far each cell is selected as the answer. */
  lookup: Tensor;
}

/**
 * Runs a soft program on tables. With s_t the scalar, ρ_t the row selector (ρ_0 = 1; ρ before that 1, s before step 1 is 0)
 *
 *   sum_t[j]  = Σ_i ρ_{t−1}[i] table[i, j]     count_t = Σ_i ρ_{t−1}[i]     difference_t = s_{t−3} − s_{t−1}
 *   s_t       = α(sum) Σ_j β[j] sum_t[j] + α(count) count_t + α(difference) difference_t
 *   ρ_t[i]    = Σ_j β[j] (α(greater) [table[i, j] > p_g] + α(lesser) [table[i, j] < p_l])
 *               + α(and) min(ρ_{t−1}[i], ρ_{t−2}[i]) + α(or) max(ρ_{t−1}[i], ρ_{t−2}[i]) + α(reset)
 *   lookup_t[i, j] = α(assign) β[j] ρ_{t−1}[i]
 *
 * The difference reaches back three steps: "count, greater, count, difference" counts the rows that were not selected. A
 * step that gives an answer leaves no row selected.
 *
 * @returns scalar and lookup of the last step
 * @throws ShapeError if the parts do not fit
 * Source: Neelakantan, Le and Sutskever, "Neural Programmer: inducing latent programs with gradient descent", 2016, table 1.
 */
export function runTableProgram({ operations, columns, table, pivots, sharpness }: TableProgram): TableAnswer {
  if (table.rank !== 3 || operations.rank !== 3)
    throw new ShapeError(
      `runTableProgram: table [B, rows, C] and operations [B, T, 9], got ${formatShape(table.shape)} and ${formatShape(operations.shape)}`,
    );
  const [batch, rows, width] = table.shape;
  const steps = operations.shape[1];
  requireShape("runTableProgram: operations", operations, [batch, steps, tableOperations.length]);
  requireShape("runTableProgram: columns", columns, [batch, steps, width]);
  requireShape("runTableProgram: the greater pivots", pivots.greater, [batch]);
  requireShape("runTableProgram: the lesser pivots", pivots.lesser, [batch]);

  const pivot = (values: Tensor): Tensor => unsqueeze(unsqueeze(values, 1), 2);
  const soft = (difference: Tensor): Tensor => sigmoid(mul(difference, sharpness as number));
  const above =
    sharpness === undefined
      ? cast(greater(table, pivot(pivots.greater)), table.dtype)
      : soft(sub(table, pivot(pivots.greater)));
  const below =
    sharpness === undefined
      ? cast(less(table, pivot(pivots.lesser)), table.dtype)
      : soft(sub(pivot(pivots.lesser), table));

  const everyRow = ones([batch, rows]);
  let [last, beforeLast] = [everyRow, everyRow];
  // s_{t−3}, s_{t−2}, s_{t−1}
  let scalars = [zeros([batch]), zeros([batch]), zeros([batch])];
  let lookup = zeros([batch, rows, width]);
  for (let t = 0; t < steps; t++) {
    const alpha = select(operations, 1, t);
    const beta = select(columns, 1, t);
    const weight = (operation: TableOperation): Tensor => select(alpha, 1, tableOperations.indexOf(operation));
    const rowWeight = (operation: TableOperation): Tensor => unsqueeze(weight(operation), 1);
    const inColumn = (cells: Tensor): Tensor => einsum("b i j, b j -> b i", cells, beta);

    const scalar = add(
      mul(weight("sum"), sum(mul(last, inColumn(table)), 1)),
      add(mul(weight("count"), sum(last, 1)), mul(weight("difference"), sub(scalars[0], scalars[2]))),
    );
    const compared = add(mul(rowWeight("greater"), inColumn(above)), mul(rowWeight("lesser"), inColumn(below)));
    const joined = add(
      mul(rowWeight("and"), minimum(last, beforeLast)),
      mul(rowWeight("or"), maximum(last, beforeLast)),
    );
    const selector = add(add(compared, joined), rowWeight("reset"));
    lookup = mul(unsqueeze(mul(rowWeight("assign"), last), 2), unsqueeze(beta, 1));
    scalars = [scalars[1], scalars[2], scalar];
    [last, beforeLast] = [selector, last];
  }
  return { scalar: scalars[2], lookup };
}

export interface NeuralProgrammerOptions {
  vocab: number;
  /** C */
  columns: number;
  /** d: of words, operations, columns and both recurrent states. */
  dim?: number;
  /** T: operations of a program. */
  steps?: number;
  /** Of the comparisons, see `runTableProgram`; exact when absent, and then nothing teaches which number is the pivot. */
  sharpness?: number;
  generator?: Generator;
}

/** A question about a table. */
export interface TableQuestion {
  /** Tokens, padded on the left, [B, L] int32. */
  question: Tensor;
  /** [B, rows, C] */
  table: Tensor;
  /** The numbers a question names, [B, N]. */
  pivots: Tensor;
  /** The token that names each number, [B, N] int32; −1 for no number. */
  pivotPositions: Tensor;
}

/**
 * Answers questions about a table by inducing a program of T soft operations from the answers alone.
 *
 *   z_l = RNN(z_{l−1}, E[x_l]),  q = z_L                                    question
 *   α_t = softmax(U tanh(W_op [q; h_{t−1}]))                                operation, U [9, d]
 *   β_t = softmax(P tanh(W_col [q; h_{t−1}]))                               column, P [C, d]
 *   h_t = tanh(W_hist [α_t U; β_t P; h_{t−1}]),  h_0 = 0                    history
 *   p_o = Σ_k softmax_k(z_{pos k} · U_o) number_k,  o = greater, lesser     pivots
 *
 * What is selected does not depend on what the operations gave, so the program is written first and then run on the table
 * (`runTableProgram`).
 *
 * Source: Neelakantan, Le and Sutskever, 2016, section 2; the third task of Neelakantan et al., arXiv 1511.06807.
 */
export class NeuralProgrammer extends Module {
  readonly steps: number;
  readonly sharpness: number | undefined;
  readonly words: Embedding;
  readonly questionRnn: Rnn;
  /** U, [9, d] */
  readonly operationVectors: Parameter;
  /** P, [C, d] */
  readonly columnVectors: Parameter;
  readonly operationSelector: Linear;
  readonly columnSelector: Linear;
  readonly history: Linear;

  /** @throws DomainError for a size below 1 or a sharpness that is not above 0 */
  constructor({ vocab, columns, dim = 32, steps = 4, sharpness, generator }: NeuralProgrammerOptions) {
    super();
    requireWhole("NeuralProgrammer: columns", columns, 1);
    requireWhole("NeuralProgrammer: dim", dim, 1);
    requireWhole("NeuralProgrammer: steps", steps, 1);
    if (sharpness !== undefined && !(sharpness > 0 && sharpness < Number.POSITIVE_INFINITY))
      throw new DomainError(`NeuralProgrammer: the sharpness must be finite and above 0, got ${sharpness}`);
    this.steps = steps;
    this.sharpness = sharpness;
    this.words = new Embedding({ count: vocab, dim, init: init.normal({ std: 0.3 }), generator });
    this.questionRnn = new Rnn({ inputSize: dim, hiddenSize: dim, generator });
    const vectors = (count: number): Parameter =>
      initialParameter([count, dim], init.normal({ std: 0.3 }), { generator });
    this.operationVectors = vectors(tableOperations.length);
    this.columnVectors = vectors(columns);
    const linear = (inFeatures: number): Linear => new Linear({ inFeatures, outFeatures: dim, bias: false, generator });
    this.operationSelector = linear(2 * dim);
    this.columnSelector = linear(2 * dim);
    this.history = linear(3 * dim);
  }

  /**
   * Which operations and columns a question asks for.
   *
   * @param q [B, d]
   * @returns α [B, T, 9] and β [B, T, C]; each step's weights sum to 1
   */
  selections(q: Tensor): { operations: Tensor; columns: Tensor } {
    const choose = (context: Tensor, selector: Linear, vectors: Tensor): Tensor =>
      softmax(matmul(tanh(selector.forward(context)), transpose(vectors)));
    const [operations, columns]: Tensor[][] = [[], []];
    let h = zeros(q.shape);
    for (let t = 0; t < this.steps; t++) {
      const context = concat([q, h], 1);
      const alpha = choose(context, this.operationSelector, this.operationVectors);
      const beta = choose(context, this.columnSelector, this.columnVectors);
      operations.push(alpha);
      columns.push(beta);
      const chosen = [matmul(alpha, this.operationVectors), matmul(beta, this.columnVectors)];
      h = tanh(this.history.forward(concat([...chosen, h], 1)));
    }
    return { operations: stack(operations, 1), columns: stack(columns, 1) };
  }

  /** p_o [B]: the number whose token fits the comparison best. @param states z, [B, L, d] */
  #pivot(states: Tensor, operation: TableOperation, { pivots, pivotPositions }: TableQuestion): Tensor {
    const vector = select(this.operationVectors, 0, tableOperations.indexOf(operation));
    const places = oneHot(maximum(pivotPositions, 0), states.shape[1]);
    const scores = einsum("b n l, b l -> b n", places, matmul(states, vector));
    const attention = softmax(where(less(pivotPositions, 0), -1e9, scores));
    return sum(mul(attention, pivots), 1);
  }

  /**
   * @returns scalar [B], lookup [B, rows, C], operations α [B, T, 9], columns β [B, T, C]
   * @throws ShapeError if question, table and pivots do not fit each other or the model
   */
  forward(input: TableQuestion): TableAnswer & { operations: Tensor; columns: Tensor } {
    const { question, table, pivots, pivotPositions } = input;
    if (question.rank !== 2 || !isInteger(question.dtype))
      throw new ShapeError(
        `NeuralProgrammer: the question is whole numbers [B, L], got ${question.dtype} ${formatShape(question.shape)}`,
      );
    const batch = question.shape[0];
    const width = this.columnVectors.shape[0];
    if (table.rank !== 3 || table.shape[0] !== batch || table.shape[2] !== width)
      throw new ShapeError(
        `NeuralProgrammer: the table is [${batch}, rows, ${width}], got ${formatShape(table.shape)}`,
      );
    if (pivots.rank !== 2 || pivots.shape[0] !== batch)
      throw new ShapeError(`NeuralProgrammer: pivots are [${batch}, N], got ${formatShape(pivots.shape)}`);
    requireShape("NeuralProgrammer: pivotPositions", pivotPositions, pivots.shape);

    const { outputs: states, state } = this.questionRnn.forward(this.words.forward(question));
    const { operations, columns } = this.selections(state.hidden);
    const answer = runTableProgram({
      operations,
      columns,
      table,
      pivots: { greater: this.#pivot(states, "greater", input), lesser: this.#pivot(states, "lesser", input) },
      sharpness: this.sharpness,
    });
    return { ...answer, operations, columns };
  }
}
