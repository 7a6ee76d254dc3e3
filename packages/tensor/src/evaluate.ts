import { requireFinite } from "./debug.ts";
import type { TypedArray } from "./dtype.ts";
import { RecordingError } from "./errors.ts";
import { isLeaf, schedule } from "./onnx/lower.ts";
import { inTurn, programFor } from "./programs.ts";
import { activeRecording } from "./recording.ts";
import type { HostValue } from "./runtime/backend.ts";
import { settings } from "./runtime/settings.ts";
import type { Tensor } from "./tensor.ts";
import type { Variable } from "./variable.ts";

/** The variable a leaf stands for, if it stands for one. */
export function variableOf(leaf: Tensor): Variable | undefined {
  return leaf.node.primitive.name === "read" ? (leaf.node.attributes as { variable: Variable }).variable : undefined;
}

/** What a leaf is worth now: a variable that changed since it was read has left its old value with the leaf. */
export const leafData = (leaf: Tensor): TypedArray => leaf.held ?? (variableOf(leaf) as Variable).front;

/** The leaves that the targets are computed from. */
export function leavesOf(targets: readonly Tensor[]): Tensor[] {
  const leaves = new Set<Tensor>();
  for (const target of targets) if (isLeaf(target)) leaves.add(target);
  for (const node of schedule(targets)) for (const input of node.inputs) if (isLeaf(input)) leaves.add(input);
  return [...leaves];
}

/** Computes the values of tensors recorded outside of programs and keeps them on the tensors. */
export async function evaluate(targets: readonly Tensor[]): Promise<void> {
  if (activeRecording())
    throw new RecordingError(
      "values cannot be read while a program is recorded: return the tensor and read it from the result",
    );
  const wanted = targets.map((target) => target.resolve()).filter((target) => !target.held);
  if (wanted.length === 0) return;
  const orphan = leavesOf(wanted).find((leaf) => !leaf.held && !variableOf(leaf));
  if (orphan)
    throw new RecordingError(`a ${orphan.node.primitive.name} has no value outside of the program that recorded it`);
  const { executable, inputs } = programFor(wanted);
  const fed = (leaf: Tensor): HostValue => ({ data: leafData(leaf), shape: leaf.shape, dtype: leaf.dtype });
  await inTurn(async () => {
    if (wanted.every((target) => target.held)) return;
    const results = await executable.run(
      inputs.map(fed),
      wanted.map(() => undefined),
    );
    if (settings.debug) await requireFinite(wanted, results, fed);
    wanted.forEach((target, i) => {
      target.held = results[i];
    });
  });
}
