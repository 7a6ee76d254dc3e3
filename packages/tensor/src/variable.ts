import { createArray, type DType, type TypedArray } from "./dtype.ts";
import { DTypeError, ShapeError } from "./errors.ts";
import { evaluate } from "./evaluate.ts";
import { alias } from "./ops/gradient-control.ts";
import { definePrimitive } from "./primitive.ts";
import { inTurn } from "./programs.ts";
import { fromArray, recordOne } from "./record.ts";
import { activeRecording } from "./recording.ts";
import { formatShape, sameShape } from "./shape.ts";
import { Tensor } from "./tensor.ts";

/** A leaf that stands for a variable's value at the start of a program, or at one moment outside of programs. */
export const readPrimitive = definePrimitive<{ variable: Variable }>({
  name: "read",
  unique: true,
  infer: (_, { variable }) => [{ shape: variable.shape, dtype: variable.dtype }],
});

const variablePrimitive = definePrimitive<{ shape: readonly number[]; dtype: DType }>({
  name: "variable",
  unique: true,
  infer: (_, { shape, dtype }) => [{ shape, dtype }],
});

/**
 * A tensor that can be assigned. A read sees the latest assignment in record order; inside `jit` the assignments become
 * part of the program. Storage is two typed arrays: a program reads one and writes the other, then they change places.
 */
export class Variable extends Tensor {
  /** Set by `nn` to the path in the model; otherwise for the reader. */
  label = "";
  #front: TypedArray;
  #back: TypedArray | undefined;
  /** In a pack: where the values stand after the next change, which is the pack's. */
  #next: TypedArray | undefined;
  /** An assignment made outside of programs and not computed yet. */
  #pending: Tensor | undefined;
  /** The pending assignment that a program called already will store in its turn. */
  #claimed: Tensor | undefined;
  /** The leaf that outside reads of the current value share, so that it can be given the value before it changes. */
  #snapshot: WeakRef<Tensor> | undefined;

  /** @param initial a constant tensor, or an expression: then the value is computed on first use */
  constructor(initial: Tensor) {
    const { node } = recordOne(variablePrimitive, [], { shape: initial.shape, dtype: initial.dtype });
    super(node, 0, initial.shape, initial.dtype);
    node.outputs[0] = this;
    const source = initial.resolve();
    if (source.held) {
      this.#front = source.held.slice();
    } else {
      this.#front = createArray(initial.dtype, initial.size);
      this.#pending = source;
    }
  }

  override resolve(): Tensor {
    const recording = activeRecording();
    for (let scope = recording; scope; scope = scope.parent) {
      const known = scope.latest(this) ?? scope.reads.get(this);
      if (known) return known;
    }
    if (recording?.root.kind === "program") {
      const leaf = recordOne(readPrimitive, [], { variable: this });
      recording.root.reads.set(this, leaf);
      return leaf;
    }
    if (this.#pending) return this.#pending;
    const shared = this.#snapshot?.deref();
    if (shared) return shared;
    const leaf = recordOne(readPrimitive, [], { variable: this });
    this.#snapshot = new WeakRef(leaf);
    return leaf;
  }

  /** Gives the variable a new value of the same shape and dtype. */
  assign(value: Tensor): void {
    if (!sameShape(value.shape, this.shape)) {
      throw new ShapeError(
        `assign: ${this.label || "a variable"} has shape ${formatShape(this.shape)}, the value ${formatShape(value.shape)}`,
      );
    }
    if (value.dtype !== this.dtype)
      throw new DTypeError(`assign: ${this.label || "a variable"} is ${this.dtype}, the value ${value.dtype}`);
    const recording = activeRecording();
    if (!recording) {
      this.#pending = value.resolve();
      return;
    }
    // Later reads go through a node of their own: a derivative with respect to the variable is one with respect to those reads.
    const read = this.resolve();
    if (!recording.versions.has(this)) recording.versions.set(this, [read]);
    recording.assign(this, alias(value));
  }

  /** Gives the variable new values from the host. */
  set(values: ArrayLike<number>): void {
    if (values.length !== this.size) {
      throw new ShapeError(
        `set: ${this.label || "a variable"} of shape ${formatShape(this.shape)} takes ${this.size} values, got ${values.length}`,
      );
    }
    // Not written to the storage at once: a program that was called before may be reading it.
    const data = createArray(this.dtype, this.size);
    if (data instanceof BigInt64Array) for (let i = 0; i < values.length; i++) data[i] = BigInt(values[i]);
    else data.set(values);
    this.#pending = fromArray(data, this.shape, this.dtype);
  }

  /** A copy of the values after all programs called so far. */
  override async data(): Promise<TypedArray> {
    const settled = this.settling();
    return inTurn(async () => {
      await settled();
      return this.#front.slice();
    });
  }

  /**
   * Starts to compute an assignment that is still pending, for a program about to be called. The first program called after
   * the assignment stores it; those called later find it stored, or overwritten by that program.
   *
   * @returns what stores the value, to be run in the program's turn
   */
  settling(): () => Promise<void> {
    const pending = this.unsettled ? this.#pending : undefined;
    this.#claimed = this.#pending;
    const computed = evaluate(pending ? [pending] : []);
    // Awaited in the turn; until then a failure must not count as unhandled.
    computed.catch(() => {
      if (this.#claimed === pending) this.#claimed = undefined;
    });
    return async () => {
      await computed;
      if (!pending) return;
      this.releaseSnapshot();
      this.#front.set(pending.held as Float32Array & BigInt64Array);
      if (this.#pending === pending) this.#pending = undefined;
    };
  }

  /** Whether an assignment is pending that no program called so far will store. */
  get unsettled(): boolean {
    return this.#pending !== undefined && this.#pending !== this.#claimed;
  }

  /** What a program reads. For the runtime. */
  get front(): TypedArray {
    return this.#front;
  }

  /** What a program writes. For the runtime. */
  get back(): TypedArray {
    this.#back ??= createArray(this.dtype, this.size);
    return this.#back;
  }

  /** Makes what a program wrote the current value. For the runtime. */
  swap(): void {
    this.releaseSnapshot();
    const written = this.back;
    if (this.#next) {
      this.#front.set(written as Float32Array & BigInt64Array);
      return;
    }
    this.#back = this.#front;
    this.#front = written;
  }

  /** Moves the values into stretches of a pack's two arrays, the first of which is current. For the pack. */
  moveInto(front: TypedArray, next: TypedArray): void {
    front.set(this.#front as Float32Array & BigInt64Array);
    this.#front = front;
    this.#next = next;
  }

  /** Follows the pack to its other array. For the pack. */
  turnOver(): void {
    this.releaseSnapshot();
    const next = this.#next as TypedArray;
    this.#next = this.#front;
    this.#front = next;
  }

  /** Expressions recorded outside of programs keep the value they were recorded with. */
  private releaseSnapshot(): void {
    const leaf = this.#snapshot?.deref();
    if (leaf && !leaf.held) leaf.held = this.#front.slice();
    this.#snapshot = undefined;
  }
}

/** A variable that an optimiser trains. */
export class Parameter extends Variable {
  /** A frozen parameter is left out by optimisers and gets no gradient. */
  trainable = true;
}

/** A variable that is state: running statistics, counters, moments. */
export class Buffer extends Variable {
  /** Kept in the state dictionary of a model. */
  readonly persistent: boolean;

  constructor(initial: Tensor, { persistent = true }: { persistent?: boolean } = {}) {
    super(initial);
    this.persistent = persistent;
  }
}
