import { type Shape, sizeOf, type Tensor, type TypedArray } from "@paperworks/tensor";
import { createArray } from "@paperworks/tensor/dtype";
import { schedule } from "@paperworks/tensor/onnx/lower";
import type { Node } from "@paperworks/tensor/primitive";
import { programFor } from "@paperworks/tensor/programs";
import { placeholder, record } from "@paperworks/tensor/record";
import type { Executable, HostValue } from "@paperworks/tensor/runtime/backend";

/** An operation that moves nothing: its result is a stretch of its operand's array. */
interface View {
  of: number;
  offset: number;
  length: number;
}

interface Call {
  executable: Executable;
  operands: { slot: number; value: HostValue }[];
  result: { slot: number; value: HostValue };
}

/** Where the result of a node lies in its operand's array, if it is a stretch of it. */
function viewOf({ primitive, attributes, inputs, outputs }: Node): { offset: number } | undefined {
  if (["reshape", "alias", "stopGradient"].includes(primitive.name)) return { offset: 0 };
  if (primitive.name !== "slice") return undefined;
  const { starts, steps } = attributes as unknown as { starts: number[]; steps: number[] };
  const shape = inputs[0].shape;
  const row = sizeOf(shape.slice(1));
  const leading = steps[0] === 1 && sizeOf(outputs[0].shape.slice(1)) === row;
  return leading ? { offset: starts[0] * row } : undefined;
}

/**
 * A function run as a framework without a compiler runs it: every primitive a call of its own, intermediates in memory. Made as
 * fast as that can be: programs are compiled and buffers laid out once, and what only renames numbers costs no call.
 */
export class OpByOp {
  readonly #calls: readonly Call[];
  readonly #views: readonly (View & { slot: number })[];
  readonly #arrays: TypedArray[];
  readonly #inputs: readonly number[];
  readonly #results: readonly number[];
  /** Slots that a call writes and no view looks into: their arrays may change from run to run. */
  readonly #free: ReadonlySet<number>;

  private constructor(
    calls: readonly Call[],
    views: readonly (View & { slot: number })[],
    arrays: TypedArray[],
    inputs: readonly number[],
    results: readonly number[],
  ) {
    this.#calls = calls;
    this.#arrays = arrays;
    this.#inputs = inputs;
    this.#results = results;
    const viewed = new Set(views.map(({ of }) => of));
    this.#free = new Set(calls.map(({ result: { slot } }) => slot).filter((slot) => !viewed.has(slot)));
    const moving = new Set(inputs);
    for (const view of views) {
      if (moving.has(view.of)) moving.add(view.slot);
      else arrays[view.slot] = stretch(arrays[view.of], view);
    }
    this.#views = views.filter(({ slot }) => moving.has(slot));
  }

  /** @param shapes of the inputs, which are float32 */
  static async compile(fn: (...inputs: Tensor[]) => readonly Tensor[], shapes: readonly Shape[]): Promise<OpByOp> {
    const given = shapes.map((shape) => placeholder(shape, "float32"));
    const wanted = fn(...given).map((result) => result.resolve());
    const slots = new Map<Tensor, number>();
    const arrays: TypedArray[] = [];
    const slotOf = (tensor: Tensor): number => {
      const known = slots.get(tensor);
      if (known !== undefined) return known;
      slots.set(tensor, arrays.length);
      arrays.push(tensor.held ?? createArray(tensor.dtype, tensor.size));
      return arrays.length - 1;
    };
    const inputs = given.map(slotOf);
    const views: (View & { slot: number })[] = [];
    const calls: Call[] = [];
    const hostValue = (tensor: Tensor): { slot: number; value: HostValue } => {
      const slot = slotOf(tensor);
      return { slot, value: { data: arrays[slot], shape: tensor.shape, dtype: tensor.dtype } };
    };
    for (const node of schedule(wanted)) {
      const view = viewOf(node);
      const [result] = node.outputs;
      if (view) {
        views.push({ of: slotOf(node.inputs[0]), slot: slotOf(result), offset: view.offset, length: result.size });
        continue;
      }
      const operands = [...new Set(node.inputs)];
      const stands = operands.map(({ shape, dtype }) => placeholder(shape, dtype));
      const [target] = record(
        node.primitive,
        node.inputs.map((input) => stands[operands.indexOf(input)]),
        node.attributes,
      );
      const program = programFor([target], { keep: true });
      calls.push({
        executable: program.executable,
        operands: program.inputs.map((leaf) => hostValue(operands[stands.indexOf(leaf)])),
        result: hostValue(result),
      });
    }
    return new OpByOp(calls, views, arrays, inputs, wanted.map(slotOf));
  }

  /** Calls of the runtime that one run makes. */
  get calls(): number {
    return this.#calls.length;
  }

  /**
   * @param inputs  one array an input
   * @param targets where to write the results
   */
  async run(inputs: readonly Float32Array[], targets: readonly Float32Array[]): Promise<void> {
    const arrays = this.#arrays;
    for (const [i, slot] of this.#inputs.entries()) arrays[slot] = inputs[i];
    for (const view of this.#views) arrays[view.slot] = stretch(arrays[view.of], view);
    for (const [i, slot] of this.#results.entries()) if (this.#free.has(slot)) arrays[slot] = targets[i];
    for (const { executable, operands, result } of this.#calls) {
      for (const operand of operands) operand.value.data = arrays[operand.slot];
      result.value.data = arrays[result.slot];
      await executable.run(
        operands.map(({ value }) => value),
        [result.value],
      );
    }
    for (const [i, slot] of this.#results.entries())
      if (arrays[slot] !== targets[i]) targets[i].set(arrays[slot] as Float32Array);
  }
}

const stretch = (array: TypedArray, { offset, length }: View): TypedArray => array.subarray(offset, offset + length);
