import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { afterAll, describe, expect, test } from "vitest";
import * as op from "../src/index.ts";
import { configure, exportOnnx, jit, Parameter, scan, type Tensor } from "../src/index.ts";
import { DomainError, DTypeError, loadModel, ModelFileError, ShapeError } from "../src/load-model.ts";
import { expectClose } from "./check.ts";
import { waveTensor } from "./expressions.ts";

configure({ threads: 1 });

const parameter = (shape: number[], phase: number): Parameter => new Parameter(waveTensor(shape, phase).mul(0.5));
const floats = async (t: Tensor): Promise<number[]> => Array.from((await t.data()) as Float32Array);

const [w1, w2] = [parameter([6, 8], 1), parameter([8, 3], 2)];
const classify = ({ x }: { x: Tensor }) => op.softmax(op.matmul(op.relu(op.matmul(x, w1)), w2));
const x = waveTensor([4, 6], 3);
const bytes = await exportOnnx(classify, { x });
const expected = await floats(await jit(classify)({ x }));
const folder = mkdtempSync(join(tmpdir(), "paperworks-model-"));
const file = join(folder, "model.onnx");
writeFileSync(file, bytes);
afterAll(() => rmSync(folder, { recursive: true }));

describe.each(["cpu", "wasm"] as const)("on %s, an exported model", (device) => {
  test.each([
    ["its bytes", bytes],
    ["its path", file],
    ["its URL", pathToFileURL(file)],
    ["its URL as text", pathToFileURL(file).href],
  ])("loaded from %s says what it takes and gives the same output", async (_, source) => {
    const model = await loadModel(source, { device, threads: 1 });
    expect(model.inputs).toEqual([{ name: "x", dtype: "float32", shape: [4, 6] }]);
    expect(model.outputs).toEqual([{ name: "output", dtype: "float32", shape: [4, 3] }]);
    const { output } = await model.run({ x: x.held as Float32Array });
    expect(output.shape).toEqual([4, 3]);
    expectClose("output", output.data, expected, 1e-5);
    await model.dispose();
  });

  test("that is recurrent gives token by token what it gives for the whole sequence", async () => {
    const [w, u] = [parameter([5, 5], 1), parameter([4, 5], 2)];
    const step = (h: Tensor, token: Tensor) => {
      const next = op.tanh(op.matmul(h, w).add(op.matmul(token, u)));
      return { carry: next, output: next };
    };
    const sequence = waveTensor([7, 2, 4], 5);
    const first = waveTensor([2, 5], 6);
    const whole = await floats(await jit((xs: Tensor, h: Tensor) => scan(step, h, xs).outputs)(sequence, first));
    const one = await exportOnnx(
      ({ token, hidden }: Record<string, Tensor>) => {
        const { carry } = step(hidden, token);
        return { nextHidden: carry, score: carry.sum(-1) };
      },
      { token: waveTensor([2, 4], 0), hidden: first },
    );
    const model = await loadModel(one, { device, threads: 1 });
    const stream = model.stream({ state: { hidden: "nextHidden" }, initial: { hidden: first.held as Float32Array } });
    const tokens = Array.from({ length: 7 }, (_, i) => (sequence.held as Float32Array).slice(i * 8, (i + 1) * 8));
    // Called at once: the steps take their turns.
    const outputs = await Promise.all(tokens.map((token) => stream.step({ token })));
    expectClose(
      "streamed",
      outputs.flatMap(({ nextHidden }) => Array.from(nextHidden.data, Number)),
      whole,
      1e-5,
    );
    expect(stream.state.hidden.data).toEqual(outputs[6].nextHidden.data);

    stream.reset();
    expect((await stream.step({ token: tokens[0] })).score.data).toEqual(outputs[0].score.data);
    const fromZero = model.stream({ state: { hidden: "nextHidden" } });
    expect(Array.from(fromZero.state.hidden.data, Number)).toEqual(new Array(10).fill(0));
    await model.dispose();
  });
});

describe("a file is refused", () => {
  test.each([
    ["empty", new Uint8Array(0), /is empty/],
    ["text", new TextEncoder().encode("<html>no such file</html>"), /is not an ONNX model: its first byte is 0x3c/],
    ["cut short by its last byte", bytes.slice(0, -1), /cut short|damaged/],
    ["cut to its half", bytes.slice(0, bytes.length >> 1), new RegExp(`cut short: it has ${bytes.length >> 1} bytes`)],
    ["cut before its graph", bytes.slice(0, 4), /no graph|cut short/],
  ])("that is %s", async (_, source, message) => {
    const loading = loadModel(source);
    await expect(loading).rejects.toThrow(ModelFileError);
    await expect(loading).rejects.toThrow(message);
  });

  test("that is cut short anywhere", async () => {
    for (let length = 0; length < bytes.length; length += 7) {
      await expect(loadModel(bytes.slice(0, length)), `${length} bytes`).rejects.toThrow(ModelFileError);
    }
  });

  test("that is not there, with its path", async () => {
    await expect(loadModel(join(folder, "nothing.onnx"))).rejects.toThrow(/nothing\.onnx cannot be read: ENOENT/);
  });

  test("whose graph the runtime does not take", async () => {
    // An operator that does not exist, of the same length as the one it replaces.
    const text = Buffer.from(bytes).toString("latin1").replace("Softmax", "Softmix");
    await expect(loadModel(Buffer.from(text, "latin1"))).rejects.toThrow(
      /the runtime does not take the model: .*Softmix/s,
    );
  });
});

describe("an input is refused", () => {
  const refusal = async (inputs: Record<string, never>): Promise<unknown> => {
    const model = await loadModel(bytes);
    return model.run(inputs).then(
      () => undefined,
      (error) => error,
    );
  };
  const values = x.held as Float32Array;

  test.each([
    ["missing", {}, DomainError, /input x is missing: the inputs are x/],
    ["unknown", { x: values, y: values }, DomainError, /no input y: its inputs are x/],
    ["too short", { x: values.slice(1) }, ShapeError, /input x is float32 \[4, 6\] and takes 24 values, got 23/],
    [
      "of another shape",
      { x: { data: values, shape: [6, 4] } },
      ShapeError,
      /input x is float32 \[4, 6\], got \[6, 4\]/,
    ],
    ["shorter than its shape", { x: { data: values.slice(1), shape: [4, 6] } }, ShapeError, /takes 24 values, got 23/],
    ["of another dtype", { x: Float64Array.from(values) }, DTypeError, /input x is float32 \[4, 6\], got float64/],
  ])("that is %s", async (_, inputs, type, message) => {
    const error = await refusal(inputs as Record<string, never>);
    expect(error).toBeInstanceOf(type);
    expect((error as Error).message).toMatch(message);
  });

  test("that names a state the model does not have", async () => {
    const model = await loadModel(bytes);
    expect(() => model.stream({ state: { h: "output" } })).toThrow(/input h, which the model does not have.* x$/);
    expect(() => model.stream({ state: { x: "next" } })).toThrow(
      /output next, which the model does not have.* output$/,
    );
    expect(() => model.stream({ state: { x: "output" }, initial: { h: values } })).toThrow(/h, which is no state/);
  });
});
