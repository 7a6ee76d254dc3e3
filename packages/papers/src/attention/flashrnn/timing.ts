import type { TaskRun } from "@paperworks/experiment";
import { cellLayouts, type RecurrentTiles } from "@paperworks/kernels";
import { fromArray, Generator, type Tensor } from "@paperworks/tensor";
import type { Cell } from "./cells.ts";
import { type Backend, flashRnn, flashRnnBackward } from "./flash-rnn.ts";
import { timeInTurns } from "./turns.ts";

export interface RecurrenceShape {
  readonly cell: Cell;
  readonly batch: number;
  readonly heads: number;
  readonly dim: number;
}

export interface RecurrenceData {
  readonly wx: Tensor;
  readonly r: Tensor;
  readonly bias: Tensor;
}

/** Normal numbers, the same every time. @param deviation of R; 0.3, as that of all others, when absent */
export function recurrenceData(
  { cell, batch, heads, dim }: RecurrenceShape,
  steps: number,
  deviation = 0.3,
): RecurrenceData {
  const { inputs, recurrent, planes } = cellLayouts[cell];
  const generator = new Generator(1);
  const normal = (shape: readonly number[], std: number): Tensor => {
    const values = generator.hostNormal(shape.reduce((a, b) => a * b, 1));
    for (let i = 0; i < values.length; i++) values[i] *= std;
    return fromArray(values, shape);
  };
  return {
    wx: normal([steps, batch, inputs, heads, dim], 0.3),
    r: normal([recurrent, heads, dim, dim], deviation),
    bias: normal([planes.length, heads, dim], 0.3),
  };
}

/** Steps that the host loop is timed over, whatever the length: its time is in proportion to them. */
const vanillaSteps = 64;

export interface TimingOptions {
  readonly steps: number;
  readonly backends: readonly Backend[];
  /** Forward and backward; forward alone when absent. */
  readonly backward?: boolean;
  readonly rounds?: number;
  readonly tiles?: RecurrentTiles;
}

/** Seconds a step of each backend, through the call that everybody makes: medians of rounds in which all take turns, two before them. */
export async function timeBackends(
  shape: RecurrenceShape,
  { steps, backends, backward = false, rounds, tiles }: TimingOptions,
  { progress }: Pick<TaskRun, "progress">,
): Promise<Record<string, number>> {
  const data = recurrenceData(shape, steps);
  const first = (tensor: Tensor, count: number): Tensor =>
    fromArray((tensor.held as Float32Array).slice(0, (tensor.size / steps) * count), [count, ...tensor.shape.slice(1)]);
  const outputs = fromArray(new Float32Array(steps * shape.batch * shape.heads * shape.dim).fill(0.1), [
    steps,
    shape.batch,
    shape.heads,
    shape.dim,
  ]);
  const lengthFor = (backend: Backend): number => (backend === "vanilla" ? Math.min(steps, vanillaSteps) : steps);
  const contenders = backends.map((backend): [Backend, () => Promise<unknown>] => {
    const length = lengthFor(backend);
    const [wx, outside] = length === steps ? [data.wx, outputs] : [first(data.wx, length), first(outputs, length)];
    return [
      backend,
      async () => {
        const options = { cell: shape.cell, backend, tiles };
        const forward = await flashRnn(wx, data.r, data.bias, { ...options, keepGates: backward });
        if (backward) await flashRnnBackward(data.r, forward, outside, options);
      },
    ];
  });
  const seconds = await timeInTurns(Object.fromEntries(contenders), { rounds, progress });
  return Object.fromEntries(backends.map((backend) => [backend, seconds[backend] / lengthFor(backend)]));
}
