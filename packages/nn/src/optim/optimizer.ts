import {
  activeRecording,
  add,
  Buffer,
  cast,
  concat,
  DomainError,
  DTypeError,
  fromArray,
  full,
  grad,
  Parameter,
  packVariables,
  reshape,
  ShapeError,
  sameShape,
  scalar,
  Tensor,
  type VariablePack,
  zerosLike,
} from "@paperworks/tensor";
import type { Schedule } from "./schedules.ts";
import { flatten, layOut, putTrainable, range, type Segment, takeTrainable } from "./segments.ts";

/** A number, a function of the step inside the program, or a scalar tensor (a Buffer to be set from outside). */
export type LearningRate = number | Schedule | Tensor;

export interface TransformContext {
  /** Optimiser steps made before this one, float32 []. */
  step: Tensor;
  /** Which part of the vector belongs to which parameter; frozen parameters have none. */
  segments: readonly Segment[];
  /** The parameters in the layout of the gradient. */
  parameterVector: Tensor;
}

/** What happens to the flat gradient of all groups before the optimiser sees it. */
export interface GradientTransform {
  /** @param gradient [n] @returns [n] */
  apply(gradient: Tensor, context: TransformContext): Tensor;
  /** What must be saved for a run to be resumed. */
  state?: readonly Buffer[];
}

export interface GroupOptions {
  lr: LearningRate;
  /** λ. Added to the gradient as λ·p after the transforms, except by AdamW, which shrinks the parameter by lr·λ. */
  weightDecay?: number;
}

/** Some parameters with options of their own; what is not named is as for the others. */
export type ParameterGroup<O extends GroupOptions> = { params: readonly Parameter[] } & Partial<O>;

/** One step of a block of parameters: a flat vector [n] over the trainable ones, or one large parameter in its own shape. */
export interface FlatStep<O> {
  parameters: Tensor;
  /** After the transforms. */
  gradient: Tensor;
  /** [] */
  learningRate: Tensor;
  /** t = 0, 1, …, [] */
  step: Tensor;
  options: O;
  /** State vectors by name, before the step. */
  state: Readonly<Record<string, Tensor>>;
}

export interface FlatResult {
  parameters: Tensor;
  state?: Readonly<Record<string, Tensor>>;
}

/** Parameters that are updated as one vector, or a large one that is updated as it is. */
interface Block<O> {
  options: O;
  segments: readonly Segment[];
  state: Map<string, Buffer>;
  alone: boolean;
  /** The parameters as one variable, where no other optimiser has laid them out otherwise. */
  pack?: VariablePack;
}

/** From this size on copying a gradient into a vector costs more than the ten operations of an update of its own. */
const large = 2 ** 18;

const isParameterList = (params: readonly object[]): params is readonly Parameter[] =>
  params.every((p) => p instanceof Parameter);

/**
 * What optimisers share: groups, the step counter, flat vectors, transforms. The gradients of a group are one vector, its
 * parameters and its state of a kind are one variable each, and the update is one formula. Without transforms, which see all
 * gradients at once, large parameters are spared the copy and stand in blocks of their own.
 */
export abstract class Optimizer<O extends GroupOptions> {
  /** Steps made, int32 []. */
  readonly steps = new Buffer(fromArray(new Int32Array(1), [], "int32"));
  readonly transforms: readonly GradientTransform[];
  /** All parameters in the order of the groups, frozen ones too. */
  readonly parameters: readonly Parameter[];
  readonly #blocks: readonly Block<O>[];
  readonly #readTrainable = (): string => this.parameters.map(({ trainable }) => (trainable ? 1 : 0)).join("");

  /**
   * @param params parameters, or groups of them with options of their own
   * @throws DomainError if there is none, one is named twice, or an option is out of range
   */
  constructor(
    params: readonly Parameter[] | readonly ParameterGroup<O>[],
    { transforms = [], ...options }: { transforms?: readonly GradientTransform[] } & O,
  ) {
    const shared = options as unknown as O;
    const groups: readonly ParameterGroup<O>[] = isParameterList(params)
      ? [{ params } as unknown as ParameterGroup<O>]
      : params;
    this.transforms = transforms;
    this.#blocks = groups.flatMap(({ params: members, ...own }) => this.#makeBlocks(members, { ...shared, ...own }));
    this.parameters = groups.flatMap(({ params: members }) => members);
    const all = this.parameters;
    if (all.length === 0) throw new DomainError("an optimiser needs at least one parameter, got none");
    const twice = all.find((parameter, i) => all.indexOf(parameter) !== i);
    if (twice) throw new DomainError(`the parameter ${twice.label || "without a label"} was given twice`);
    const other = all.find(({ dtype }) => dtype !== all[0].dtype);
    if (other)
      throw new DTypeError(`parameters of one optimiser share a dtype, got ${all[0].dtype} and ${other.dtype}`);
  }

  #makeBlocks(members: readonly Parameter[], options: O): Block<O>[] {
    const { lr, weightDecay = 0 } = options;
    if (lr === undefined) throw new DomainError("lr: a learning rate is needed, got undefined");
    if (typeof lr === "number") requireNotNegative("lr", lr);
    requireNotNegative("weightDecay", weightDecay);
    const isAlone = (parameter: Parameter): boolean => this.transforms.length === 0 && parameter.size >= large;
    const joined = members.filter((parameter) => !isAlone(parameter));
    const make = (inside: readonly Parameter[], alone: boolean): Block<O> => {
      const segments = layOut(inside);
      const shape = alone ? inside[0].shape : [segments.reduce((n, { size }) => n + size, 0)];
      const state = new Map<string, Buffer>();
      for (const [name, value] of Object.entries(this.initialState(options)))
        state.set(name, new Buffer(full(shape, value, members[0]?.dtype)));
      return { options, segments, state, alone, pack: alone ? undefined : packVariables(inside) };
    };
    const blocks = members.filter(isAlone).map((parameter) => make([parameter], true));
    return joined.length > 0 || blocks.length === 0 ? [make(joined, false), ...blocks] : blocks;
  }

  /** State vectors that options ask for, and what they are filled with. Called by the constructor. */
  protected abstract initialState(options: O): Record<string, number>;

  /** The rule. */
  protected abstract update(flat: FlatStep<O>): FlatResult;

  /** State by name, to be saved: the step counter, the vectors of each block, what transforms keep. */
  buffers(): Map<string, Buffer> {
    const names = new Map<string, Buffer>([["steps", this.steps]]);
    this.#blocks.forEach(({ state }, i) => {
      for (const [name, buffer] of state) names.set(`blocks.${i}.${name}`, buffer);
    });
    this.transforms.forEach(({ state = [] }, i) => {
      state.forEach((buffer, j) => {
        names.set(`transforms.${i}.${j}`, buffer);
      });
    });
    for (const [name, buffer] of names) if (buffer.label === "") buffer.label = name;
    return names;
  }

  /** One step down the gradient of a scalar loss. */
  minimize(loss: Tensor): void {
    const all = this.parameters;
    const trainable = all.filter((parameter) => parameter.trainable);
    const gradients = new Map(grad<Tensor[]>(loss, trainable).map((gradient, i) => [trainable[i], gradient]));
    this.step(all.map((parameter) => gradients.get(parameter)));
  }

  /**
   * One step along gradients from elsewhere.
   *
   * @param gradients one a parameter, in the order of `parameters`; undefined is zero. Those of frozen parameters are ignored
   * @throws ShapeError if the gradients do not fit the parameters
   */
  step(gradients: readonly (Tensor | undefined)[]): void {
    activeRecording()?.guard(this.#readTrainable);
    const all = this.parameters;
    if (gradients.length !== all.length)
      throw new ShapeError(`step: ${gradients.length} gradients for ${all.length} parameters`);
    const given = new Map(all.map((parameter, i) => [parameter, fitting(parameter, gradients[i])]));
    const step = cast(this.steps, "float32");
    this.steps.assign(add(this.steps, 1));

    const isProgram = activeRecording()?.kind === "program";
    const active = this.#blocks
      .map(({ pack, ...block }) => {
        const trainable = block.segments.filter(({ parameter }) => parameter.trainable);
        return {
          ...block,
          trainable,
          pack: isProgram && trainable.length === block.segments.length ? pack : undefined,
        };
      })
      .filter(({ trainable }) => trainable.length > 0);
    if (active.length === 0) return;
    const vectors = active.map(({ trainable, alone, pack }) => {
      const members = trainable.map(({ parameter }) => parameter);
      const gradients = members.map((parameter) => given.get(parameter) as Tensor);
      return alone
        ? { parameters: members[0].resolve(), gradient: gradients[0] }
        : { parameters: pack?.resolve() ?? flatten(members), gradient: flatten(gradients) };
    });
    const transformed = this.#transform(
      vectors,
      layOut(active.flatMap(({ trainable }) => trainable.map(({ parameter }) => parameter))),
      step,
    );
    // The last layers' gradients are ready first: in that order the updates free them before the first layers' are computed.
    for (const [i, block] of [...active.entries()].reverse())
      this.#updateBlock(block, { ...vectors[i], gradient: transformed[i] }, step);
  }

  /** Transforms see the gradient of all groups as one vector: a global norm is global. */
  #transform(
    vectors: readonly { parameters: Tensor; gradient: Tensor }[],
    segments: readonly Segment[],
    step: Tensor,
  ): Tensor[] {
    if (this.transforms.length === 0) return vectors.map(({ gradient }) => gradient);
    const parameterVector = concat(vectors.map(({ parameters }) => parameters));
    const whole = this.transforms.reduce(
      (gradient, transform) => {
        const next = transform.apply(gradient, { step, segments, parameterVector });
        if (!sameShape(next.shape, gradient.shape))
          throw new ShapeError(`a gradient transform made [${next.shape}] of [${gradient.shape}]`);
        return next;
      },
      concat(vectors.map(({ gradient }) => gradient)),
    );
    let start = 0;
    return vectors.map(({ gradient: { size } }) => {
      start += size;
      return range(whole, start - size, size);
    });
  }

  #updateBlock(
    { options, segments, trainable, state, alone, pack }: Block<O> & { trainable: readonly Segment[] },
    vectors: { parameters: Tensor; gradient: Tensor },
    step: Tensor,
  ): void {
    const { dtype } = vectors.parameters;
    const before = Object.fromEntries(
      [...state].map(([name, buffer]) => [name, alone ? buffer.resolve() : takeTrainable(buffer, segments)]),
    );
    const learningRate = cast(rateAt(options.lr, step), dtype);
    const after = this.update({ ...vectors, learningRate, step: cast(step, dtype), options, state: before });
    for (const [name, buffer] of state) {
      const value = after.state?.[name];
      if (value && alone) buffer.assign(value);
      else if (value) putTrainable(buffer, segments, value);
    }
    if (alone) {
      trainable[0].parameter.assign(after.parameters);
      return;
    }
    if (pack) {
      pack.assign(after.parameters);
      return;
    }
    let start = 0;
    for (const { parameter, size } of trainable) {
      parameter.assign(reshape(range(after.parameters, start, size), parameter.shape));
      start += size;
    }
  }
}

function rateAt(lr: LearningRate, step: Tensor): Tensor {
  if (typeof lr === "number") return scalar(lr);
  const rate = lr instanceof Tensor ? lr : lr(step);
  if (rate.size !== 1) throw new ShapeError(`a learning rate is one number, got a tensor [${rate.shape.join(", ")}]`);
  return reshape(rate, []);
}

function fitting(parameter: Parameter, gradient: Tensor | undefined): Tensor {
  if (!gradient) return zerosLike(parameter);
  if (!sameShape(gradient.shape, parameter.shape))
    throw new ShapeError(
      `step: ${parameter.label || "a parameter"} of shape [${parameter.shape.join(", ")}] got a gradient [${gradient.shape.join(", ")}]`,
    );
  return gradient;
}

export function requireNotNegative(name: string, value: number): void {
  if (!(value >= 0 && value < Number.POSITIVE_INFINITY))
    throw new DomainError(`${name} must be finite and not negative, got ${value}`);
}

/** A decay rate of a running mean. */
export function requireDecay(name: string, value: number): void {
  if (!(value >= 0 && value < 1)) throw new DomainError(`${name} lies in [0, 1), got ${value}`);
}
