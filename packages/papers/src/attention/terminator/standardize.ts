import { BatchNorm, Module } from "@paperworks/nn";
import {
  add,
  concat,
  DomainError,
  formatShape,
  mean,
  mul,
  rsqrt,
  ShapeError,
  slice,
  square,
  sub,
  type Tensor,
} from "@paperworks/tensor";

/*
 * Standardisation without learned scale or shift: features keep a mean of 0, which is what makes products of features mean interaction.
 */

const epsilon = 1e-5;

function over(x: Tensor, axes: readonly number[]): Tensor {
  const centred = sub(x, mean(x, [...axes], { keepDims: true }));
  return mul(centred, rsqrt(add(mean(square(centred), [...axes], { keepDims: true }), epsilon)));
}

const spaceOf = (x: Tensor): number[] => x.shape.slice(2).map((_, i) => i + 2);

/** BS: (x − μ)/√(σ² + ε) a channel, over batch and space. @param x [batch, channels, ...spatial] */
export const batchStandardize = (x: Tensor): Tensor => over(x, [0, ...spaceOf(x)]);

/**
 * IS: the same a channel of each example, over space.
 *
 * @param x [batch, channels, ...spatial]
 * @throws ShapeError for maps of one value, of which nothing would be left
 */
export function instanceStandardize(x: Tensor): Tensor {
  if (x.rank < 3 || x.shape.slice(2).every((n) => n === 1))
    throw new ShapeError(`instanceStandardize: a map has more than one value, got ${formatShape(x.shape)}`);
  return over(x, spaceOf(x));
}

/** BS as a layer: by the batch in training, by running statistics in evaluation. */
export class BatchStandardize extends BatchNorm {
  constructor(channels: number) {
    super({ channels, epsilon, affine: false });
  }
}

/** G-IBS: the channels in groups, those of even index BS, those of odd index IS. */
export class GroupedStandardize extends Module {
  readonly groups: number;
  readonly channels: number;
  /** Of the groups of even index. */
  readonly batch: readonly BatchStandardize[];

  /** @throws DomainError if the groups do not divide the channels */
  constructor({ channels, groups }: { channels: number; groups: number }) {
    super();
    if (!Number.isInteger(channels / groups) || groups < 1)
      throw new DomainError(`GroupedStandardize: ${channels} channels do not divide into ${groups} groups`);
    this.groups = groups;
    this.channels = channels;
    this.batch = Array.from({ length: Math.ceil(groups / 2) }, () => new BatchStandardize(channels / groups));
  }

  /** @param x [batch, channels, ...spatial] */
  forward(x: Tensor): Tensor {
    return groupedStandardize(x, this.groups, (part, group) => this.batch[group / 2].forward(part));
  }
}

/**
 * G-IBS with the statistics of this batch, or with another BS.
 *
 * @param standardizeBatch BS of a group of even index
 */
export function groupedStandardize(
  x: Tensor,
  groups: number,
  standardizeBatch: (part: Tensor, group: number) => Tensor = batchStandardize,
): Tensor {
  const width = x.shape[1] / groups;
  if (!Number.isInteger(width))
    throw new DomainError(`groupedStandardize: ${x.shape[1]} channels do not divide into ${groups} groups`);
  const parts = Array.from({ length: groups }, (_, group) => {
    const part = slice(x, [{ axis: 1, start: group * width, end: (group + 1) * width }]);
    return group % 2 === 0 ? standardizeBatch(part, group) : instanceStandardize(part);
  });
  return concat(parts, 1);
}
