import type { BatchContext } from "./batching.ts";
import type { DType } from "./dtype.ts";
import type { Emitter } from "./onnx/emitter.ts";
import type { Shape } from "./shape.ts";
import type { Tensor } from "./tensor.ts";

/** What is known of a tensor before anything is computed. */
export interface Spec {
  readonly shape: Shape;
  readonly dtype: DType;
}

export interface VjpContext<A> {
  readonly inputs: readonly Tensor[];
  readonly outputs: readonly Tensor[];
  readonly attributes: A;
}

export interface LowerContext<A> {
  /** Writes ONNX nodes into the model under construction. */
  readonly emit: Emitter;
  /** ONNX value names of the inputs, in order. */
  readonly names: readonly string[];
  readonly inputs: readonly Spec[];
  readonly outputs: readonly Spec[];
  readonly attributes: A;
  readonly node: Node;
  /** Whether nothing else reads the value of this input, or the values it is a mere rearrangement of. */
  readonly readsAlone: (input: number) => boolean;
}

export interface Work {
  /** Multiply-accumulates: the products of matrix products and convolutions. */
  macs: number;
  /** Floating-point operations; two a multiply-accumulate. */
  flops: number;
  /** Operations the runtime calls, where a node is more than one: the steps of a loop. */
  kernels?: number;
  /** A rough time on one core; from the operations when absent. */
  seconds?: number;
  /** Bytes of copies that the operation holds while it runs; none when absent. */
  scratch?: number;
}

/** One operation, whole: its result, its derivative, its ONNX form and its cost. */
export interface Primitive<A = unknown> {
  readonly name: string;
  /** Shapes and dtypes of the outputs; throws on inputs that do not fit. */
  infer(inputs: readonly Spec[], attributes: A): Spec[];
  /** Vector-Jacobian product: a gradient for each input, undefined where it is zero. Absent: not differentiable. */
  vjp?(context: VjpContext<A>, gradients: readonly (Tensor | undefined)[]): (Tensor | undefined)[];
  /** The inputs a gradient can flow to at all (an index cannot have one). Absent: every one. */
  differentiable?: readonly number[];
  /** Names of the outputs in the model. Absent on leaves. */
  lower?(context: LowerContext<A>): string[];
  /** Records the operation for a batch of examples (`vmap`). Absent: example by example. */
  batch?(context: BatchContext<A>): Tensor[];
  /** Absent: one operation an output element for arithmetic, none for movement (see `movement`). */
  cost?(inputs: readonly Spec[], outputs: readonly Spec[], attributes: A): Work;
  /** Only moves or renames data: costs bytes, not operations. */
  readonly movement?: boolean;
  /** Works value by value on inputs that broadcast: what all values share along an axis is computed once. */
  readonly elementwise?: boolean;
  /** Equal inputs and attributes do not make equal values here (barriers, placeholders): never merged. */
  readonly unique?: boolean;
  /** The graphs that run inside, of control operations. */
  bodies?(attributes: A): readonly { nodes(): Node[] }[];
  /** Attributes for a copy of the node on other tensors, where they hold tensors or what grows with the node. */
  rebase?(attributes: A, replaced: (t: Tensor) => Tensor): A;
  /** Attributes as text, where JSON cannot tell two programs apart or together (loop bodies, functions). */
  structure?(attributes: A): string;
  /** The lowest ONNX operator set that has this form; 17 when absent. */
  opset?(inputs: readonly Spec[], attributes: A): number;
}

/** One recorded operation. */
export interface Node {
  readonly id: number;
  readonly primitive: Primitive<never>;
  readonly inputs: readonly Tensor[];
  readonly attributes: unknown;
  /** Grows only for `scan`, whose reverse mode asks the forward pass for more outputs. */
  readonly outputs: Tensor[];
  /** Captured where the operation was recorded; read only when an error needs the source line. */
  readonly site?: { stack?: string };
}

const defined: Primitive<never>[] = [];

export function definePrimitive<A>(primitive: Primitive<A>): Primitive<A> {
  defined.push(primitive as Primitive<never>);
  return primitive;
}

/** All primitives of the modules loaded so far, so that tests can prove that none lacks a reference. */
export const definedPrimitives = (): readonly Primitive<never>[] => defined;
