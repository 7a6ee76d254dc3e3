import { describe, expect, it } from "vitest";
import { DomainError } from "../errors.ts";
import { strokeDigits } from "./stroke-digits.ts";

describe("strokeDigits", () => {
  it("balances the ten classes to within one", () => {
    const { labels } = strokeDigits({ count: 1003, seed: 0 });
    const counts = new Array(10).fill(0);
    for (const label of labels.data) counts[label]++;
    expect(Math.min(...counts)).toBe(100);
    expect(Math.max(...counts)).toBe(101);
  });

  it("gives the same pixels for the same seed, and others for another", () => {
    const first = strokeDigits({ count: 50, seed: 3 });
    expect(strokeDigits({ count: 50, seed: 3 })).toEqual(first);
    expect(strokeDigits({ count: 50, seed: 4 }).images.data).not.toEqual(first.images.data);
  });

  it("draws ink on every image, on 2 to 40 % of the pixels, at any size", () => {
    for (const size of [16, 28, 64]) {
      const { images } = strokeDigits({ count: 100, seed: 1, size });
      expect(images.shape).toEqual([100, size, size]);
      for (let i = 0; i < 100; i++) {
        const ink = images.data.subarray(i * size * size, (i + 1) * size * size).filter((pixel) => pixel > 127).length;
        expect(ink / (size * size)).toBeGreaterThan(0.02);
        expect(ink / (size * size)).toBeLessThan(0.4);
      }
    }
  });

  it("is learnable but not by templates: the nearest class mean is right for 50 to 85 %", () => {
    const { images, labels } = strokeDigits({ count: 3000, seed: 0 });
    expect(nearestCentroidAccuracy(images.data, labels.data, 784, 2000)).toBeGreaterThan(0.5);
    expect(nearestCentroidAccuracy(images.data, labels.data, 784, 2000)).toBeLessThan(0.85);
  });

  it("refuses a count of 0 and a size too small to draw on", () => {
    expect(() => strokeDigits({ count: 0, seed: 0 })).toThrow(DomainError);
    expect(() => strokeDigits({ count: 1, seed: 0, size: 4 })).toThrow("size is 4");
  });
});

function nearestCentroidAccuracy(images: Uint8Array, labels: Int32Array, width: number, train: number): number {
  const means = new Float64Array(10 * width);
  const counts = new Array(10).fill(0);
  for (let i = 0; i < train; i++) {
    counts[labels[i]]++;
    for (let j = 0; j < width; j++) means[labels[i] * width + j] += images[i * width + j];
  }
  for (let k = 0; k < means.length; k++) means[k] /= counts[Math.floor(k / width)];
  let right = 0;
  for (let i = train; i < labels.length; i++) {
    const distances = counts.map((_, label) => {
      let sum = 0;
      for (let j = 0; j < width; j++) sum += (images[i * width + j] - means[label * width + j]) ** 2;
      return sum;
    });
    if (distances.indexOf(Math.min(...distances)) === labels[i]) right++;
  }
  return right / (labels.length - train);
}
