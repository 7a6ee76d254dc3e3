import { fromArray, Generator, manualSeed } from "@paperworks/tensor";
import { expect, test } from "vitest";
import { ticketOf } from "./image-training.ts";
import { StepResNet } from "./step-resnet.ts";

const images = fromArray(new Generator(1).hostNormal(2 * 3 * 32 * 32), [2, 3, 32, 32]);

test("stages keep their shape: five blocks at 16×16, and four behind the one that goes to 8×8", () => {
  const model = new StepResNet({ kinds: "step" });
  const { stages, sizes, logits } = model.features(images);
  expect(stages.map((features) => features.length)).toEqual([6, 5]);
  expect(stages.map(([{ shape }]) => shape)).toEqual([
    [2, 16, 16, 16],
    [2, 32, 8, 8],
  ]);
  expect(sizes.map((a) => a?.shape[1])).toEqual([16, 16, 16, 16, 16, 32, 32, 32, 32, 32]);
  expect(logits.shape).toEqual([2, 10]);
  expect(model.steadyBlocks).toEqual([0, 1, 2, 3, 4, 6, 7, 8, 9]);
});

test("a network of steps begins as the plain one", async () => {
  const outputs = [];
  for (const kinds of ["none", "step"] as const) {
    manualSeed(4);
    const model = new StepResNet({ kinds, blocks: [1, 1] });
    // The head is drawn last, behind the adaptors' own weights.
    model.head.weight.set(new Generator(2).hostNormal(320));
    const { stages } = model.eval().features(images);
    outputs.push(Array.from(await stages[0][1].data(), Number));
  }
  expect(outputs[1]).toEqual(outputs[0]);
});

test("tickets take the stiffest blocks, or the least stiff, and never the one that changes the shape", () => {
  const model = { blocks: new Array(6).fill(null), steadyBlocks: [0, 1, 2, 4, 5] };
  const profile = [
    [0.3, 0.9, 0.1],
    [0.5, 0.2],
  ];
  const ticket = (end: "stiffest" | "least stiff") => ticketOf(model, profile, { end, count: 2, kind: "step" });
  expect(ticket("stiffest")).toEqual(["none", "step", "none", "none", "step", "none"]);
  expect(ticket("least stiff")).toEqual(["none", "none", "step", "none", "none", "step"]);
});

test("stages and kinds that do not fit are refused", () => {
  expect(() => new StepResNet({ kinds: ["step"], blocks: [1, 1] })).toThrow(/1 kinds of adaptors for 2 blocks/);
  expect(() => new StepResNet({ kinds: "se", blocks: [1] })).toThrow(/1 stages of blocks and 2 of channels/);
});
