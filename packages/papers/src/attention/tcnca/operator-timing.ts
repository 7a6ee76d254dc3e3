import { measureLatency, type TaskRun } from "@paperworks/experiment";
import { type Contender, type Operator, onOneThread, operators } from "./operators.ts";

/** Seconds of each operator, the backward pass alone. */
export type OperatorTimes = Partial<Record<Operator, { forward: number; backward: number }>>;

/** Times operators on sequences of one length, all taking turns, on one thread: medians of the rounds. */
export function timeOperators(
  names: readonly Operator[],
  length: number,
  rounds: number,
  { progress }: Pick<TaskRun, "progress">,
): Promise<OperatorTimes> {
  return onOneThread(async () => {
    const contenders: [Operator, Contender][] = [];
    for (const name of names) contenders.push([name, await operators[name](length)]);
    const work = Object.fromEntries(
      contenders.flatMap(([name, { forward, backward }]) => [
        [`${name} forward`, forward],
        [`${name} backward`, backward],
      ]),
    );
    const taken = await measureLatency(work, { rounds, warmUps: 4, progress });
    for (const [, contender] of contenders) contender.dispose?.();
    return Object.fromEntries(
      contenders.map(([name, { backwardHoldsForward }]) => {
        const forward = taken[`${name} forward`].median;
        const backward = taken[`${name} backward`].median - (backwardHoldsForward ? forward : 0);
        return [name, { forward, backward }];
      }),
    );
  });
}

/** The exponent p of time ∝ lengthᵖ, the slope of the line through the logarithms. */
export function timeExponent(points: readonly { length: number; seconds: number }[]): number {
  const logs = points.map(({ length, seconds }) => [Math.log(length), Math.log(seconds)]);
  const [x, y] = [0, 1].map((axis) => logs.reduce((sum, point) => sum + point[axis], 0) / logs.length);
  const covariance = logs.reduce((sum, [a, b]) => sum + (a - x) * (b - y), 0);
  return covariance / logs.reduce((sum, [a]) => sum + (a - x) ** 2, 0);
}
