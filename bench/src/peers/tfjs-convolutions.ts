import type { Tensor, Tensor4D, Variable } from "@tensorflow/tfjs";
import type { Tfjs } from "./tfjs.ts";

type Layer = (x: Tensor4D) => Tensor4D;

/**
 * Convolutions that train on TensorFlow.js' WebAssembly backend, which has neither Conv2DBackpropFilter nor the two
 * derivatives of depthwise convolutions: they are written here with kernels it has. Channels last, zeros on both sides.
 */
export function tfjsConvolutions(tf: Tfjs) {
  const padded = (x: Tensor4D, by: number): Tensor4D =>
    by === 0
      ? x
      : tf.pad(x, [
          [0, 0],
          [by, by],
          [by, by],
          [0, 0],
        ]);

  /** ∂w of a convolution is a convolution of x by the output's gradient, batch and channels swapped, dilated by the stride. */
  const convolve = (stride: number, padding: number) =>
    tf.customGrad((...inputs) => {
      const [x, w, save] = inputs as unknown as [Tensor4D, Tensor4D, (tensors: Tensor[]) => void];
      save([x, w]);
      const value = tf.conv2d(x, w, stride, padding, "NHWC", 1, "floor");
      const gradFunc = (dy: Tensor, saved: Tensor[]): Tensor[] => {
        const [image, kernel] = saved as Tensor4D[];
        const [k] = kernel.shape;
        const dx = tf.conv2dTranspose(dy as Tensor4D, kernel, image.shape, stride, padding, "floor");
        const dw = tf.conv2d(
          tf.transpose(padded(image, padding), [3, 1, 2, 0]),
          tf.transpose(dy, [1, 2, 0, 3]) as Tensor4D,
          1,
          "valid",
          "NHWC",
          stride,
        );
        return [dx, tf.transpose(tf.slice(dw, [0, 0, 0, 0], [-1, k, k, -1]), [1, 2, 0, 3])];
      };
      return { value, gradFunc };
    });

  /** Zeros between the values, so that the gradient of a strided convolution is one of stride 1. */
  const spread = (dy: Tensor4D, stride: number): Tensor4D => {
    if (stride === 1) return dy;
    const [n, h, w, c] = dy.shape;
    const columns = tf.pad(tf.reshape(dy, [n * h, w, 1, c]), [
      [0, 0],
      [0, 0],
      [0, stride - 1],
      [0, 0],
    ]);
    const rows = tf.pad(tf.reshape(columns, [n, h, 1, w * stride * c]), [
      [0, 0],
      [0, 0],
      [0, stride - 1],
      [0, 0],
    ]);
    return tf.reshape(rows, [n, h * stride, w * stride, c]);
  };

  /** 3×3 a channel, padding 1. ∂x is the same with the kernel turned round; ∂w sums products offset by offset. */
  const convolveDepthwise = (stride: number) =>
    tf.customGrad((...inputs) => {
      const [x, w, save] = inputs as unknown as [Tensor4D, Tensor4D, (tensors: Tensor[]) => void];
      save([x, w]);
      const value = tf.depthwiseConv2d(x, w, stride, 1, "NHWC", 1, "floor");
      const gradFunc = (dy: Tensor, saved: Tensor[]): Tensor[] => {
        const [image, kernel] = saved as Tensor4D[];
        const dense = spread(dy as Tensor4D, stride);
        const dx = tf.depthwiseConv2d(dense, tf.reverse(kernel, [0, 1]), 1, 1);
        const around = padded(image, 1);
        const offsets = [0, 1, 2].flatMap((i) =>
          [0, 1, 2].map((j) => tf.sum(tf.mul(tf.slice(around, [0, i, j, 0], dense.shape), dense), [0, 1, 2])),
        );
        return [dx, tf.reshape(tf.concat(offsets), kernel.shape)];
      };
      return { value, gradFunc };
    });

  const kernel = (shape: [number, number, number, number], fanIn: number): Variable =>
    tf.variable(tf.randomNormal(shape, 0, Math.sqrt(2 / fanIn)));

  return {
    makeConv(inputs: number, outputs: number, k: number, stride: number): Layer {
      const weight = kernel([k, k, inputs, outputs], inputs * k * k);
      const apply = convolve(stride, (k - 1) / 2);
      return (x) => apply(x, weight) as Tensor4D;
    },

    makeDepthwise(channels: number, stride: number): Layer {
      const weight = kernel([3, 3, channels, 1], 9);
      const apply = convolveDepthwise(stride);
      return (x) => apply(x, weight) as Tensor4D;
    },

    /** With running statistics, the variance unbiased, as in PyTorch. */
    makeBatchNorm(channels: number, momentum = 0.1): Layer {
      const [weight, bias] = [tf.variable(tf.ones([channels])), tf.variable(tf.zeros([channels]))];
      const running = [tf.variable(tf.zeros([channels]), false), tf.variable(tf.ones([channels]), false)];
      return (x) => {
        const mean = tf.mean(x, [0, 1, 2]);
        const centred = tf.sub(x, mean);
        const variance = tf.mean(tf.square(centred), [0, 1, 2]);
        const count = x.size / channels;
        [mean, tf.mul(variance, count / (count - 1))].forEach((batch, i) => {
          running[i].assign(tf.add(tf.mul(running[i], 1 - momentum), tf.mul(batch, momentum)));
        });
        return tf.add(tf.mul(tf.mul(centred, tf.rsqrt(tf.add(variance, 1e-5))), weight), bias) as Tensor4D;
      };
    },
  };
}
