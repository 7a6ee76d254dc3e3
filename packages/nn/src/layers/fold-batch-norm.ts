import { add, matmul, mul, reshape, ShapeError, sum, type Tensor } from "@paperworks/tensor";
import type { BatchNorm } from "./batch-norm.ts";
import { Conv } from "./conv.ts";
import { Linear } from "./linear.ts";

/** A vector along the first axis of a weight. */
const alongOutputs = (v: Tensor, { rank }: Tensor): Tensor => reshape(v, [v.size, ...new Array(rank - 1).fill(1)]);

/** A convolution of the same geometry with a weight and a bias of its own. */
export function convolutionOf(like: Conv, weight: Tensor, bias: Tensor): Conv {
  const [outChannels, perGroup, ...kernel] = weight.shape;
  const zeros = () => new Float32Array(weight.size);
  const inChannels = perGroup * (like.options.groups ?? 1);
  const made = new Conv({ ...like.options, inChannels, outChannels, kernel, init: zeros });
  made.weight.assign(weight);
  made.bias?.assign(bias);
  return made;
}

/** Outputs of a convolution times a factor a channel, as one convolution: s (w ⋆ x + b) + t. @param scale, shift [outChannels] */
export function scaleOutputs(conv: Conv, scale: Tensor, shift?: Tensor): Conv {
  if (scale.rank !== 1 || scale.size !== conv.weight.shape[0])
    throw new ShapeError(`${conv.weight.shape[0]} outputs take as many factors, got [${scale.shape.join(", ")}]`);
  const bias = conv.bias ? mul(conv.bias, scale) : mul(scale, 0);
  return convolutionOf(conv, mul(conv.weight, alongOutputs(scale, conv.weight)), shift ? add(bias, shift) : bias);
}

/**
 * A convolution and the batch norm behind it, in evaluation, as one convolution with bias: the weights of output c are multiplied by
 * γ_c/√(v_c + ε), and its bias becomes β_c + (b_c − m_c) γ_c/√(v_c + ε).
 *
 * @returns a new layer with today's weights and running statistics: fold after training
 * @throws ShapeError if the norm is not over the convolution's outputs
 */
export function foldBatchNorm(conv: Conv, norm: BatchNorm): Conv {
  const { scale, shift } = norm.affine();
  return scaleOutputs(conv, scale, shift);
}

/**
 * A batch norm and the layer that takes its output, in evaluation, as one layer with bias: weights of input c are multiplied by its
 * scale, and the bias gains W t. Padding would add zeros behind the norm, but −t in front of it, so a convolution has none here, and
 * no groups.
 *
 * @throws ShapeError if the norm is not over the layer's inputs, or for a convolution with padding or groups
 */
export function foldBatchNormBefore(norm: BatchNorm, layer: Conv): Conv;
export function foldBatchNormBefore(norm: BatchNorm, layer: Linear): Linear;
export function foldBatchNormBefore(norm: BatchNorm, layer: Linear | Conv): Linear | Conv {
  const { scale, shift } = norm.affine();
  const { weight, bias } = layer;
  const inputs = layer instanceof Linear ? weight.shape[0] : weight.shape[1];
  if (inputs !== norm.channels)
    throw new ShapeError(`foldBatchNormBefore: a norm over ${norm.channels} channels before a layer of ${inputs}`);
  if (layer instanceof Linear) {
    const made = new Linear({ inFeatures: inputs, outFeatures: weight.shape[1] });
    made.weight.assign(mul(weight, reshape(scale, [inputs, 1])));
    const moved = reshape(matmul(reshape(shift, [1, inputs]), weight), [weight.shape[1]]);
    made.bias?.assign(bias ? add(moved, bias) : moved);
    return made;
  }
  const { padding = 0, groups = 1 } = layer.options;
  if (groups !== 1 || !(padding === "valid" || [padding].flat(2).every((n) => n === 0)))
    throw new ShapeError(
      `foldBatchNormBefore: a convolution without padding and groups is needed, got padding ${JSON.stringify(padding)}, ${groups} groups`,
    );
  const window = new Array(weight.rank - 2).fill(1);
  const moved = sum(
    mul(weight, reshape(shift, [1, inputs, ...window])),
    weight.shape.flatMap((_, axis) => (axis === 0 ? [] : [axis])),
  );
  return convolutionOf(layer, mul(weight, reshape(scale, [1, inputs, ...window])), bias ? add(moved, bias) : moved);
}
