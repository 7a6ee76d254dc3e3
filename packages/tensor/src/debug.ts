import { isFloat, type TypedArray } from "./dtype.ts";
import { NonFiniteError } from "./errors.ts";
import { schedule } from "./onnx/lower.ts";
import type { Node } from "./primitive.ts";
import { programFor } from "./programs.ts";
import { recordedAt } from "./recorded-at.ts";
import type { HostValue } from "./runtime/backend.ts";
import { formatShape, type Shape } from "./shape.ts";
import type { Tensor } from "./tensor.ts";

const firstBad = (data: TypedArray): number => {
  for (let i = 0; i < data.length; i++) if (!Number.isFinite(Number(data[i]))) return i;
  return -1;
};

function position(index: number, shape: Shape): string {
  let rest = index;
  const at = [...shape].reverse().map((n) => {
    const i = rest % n;
    rest = Math.floor(rest / n);
    return i;
  });
  return formatShape(at.reverse());
}

/** The operation that made the first value that is not finite of finite inputs. */
async function culprit(
  targets: readonly Tensor[],
  fed: (leaf: Tensor) => HostValue,
): Promise<{ node: Node; output: Tensor; index: number; value: number } | undefined> {
  const watched = schedule(targets).flatMap(({ outputs }) => outputs.filter(({ dtype }) => isFloat(dtype)));
  const { executable, inputs } = programFor(watched);
  const values = await executable.run(
    inputs.map(fed),
    watched.map(() => undefined),
  );
  const at = values.findIndex((data) => firstBad(data) >= 0);
  if (at < 0) return undefined;
  const index = firstBad(values[at]);
  return { node: watched[at].node, output: watched[at], index, value: Number(values[at][index]) };
}

/**
 * Looks through what a program computed.
 *
 * @param targets what was to be computed
 * @param values  what came out
 * @param fed     what the program was fed, should it have to be computed again step by step
 * @throws NonFiniteError naming the operation and the line that recorded it
 */
export async function requireFinite(
  targets: readonly Tensor[],
  values: readonly TypedArray[],
  fed: (leaf: Tensor) => HostValue,
): Promise<void> {
  const bad = targets.findIndex(({ dtype }, i) => isFloat(dtype) && firstBad(values[i]) >= 0);
  if (bad < 0) return;
  const found = await culprit(targets, fed);
  if (!found) throw new NonFiniteError(`result ${bad} is not finite because an input is not`);
  const { node, output, index, value } = found;
  const place = recordedAt(node);
  throw new NonFiniteError(
    `${node.primitive.name}${place ? ` recorded at ${place}` : ""} made ${value} at ${position(index, output.shape)} of ${output.dtype}${formatShape(output.shape)}`,
  );
}
