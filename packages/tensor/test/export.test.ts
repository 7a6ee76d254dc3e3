import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { InferenceSession, Tensor as RuntimeTensor } from "onnxruntime-node";
import { describe, expect, test } from "vitest";
import * as op from "../src/index.ts";
import { configure, exportOnnx, fromArray, jit, Parameter, scan, type Tensor } from "../src/index.ts";
import { expectClose } from "./check.ts";
import { waves } from "./expressions.ts";

configure({ threads: 1 });

const parameter = (shape: number[], phase: number, scale = 0.5): Parameter =>
  new Parameter(
    fromArray(
      waves(
        shape.reduce((a, b) => a * b, 1),
        phase,
      ).map((v) => v * scale),
      shape,
    ),
  );
const input = (shape: number[], phase: number): Tensor =>
  fromArray(
    waves(
      shape.reduce((a, b) => a * b, 1),
      phase,
    ),
    shape,
  );

interface Model {
  name: string;
  inputs: Record<string, Tensor>;
  forward(inputs: Record<string, Tensor>): Tensor | Record<string, Tensor>;
}

function perceptron(): Model {
  const [w1, b1, w2] = [parameter([12, 20], 1), parameter([20], 2), parameter([20, 4], 3)];
  return {
    name: "a perceptron with softmax",
    inputs: { images: input([3, 12], 4) },
    forward: ({ images }) => op.softmax(op.matmul(op.relu(op.matmul(images, w1).add(b1)), w2)),
  };
}

function convolutional(): Model {
  const [w1, w2, head] = [parameter([8, 3, 3, 3], 1), parameter([8, 1, 3, 3], 2), parameter([8, 5], 3)];
  return {
    name: "a convolution net with pooling",
    inputs: { images: input([2, 3, 12, 12], 5) },
    forward: ({ images }) => {
      const x = op.maxPool(op.gelu(op.conv(images, w1, { padding: "same" })), { kernel: 2 });
      const y = op.avgPool(op.silu(op.conv(x, w2, { padding: 1, groups: 8, stride: 2 })), {
        kernel: 3,
        stride: 1,
        padding: 1,
      });
      const features = op.globalAveragePool(y);
      return { logits: op.matmul(features, head), features };
    },
  };
}

function attention(): Model {
  const dim = 8;
  const [wq, wk, wv, wo] = [1, 2, 3, 4].map((phase) => parameter([dim, dim], phase));
  const split = (t: Tensor) => op.rearrange(t, "b n (h d) -> b h n d", { h: 2 });
  return {
    name: "an attention block with a causal mask",
    inputs: { tokens: input([2, 5, dim], 6) },
    forward: ({ tokens }) => {
      const x = op.standardize(tokens);
      const [q, k, v] = [wq, wk, wv].map((w) => split(op.matmul(x, w)));
      const scores = op.matmul(q, k.transpose()).mul(1 / 2);
      const masked = op.where(op.triangle(5), scores, -1e9);
      const mixed = op.rearrange(op.matmul(op.softmax(masked), v), "b h n d -> b n (h d)");
      return tokens.add(op.matmul(mixed, wo));
    },
  };
}

function recurrent(): Model {
  const [w, u] = [parameter([6, 6], 1), parameter([4, 6], 2)];
  return {
    name: "a recurrent net in a loop",
    inputs: { sequence: input([7, 2, 4], 3), state: input([2, 6], 4) },
    forward: ({ sequence, state }) => {
      const step = (h: Tensor, x: Tensor) => {
        const next = op.tanh(op.matmul(h, w).add(op.matmul(x, u)));
        return { carry: next, output: next };
      };
      const { carry, outputs } = scan(step, state, sequence);
      return { last: carry, all: outputs, backwards: scan(step, state, sequence, { reverse: true }).carry };
    },
  };
}

const models = [perceptron(), convolutional(), attention(), recurrent()];

/** Operator sets of a model file: field 8 of ModelProto, each with a domain (1) and a version (2). */
function operatorSets(bytes: Uint8Array): { domain: string; version: number }[] {
  const sets: { domain: string; version: number }[] = [];
  const walk = (
    start: number,
    end: number,
    visit: (field: number, value: number, from: number, to: number) => void,
  ) => {
    let at = start;
    const varint = (): number => {
      let [value, factor] = [0, 1];
      for (;;) {
        const byte = bytes[at++];
        value += (byte & 127) * factor;
        factor *= 128;
        if (byte < 128) return value;
      }
    };
    while (at < end) {
      const key = varint();
      if (key % 8 === 0) visit(key >> 3, varint(), at, at);
      else {
        const length = varint();
        visit(key >> 3, 0, at, at + length);
        at += length;
      }
    }
  };
  walk(0, bytes.length, (field, _value, from, to) => {
    if (field !== 8) return;
    const set = { domain: "", version: 0 };
    walk(from, to, (inner, value, a, b) => {
      if (inner === 1) set.domain = new TextDecoder().decode(bytes.subarray(a, b));
      if (inner === 2) set.version = value;
    });
    sets.push(set);
  });
  return sets;
}

const python = "/usr/bin/python3";
const hasChecker = (() => {
  try {
    execFileSync(python, ["-c", "import onnx"], { stdio: "ignore" });
    return true;
  } catch {
    return false;
  }
})();
if (!hasChecker) console.warn("the ONNX checker is not installed (Debian: python3-onnx): its tests are skipped");

describe.each(models)("$name, exported", ({ inputs, forward }) => {
  test("gives the same output in a fresh session of the runtime, under the names it was given", async () => {
    const bytes = await exportOnnx(forward, inputs);
    const result = await jit(forward)(inputs);
    const expected: Record<string, Tensor> = result instanceof op.Tensor ? { output: result } : result;
    const session = await InferenceSession.create(bytes, { logSeverityLevel: 3, intraOpNumThreads: 1 });
    expect([...session.inputNames].sort()).toEqual(Object.keys(inputs).sort());
    const feeds = Object.fromEntries(
      Object.entries(inputs).map(([name, t]) => [name, new RuntimeTensor("float32", t.held as Float32Array, t.shape)]),
    );
    const outputs = await session.run(feeds);
    await session.release();
    expect(Object.keys(outputs).sort()).toEqual(Object.keys(expected).sort());
    for (const [name, t] of Object.entries(expected)) {
      expect(outputs[name].dims).toEqual(t.shape);
      expectClose(name, outputs[name].data as Float32Array, Array.from((await t.data()) as Float32Array), 1e-5);
    }
  });

  test("declares operator set 17 of the standard domain and no other", async () => {
    expect(operatorSets(await exportOnnx(forward, inputs))).toEqual([{ domain: "", version: 17 }]);
  });

  test.skipIf(!hasChecker)("passes the ONNX checker, with inferred shapes that agree", async () => {
    const folder = mkdtempSync(join(tmpdir(), "paperworks-onnx-"));
    try {
      const file = join(folder, "model.onnx");
      writeFileSync(file, await exportOnnx(forward, inputs));
      const script =
        "import onnx, sys; onnx.checker.check_model(onnx.load(sys.argv[1]), full_check=True); print('valid')";
      expect(execFileSync(python, ["-c", script, file], { encoding: "utf8" }).trim()).toBe("valid");
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});

test("an export holds the variables as they are at the time", async () => {
  const w = parameter([4], 1);
  const forward = ({ x }: { x: Tensor }) => x.mul(w);
  w.assign(fromArray(Float32Array.of(1, 2, 3, 4), [4]));
  const bytes = await exportOnnx(forward, { x: input([4], 2) });
  w.set([0, 0, 0, 0]);
  const session = await InferenceSession.create(bytes, { logSeverityLevel: 3, intraOpNumThreads: 1 });
  const { output } = await session.run({ x: new RuntimeTensor("float32", Float32Array.of(1, 1, 1, 1), [4]) });
  expect(Array.from(output.data as Float32Array)).toEqual([1, 2, 3, 4]);
  await session.release();
});

test("an operation of a later operator set raises the declared set", async () => {
  const bytes = await exportOnnx(({ x }) => op.bitXor(x, op.scalar(5, "int32")), { x: op.zeros([3], "int32") });
  expect(operatorSets(bytes)).toEqual([{ domain: "", version: 18 }]);
});

test("an export without a named input is refused", async () => {
  await expect(exportOnnx(() => op.scalar(1), {})).rejects.toThrow(/at least one named input/);
});
