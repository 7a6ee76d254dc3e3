import { dct } from "../../src/ops/dct.ts";
import { dft, idft, inverseRealDft, realDft } from "../../src/ops/dft.ts";
import { istft, stft } from "../../src/ops/stft.ts";
import type { OperationCase } from "../operation-case.ts";

const normalizations = ["backward", "ortho", "forward"] as const;

export const transformCases: OperationCase[] = [
  {
    name: "dft and idft",
    derivatives: 2,
    empty: false,
    trial: (draw) => {
      const shape = draw.shape(1, 3, 5);
      const options = { axis: draw.axis(shape), normalization: draw.pick(...normalizations) };
      return {
        inputs: [draw.floats(shape), draw.floats(shape, { offset: 0.81 })],
        apply: (real, imaginary) => [
          ...Object.values(dft({ real: real.mul(real), imaginary }, options)),
          ...Object.values(idft({ real, imaginary }, options)),
          ...Object.values(dft(imaginary, options)),
        ],
      };
    },
  },
  {
    name: "realDft and inverseRealDft",
    derivatives: 2,
    empty: false,
    trial: (draw) => {
      const shape = draw.shape(1, 3, 5);
      const axis = draw.axis(shape);
      const length = shape.at(axis) as number;
      const options = { axis, normalization: draw.pick(...normalizations) };
      return {
        inputs: [draw.floats(shape)],
        apply: (x) => {
          const z = realDft(x.mul(x), options);
          return [z.real, z.imaginary, inverseRealDft(z, { ...options, length })];
        },
      };
    },
  },
  {
    name: "dct of both types",
    derivatives: 2,
    empty: false,
    trial: (draw) => {
      const shape = draw.shape(1, 3, 5);
      const axis = draw.axis(shape);
      const orthonormal = draw.pick(true, false);
      return {
        inputs: [draw.floats(shape)],
        apply: (x) => [dct(x.mul(x), { axis, orthonormal }), dct(x.mul(x), { axis, orthonormal, type: 3 })],
      };
    },
  },
  {
    name: "stft and istft",
    derivatives: 2,
    empty: false,
    trial: (draw) => {
      const frame = draw.whole(2, 5);
      const options = {
        frame,
        hop: draw.whole(1, frame),
        window: draw.pick("hann", "hamming", "rectangular"),
        center: draw.pick(true, false),
      } as const;
      const shape = [...draw.shape(0, 1, 2), frame + draw.whole(0, 4)];
      return {
        inputs: [draw.floats(shape)],
        apply: (x) => {
          const z = stft(x.mul(x), options);
          return [z.real, z.imaginary, istft(z, options)];
        },
      };
    },
  },
];
