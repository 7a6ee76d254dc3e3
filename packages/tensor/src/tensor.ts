import type { DType, TypedArray } from "./dtype.ts";
import { ShapeError } from "./errors.ts";
import { evaluate } from "./evaluate.ts";
import * as elementwise from "./ops/elementwise.ts";
import * as indexing from "./ops/indexing.ts";
import { matmul } from "./ops/matmul.ts";
import * as movement from "./ops/movement.ts";
import * as reduce from "./ops/reduce.ts";
import { logSoftmax, softmax } from "./ops/softmax.ts";
import type { Node } from "./primitive.ts";
import type { TensorLike } from "./record.ts";
import { formatShape, type Shape, sizeOf } from "./shape.ts";

/**
 * A tensor is a recipe: its shape and dtype are known, its values come when asked for (`data`) or inside a `jit` program.
 * Every method is the function of the same name with the tensor as first argument.
 */
export class Tensor {
  readonly node: Node;
  /** Which output of the node this is. */
  readonly index: number;
  readonly shape: Shape;
  readonly dtype: DType;
  /** The values, once known: a constant, a result of a program, or an expression that was evaluated. */
  held?: TypedArray;

  constructor(node: Node, index: number, shape: Shape, dtype: DType) {
    this.node = node;
    this.index = index;
    this.shape = shape;
    this.dtype = dtype;
  }

  get rank(): number {
    return this.shape.length;
  }

  get size(): number {
    return sizeOf(this.shape);
  }

  /** The tensor a recorded operation should read; a variable answers with its latest assignment. */
  resolve(): Tensor {
    return this;
  }

  /** The values in row-major order; computed on first use and kept. Treat the array as read-only. */
  async data(): Promise<TypedArray> {
    const source = this.resolve();
    if (!source.held) await evaluate([source]);
    return source.held as TypedArray;
  }

  /** The one value of a tensor of size 1. */
  async item(): Promise<number> {
    if (this.size !== 1)
      throw new ShapeError(`item: a tensor of shape ${formatShape(this.shape)} has ${this.size} values, not 1`);
    return Number((await this.data())[0]);
  }

  /** The values as nested arrays (a number for a scalar). */
  async toArray(): Promise<unknown> {
    const flat = await this.data();
    const build = (axis: number, offset: number, stride: number): unknown => {
      if (axis === this.shape.length) return this.dtype === "bool" ? Boolean(flat[offset]) : Number(flat[offset]);
      const inner = stride / Math.max(this.shape[axis], 1);
      return Array.from({ length: this.shape[axis] }, (_, i) => build(axis + 1, offset + i * inner, inner));
    };
    return build(0, 0, this.size);
  }

  add(other: TensorLike): Tensor {
    return elementwise.add(this, other);
  }
  sub(other: TensorLike): Tensor {
    return elementwise.sub(this, other);
  }
  mul(other: TensorLike): Tensor {
    return elementwise.mul(this, other);
  }
  div(other: TensorLike): Tensor {
    return elementwise.div(this, other);
  }
  pow(exponent: TensorLike): Tensor {
    return elementwise.pow(this, exponent);
  }
  maximum(other: TensorLike): Tensor {
    return elementwise.maximum(this, other);
  }
  minimum(other: TensorLike): Tensor {
    return elementwise.minimum(this, other);
  }
  equal(other: TensorLike): Tensor {
    return elementwise.equal(this, other);
  }
  less(other: TensorLike): Tensor {
    return elementwise.less(this, other);
  }
  greater(other: TensorLike): Tensor {
    return elementwise.greater(this, other);
  }
  lessEqual(other: TensorLike): Tensor {
    return elementwise.lessEqual(this, other);
  }
  greaterEqual(other: TensorLike): Tensor {
    return elementwise.greaterEqual(this, other);
  }
  neg(): Tensor {
    return elementwise.neg(this);
  }
  abs(): Tensor {
    return elementwise.abs(this);
  }
  exp(): Tensor {
    return elementwise.exp(this);
  }
  log(): Tensor {
    return elementwise.log(this);
  }
  sqrt(): Tensor {
    return elementwise.sqrt(this);
  }
  square(): Tensor {
    return elementwise.square(this);
  }
  tanh(): Tensor {
    return elementwise.tanh(this);
  }
  sigmoid(): Tensor {
    return elementwise.sigmoid(this);
  }
  relu(): Tensor {
    return elementwise.relu(this);
  }
  cast(dtype: DType): Tensor {
    return elementwise.cast(this, dtype);
  }
  matmul(other: Tensor): Tensor {
    return matmul(this, other);
  }
  sum(axes?: reduce.Axes, options?: reduce.ReduceOptions): Tensor {
    return reduce.sum(this, axes, options);
  }
  mean(axes?: reduce.Axes, options?: reduce.ReduceOptions): Tensor {
    return reduce.mean(this, axes, options);
  }
  max(axes?: reduce.Axes, options?: reduce.ReduceOptions): Tensor {
    return reduce.max(this, axes, options);
  }
  min(axes?: reduce.Axes, options?: reduce.ReduceOptions): Tensor {
    return reduce.min(this, axes, options);
  }
  argMax(axis?: number, options?: reduce.ReduceOptions): Tensor {
    return reduce.argMax(this, axis, options);
  }
  softmax(axis?: number): Tensor {
    return softmax(this, axis);
  }
  logSoftmax(axis?: number): Tensor {
    return logSoftmax(this, axis);
  }
  cumSum(axis?: number): Tensor {
    return reduce.cumSum(this, axis);
  }
  reshape(shape: Shape): Tensor {
    return movement.reshape(this, shape);
  }
  permute(order: readonly number[]): Tensor {
    return movement.permute(this, order);
  }
  transpose(a?: number, b?: number): Tensor {
    return movement.transpose(this, a, b);
  }
  expand(shape: Shape): Tensor {
    return movement.expand(this, shape);
  }
  pad(padding: readonly movement.AxisPadding[], value?: number): Tensor {
    return movement.pad(this, padding, value);
  }
  slice(ranges: readonly movement.AxisRange[]): Tensor {
    return movement.slice(this, ranges);
  }
  select(axis: number, index: number): Tensor {
    return movement.select(this, axis, index);
  }
  flatten(start?: number, end?: number): Tensor {
    return movement.flatten(this, start, end);
  }
  unsqueeze(axis: number): Tensor {
    return movement.unsqueeze(this, axis);
  }
  squeeze(axis: number): Tensor {
    return movement.squeeze(this, axis);
  }
  gather(indices: Tensor, axis?: number): Tensor {
    return indexing.gather(this, indices, axis);
  }
}
