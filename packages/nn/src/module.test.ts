import { Buffer, Generator, jit, mul, Parameter, scalar, scan, type Tensor, zeros } from "@paperworks/tensor";
import { expect, test } from "vitest";
import { Dropout } from "./layers/dropout.ts";
import { Linear } from "./layers/linear.ts";
import { Sequential } from "./layers/sequential.ts";
import {
  freeze,
  Module,
  namedBuffers,
  namedGenerators,
  namedParameters,
  parameterCount,
  parameters,
  submodules,
  unfreeze,
} from "./module.ts";

class Odd extends Module {
  readonly scale = new Parameter(scalar(2));
  readonly blocks = [
    new Linear({ inFeatures: 2, outFeatures: 3 }),
    { inner: new Linear({ inFeatures: 3, outFeatures: 1, bias: false }) },
  ];
  readonly byName = new Map([["head", new Linear({ inFeatures: 1, outFeatures: 1 })]]);
  readonly shared = this.blocks[0];
  readonly self: Module = this;
  readonly count = new Buffer(zeros([]));
  readonly generator = new Generator(3);
  readonly options = { rate: 0.5, act: Math.tanh };

  forward(x: Tensor): Tensor {
    return mul(x, this.training ? 10 : 1);
  }
}

test("variables are found in fields, arrays, objects and maps, each once, under dotted names that become labels", () => {
  const model = new Odd();
  expect([...namedParameters(model).keys()]).toEqual([
    "scale",
    "blocks.0.weight",
    "blocks.0.bias",
    "blocks.1.inner.weight",
    "byName.head.weight",
    "byName.head.bias",
  ]);
  expect(model.scale.label).toBe("scale");
  expect([...namedBuffers(model).keys()]).toEqual(["count"]);
  expect([...namedGenerators(model).keys()]).toEqual(["generator"]);
  expect(parameterCount(model)).toBe(1 + 9 + 3 + 2);
  expect(submodules(model)).toHaveLength(4);
});

test("a compiled function follows train and eval without being made anew by hand", async () => {
  const model = new Odd();
  let recordings = 0;
  const run = jit((x: Tensor) => {
    recordings++;
    return model.forward(x);
  });
  expect(await (await run(scalar(1))).item()).toBe(10);
  model.eval();
  expect(await (await run(scalar(1))).item()).toBe(1);
  model.train();
  expect(await (await run(scalar(1))).item()).toBe(10);
  expect(recordings).toBe(2);
});

test("the mode is part of the signature also when it is read inside a loop", async () => {
  const model = new Odd();
  const run = jit(
    (xs: Tensor) => scan((c: Tensor, x: Tensor) => ({ carry: c, output: model.forward(x) }), scalar(0), xs).outputs,
  );
  expect(await (await run(zeros([2]).add(1))).toArray()).toEqual([10, 10]);
  model.eval();
  expect(await (await run(zeros([2]).add(1))).toArray()).toEqual([1, 1]);
});

test("train and eval reach inner modules", () => {
  const inner = new Dropout({ rate: 0.5 });
  const model = new Sequential([new Sequential([inner])]);
  model.eval();
  expect(inner.training).toBe(false);
  expect(model.train().training && inner.training).toBe(true);
});

test("freezing marks every parameter of a part, and unfreezing undoes it", () => {
  const model = new Odd();
  freeze(model.blocks);
  expect(parameters(model).map(({ trainable }) => trainable)).toEqual([true, false, false, false, true, true]);
  unfreeze(model);
  expect(parameters(model).every(({ trainable }) => trainable)).toBe(true);
});
