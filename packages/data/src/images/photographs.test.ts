import { expect, test } from "vitest";
import { DomainError } from "../errors.ts";
import { memoryFinder } from "../files/finder.ts";
import { Random } from "../random.ts";
import { DataSource } from "../source.ts";
import { augmentedBatch } from "./augmented-batch.ts";
import { photographs } from "./photographs.ts";
import { shapeClasses, texturedShapes } from "./textured-shapes.ts";

const nothing = (): DataSource => new DataSource(memoryFinder({}));

test("shapes are balanced, the same for a seed and others for another", () => {
  const first = texturedShapes({ count: 103, seed: 1 });
  const counts = new Array(shapeClasses.length).fill(0);
  for (const label of first.labels.data) counts[label]++;
  expect(Math.max(...counts) - Math.min(...counts)).toBe(1);
  expect(texturedShapes({ count: 103, seed: 1 })).toEqual(first);
  expect(texturedShapes({ count: 103, seed: 2 }).images.data).not.toEqual(first.images.data);
});

test("colour tells nothing of the class: a classifier by mean colours stays near chance", () => {
  const { images, labels } = texturedShapes({ count: 2000, seed: 0 });
  const colours = Array.from(labels.data, (_, i) =>
    [0, 1, 2].map(
      (c) => images.data.subarray((3 * i + c) * 1024, (3 * i + c + 1) * 1024).reduce((a, b) => a + b, 0) / 1024,
    ),
  );
  const centres = shapeClasses.map((_, label) => {
    const own = colours.filter((_, i) => i < 1000 && labels.data[i] === label);
    return [0, 1, 2].map((c) => own.reduce((sum, colour) => sum + colour[c], 0) / own.length);
  });
  let right = 0;
  for (let i = 1000; i < 2000; i++) {
    const distances = centres.map((centre) => Math.hypot(...centre.map((value, c) => value - colours[i][c])));
    if (distances.indexOf(Math.min(...distances)) === labels.data[i]) right++;
  }
  expect(right / 1000).toBeLessThan(0.2);
});

test("channels are standardised by the training images alone, and the source says what served", async () => {
  const source = nothing();
  const { train, test: held, real } = await photographs(source, { train: 200, test: 50, seed: 3 });
  expect(real).toBe(false);
  expect(source.provenance).toMatchObject([{ dataset: "cifar10", origin: "generated", records: 250 }]);
  expect(held.images.shape).toEqual([50, 3, 32, 32]);
  for (let channel = 0; channel < 3; channel++) {
    const values = train.images.data.filter((_, i) => Math.floor(i / 1024) % 3 === channel);
    const mean = values.reduce((a, b) => a + b, 0) / values.length;
    const variance = values.reduce((a, b) => a + (b - mean) ** 2, 0) / values.length;
    expect(mean).toBeCloseTo(0, 3);
    expect(variance).toBeCloseTo(1, 3);
  }
});

test("an augmented image is its original, flipped, and moved with zeros coming in", () => {
  const data = Float32Array.from({ length: 2 * 3 * 4 }, (_, i) => i + 1);
  const set = { images: { data, shape: [1, 2, 3, 4] }, labels: { data: Int32Array.of(7), shape: [1] } };
  const seen = new Set<string>();
  for (let seed = 0; seed < 200; seed++) {
    const { images, labels } = augmentedBatch(set, [0], new Random(seed), { shift: 1 });
    expect([...labels.data]).toEqual([7]);
    seen.add(images.data.join());
  }
  const expected = new Set<string>();
  for (const flipped of [false, true])
    for (const right of [-1, 0, 1])
      for (const down of [-1, 0, 1])
        expected.add(
          Array.from(data, (_, at) => {
            const [channel, row, column] = [Math.floor(at / 12), (Math.floor(at / 4) % 3) - down, (at % 4) - right];
            if (row < 0 || row > 2 || column < 0 || column > 3) return 0;
            return data[channel * 12 + row * 4 + (flipped ? 3 - column : column)];
          }).join(),
        );
  expect(seen).toEqual(expected);
  expect(data[0]).toBe(1);
});

test("impossible sizes are refused", async () => {
  expect(() => texturedShapes({ count: 0, seed: 0 })).toThrow(DomainError);
  expect(() => texturedShapes({ count: 1, seed: 0, size: 4 })).toThrow("size is 4");
  await expect(photographs(nothing(), { train: 0, seed: 0 })).rejects.toThrow(DomainError);
});
