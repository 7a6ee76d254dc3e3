import { cost, type Tensor, zeros } from "@paperworks/tensor";
import { expect, test } from "vitest";
import { type Layer, parameterCount } from "../src/index.ts";
import { MobileNetV2 } from "./published/mobilenet-v2.ts";
import { ResNet18 } from "./published/resnet-18.ts";
import { vitB16 } from "./published/vit-b16.ts";

/*
 * Parameters are exact: the counts of torchvision's models of these names. Multiply-adds are published to two or three
 * digits (He et al. 2016, Dosovitskiy et al. 2021 with attention products, Sandler et al. 2018): 1 % covers the rounding.
 */
const published: { name: string; make: () => Layer; macs: number; parameters: number }[] = [
  { name: "ResNet-18", make: () => new ResNet18(), macs: 1.82e9, parameters: 11_689_512 },
  { name: "ViT-B/16", make: vitB16, macs: 17.6e9, parameters: 86_567_656 },
  { name: "MobileNet-V2", make: () => new MobileNetV2(), macs: 300e6, parameters: 3_504_872 },
];
const tolerance = 0.01;

test.each(published)("$name costs at 224² what is published", ({ make, macs, parameters }) => {
  const model = make().eval() as Layer;
  const counted = cost((images: Tensor) => model.forward(images), zeros([1, 3, 224, 224]));
  expect(parameterCount(model)).toBe(parameters);
  expect(counted.parameters).toBe(parameters);
  expect(Math.abs(counted.macs / macs - 1), `${counted.macs} multiply-adds`).toBeLessThan(tolerance);
  // A table by operation that adds up, with two operations a multiply-add at the least.
  expect(counted.operations.reduce((n, operation) => n + operation.macs, 0)).toBe(counted.macs);
  expect(counted.flops).toBeGreaterThan(2 * counted.macs);
});

test("attention's own products are a twenty-fifth of ViT-B/16", () => {
  const [length, dim, depth] = [197, 768, 12];
  const model = vitB16().eval();
  const { operations } = cost((images: Tensor) => model.forward(images), zeros([1, 3, 224, 224]));
  const products = operations.find(({ operation }) => operation === "matmul")?.macs ?? 0;
  const patches = (length - 1) * 3 * 16 * 16 * dim;
  const linear = patches + depth * length * 12 * dim * dim + 1000 * dim;
  expect(products - linear).toBe(depth * 2 * length * length * dim);
});
