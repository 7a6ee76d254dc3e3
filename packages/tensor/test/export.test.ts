import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { InferenceSession, Tensor as RuntimeTensor } from "onnxruntime-node";
import { describe, expect, test } from "vitest";
import * as op from "../src/index.ts";
import { configure, exportOnnx, fromArray, jit, type Tensor } from "../src/index.ts";
import { expectClose } from "./check.ts";
import { exportedModels, input, parameter } from "./exported-models.ts";

configure({ threads: 1 });

const models = exportedModels();

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
