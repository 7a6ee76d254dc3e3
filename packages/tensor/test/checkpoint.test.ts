import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { describe, expect, test } from "vitest";
import * as op from "../src/index.ts";
import {
  Buffer,
  checkpoint,
  configure,
  fromArray,
  Generator,
  grad,
  jit,
  Parameter,
  scan,
  type Tensor,
} from "../src/index.ts";
import { checkOperation, expectClose } from "./check.ts";
import { waves } from "./expressions.ts";
import { reference } from "./reference.ts";

configure({ threads: 1 });

const x = () => fromArray(waves(6, 1), [2, 3]);
const w = () => fromArray(waves(9, 2), [3, 3]);
const values = async (t: Tensor): Promise<number[]> => Array.from(await t.data(), Number);

describe("a checkpointed function", () => {
  const block = (a: Tensor, b: Tensor): Tensor => {
    const h = op.tanh(op.matmul(a, b));
    const { carry } = scan(
      (c: Tensor, v: Tensor) => ({ carry: c.mul(v).add(op.sin(c)), output: [] }),
      h.select(0, 0),
      h,
    );
    return op.exp(h).add(carry);
  };

  test("equals the function in value, first and second derivative, a loop inside it too", async () => {
    const inputs = [x(), w()];
    const apply = (a: Tensor, b: Tensor) => [checkpoint((c: Tensor) => block(c, b))(a)];
    await checkOperation({ inputs, apply }, { derivatives: 2, tolerance: 5e-5 });
    const [a, b] = inputs;
    const [left, right] = [apply(a, b)[0], block(a, b)].map((y) => {
      const first = grad(op.sum(y.mul(y)), inputs);
      const slope = first.reduce((sum, g) => sum.add(op.sum(g.mul(g))), op.scalar(0));
      return reference([y, ...first, ...grad(slope, inputs)]);
    });
    left.forEach((value, i) => {
      expectClose(`quantity ${i}`, value, right[i], 1e-10);
    });
  });

  test("draws the same numbers when it is computed again, and assigns its variables once", async () => {
    const [generator, count, weight] = [new Generator(3), new Buffer(op.scalar(0)), new Parameter(op.ones([50]))];
    const masked = (a: Tensor): Tensor => {
      count.assign(count.add(1));
      return op.exp(a.mul(generator.uniform([50])));
    };
    const gradients = (fn: (a: Tensor) => Tensor) => jit(() => grad(op.sum(fn(weight)), weight));
    const kept = await values(await gradients(masked)());
    generator.seed(3);
    count.set([0]);
    expect(await values(await gradients(checkpoint(masked))())).toEqual(kept);
    expect(await values(count)).toEqual([1]);
  });

  test("keeps a fraction of the memory of a deep chain: the resident peaks of two processes", async () => {
    const peak = async (mode: string): Promise<number> => {
      const script = fileURLToPath(new URL("./checkpoint-memory.ts", import.meta.url));
      const { stdout } = await promisify(execFile)(process.execPath, [script, mode]);
      return Number(stdout);
    };
    const [plain, checkpointed] = [await peak("plain"), await peak("checkpointed")];
    // 48 layers of 4 MB with two values each to keep, against 6 borders and the inside of one eighth.
    expect(plain - checkpointed).toBeGreaterThan(150);
  });
});
