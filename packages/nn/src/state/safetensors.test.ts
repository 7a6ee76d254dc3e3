import { fromArray, scalar, type Tensor, tensor, zeros } from "@paperworks/tensor";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { SafetensorsError, StateMismatchError } from "../errors.ts";
import { BatchNorm } from "../layers/batch-norm.ts";
import { Linear } from "../layers/linear.ts";
import { Gru } from "../layers/recurrent.ts";
import { Sequential } from "../layers/sequential.ts";
import { Module } from "../module.ts";
import { loadInto } from "./load.ts";
import { pyTorchLayout } from "./pytorch.ts";
import { loadSafetensors, parseSafetensors, saveSafetensors } from "./safetensors.ts";

/** A file with a header of one's own and some bytes after it. */
function file(header: unknown, data: ArrayLike<number> = []): Uint8Array {
  const text = new TextEncoder().encode(typeof header === "string" ? header : JSON.stringify(header));
  const bytes = new Uint8Array(8 + text.length + data.length);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(text.length), true);
  bytes.set(text, 8);
  bytes.set(data, 8 + text.length);
  return bytes;
}
const f32 = (begin: number, end: number, shape = [(end - begin) / 4]) => ({
  dtype: "F32",
  shape,
  data_offsets: [begin, end],
});
const numbers = async (t: Tensor): Promise<number[]> => Array.from(await t.data(), Number);

test("every dtype comes back bit for bit, with its shape and the metadata", async () => {
  const tensors: Record<string, Tensor> = {
    half: fromArray(Float16Array.of(1.5, -0), [2]),
    flags: tensor([true, false, true]),
    "a.b": fromArray(Float64Array.of(Math.PI, Number.NaN, Number.NEGATIVE_INFINITY), [3, 1]),
    long: fromArray(BigInt64Array.of(2n ** 60n), []),
    bytes: fromArray(Uint8Array.of(255), [1, 1]),
    small: fromArray(Int8Array.of(-128), [1]),
    words: fromArray(Uint32Array.of(2 ** 32 - 1), [1]),
    ints: fromArray(Int32Array.of(-5, 6), [1, 2]),
    empty: zeros([0, 3]),
    __proto: scalar(7),
  };
  const { tensors: found, metadata } = parseSafetensors(await saveSafetensors(tensors, { metadata: { made: "here" } }));
  expect([...metadata]).toEqual([["made", "here"]]);
  expect([...found.keys()].sort()).toEqual(Object.keys(tensors).sort());
  for (const [name, original] of Object.entries(tensors)) {
    const loaded = found.get(name) as Tensor;
    expect(loaded.dtype).toBe(original.dtype);
    expect(loaded.shape).toEqual(original.shape);
    expect(await loaded.data()).toEqual(await original.data());
  }
});

test("any tensors by any names survive the round trip", async () => {
  const shapes = fc.array(fc.nat(4), { maxLength: 3 });
  const named = fc.dictionary(
    fc.string({ unit: "grapheme" }).filter((name) => name !== "__metadata__"),
    shapes.chain((shape) => {
      const size = shape.reduce((a, b) => a * b, 1);
      return fc.tuple(fc.constant(shape), fc.array(fc.float(), { minLength: size, maxLength: size }));
    }),
  );
  await fc.assert(
    fc.asyncProperty(named, async (entries) => {
      const tensors = new Map(
        Object.entries(entries).map(([name, [shape, values]]) => [name, fromArray(Float32Array.from(values), shape)]),
      );
      const found = loadSafetensors(await saveSafetensors(tensors));
      expect(found.size).toBe(tensors.size);
      for (const [name, original] of tensors) expect(found.get(name)?.held).toEqual(original.held);
    }),
    { seed: 7, numRuns: 100 },
  );
});

test("bytes changed or cut anywhere give tensors or a SafetensorsError, nothing else", async () => {
  const good = await saveSafetensors({
    a: tensor([
      [1, 2],
      [3, 4],
    ]),
    b: tensor([1, 2, 3], { dtype: "int32" }),
  });
  fc.assert(
    fc.property(fc.nat(good.length - 1), fc.nat(255), fc.nat(good.length), (at, value, length) => {
      const bytes = good.slice(0, length);
      if (at < length) bytes[at] = value;
      try {
        loadSafetensors(bytes);
      } catch (error) {
        expect(error).toBeInstanceOf(SafetensorsError);
      }
    }),
    { seed: 8, numRuns: 1000 },
  );
});

test("a file cut anywhere is refused", async () => {
  const good = await saveSafetensors({ a: tensor([1, 2, 3]) });
  for (let length = 0; length < good.length; length++)
    expect(() => loadSafetensors(good.subarray(0, length))).toThrow(SafetensorsError);
});

describe("a hostile header is refused with what is wrong in it", () => {
  const cases: [string, Uint8Array, string][] = [
    ["seven bytes", new Uint8Array(7), "at least 8 bytes, got 7"],
    ["a length beyond the file", new Uint8Array(16).fill(255), "18446744073709551615 bytes, but 8 follow"],
    ["no JSON", file("{nope"), "no JSON"],
    ["broken UTF-8", file("x").fill(0xff, 8), "no JSON"],
    ["a list", file([]), "no JSON object"],
    ["null", file("null"), "no JSON object"],
    ["a tensor that is null", file({ a: null }), '"a" has no description'],
    ["an unknown dtype", file({ a: { ...f32(0, 4), dtype: "F8" } }, [0, 0, 0, 0]), 'the dtype "F8"'],
    ["a dtype of Object.prototype", file({ a: { ...f32(0, 4), dtype: "toString" } }, [0, 0, 0, 0]), '"toString"'],
    ["a negative length", file({ a: f32(0, 4, [-1]) }, [0, 0, 0, 0]), "the shape [-1]"],
    ["a broken length", file({ a: f32(0, 4, [0.5]) }, [0, 0, 0, 0]), "the shape [0.5]"],
    ["a huge shape", file({ a: f32(0, 4, [2 ** 40, 2 ** 40]) }, [0, 0, 0, 0]), "its offsets span 4"],
    ["three offsets", file({ a: { ...f32(0, 4), data_offsets: [0, 2, 4] } }, [0, 0, 0, 0]), "the offsets [0,2,4]"],
    ["offsets backwards", file({ a: f32(4, 0, [1]) }, [0, 0, 0, 0]), "bytes 4 to 0"],
    ["values beyond the end", file({ a: f32(0, 8) }, [0, 0, 0, 0]), "bytes 0 to 8 of 4"],
    ["two tensors in one place", file({ a: f32(0, 8), b: f32(4, 12) }, Array(12).fill(0)), "inside another"],
    ["a gap", file({ a: f32(0, 4), b: f32(8, 12) }, Array(12).fill(0)), "after a gap that begins at 4"],
    ["bytes left over", file({ a: f32(0, 4) }, Array(6).fill(0)), "2 bytes at the end"],
    ["metadata that is no text", file({ __metadata__: { a: 1 } }), "must hold texts"],
  ];
  for (const [name, bytes, message] of cases) {
    test(name, () => {
      expect(() => loadSafetensors(bytes)).toThrow(SafetensorsError);
      expect(() => loadSafetensors(bytes)).toThrow(message);
    });
  }
});

test("bfloat16 is widened to float32, 16-bit whole numbers to int32", async () => {
  const found = loadSafetensors(
    file(
      {
        b: { dtype: "BF16", shape: [2], data_offsets: [0, 4] },
        i: { dtype: "I16", shape: [1], data_offsets: [4, 6] },
      },
      [0x80, 0x3f, 0x20, 0xc1, 0xfe, 0xff],
    ),
  );
  expect(await numbers(found.get("b") as Tensor)).toEqual([1, -10]);
  expect(await numbers(found.get("i") as Tensor)).toEqual([-2]);
});

const net = () => new Sequential([new Linear({ inFeatures: 2, outFeatures: 3 }), new BatchNorm({ channels: 3 })]);

describe("loading into a model", () => {
  test("gives the model the outputs of the one that was saved", async () => {
    const [a, b] = [net().eval(), net().eval()];
    (a.layers[1] as BatchNorm).runningMean.set([1, 2, 3]);
    const x = tensor([[1, -2]]);
    expect(loadInto(b, await saveSafetensors(a))).toEqual({ missing: [], unexpected: [] });
    expect(await numbers(b.forward(x))).toEqual(await numbers(a.forward(x)));
  });

  test("lists what is missing, left over and of another shape, and changes nothing", async () => {
    const model = net();
    const before = await numbers((model.layers[0] as Linear).weight);
    const bytes = await saveSafetensors({
      "layers.0.weight": zeros([3, 2]),
      "layers.0.bias": zeros([3]),
      extra: zeros([1]),
    });
    const load = () => loadInto(model, bytes);
    expect(load).toThrow(StateMismatchError);
    expect(load).toThrow("left over in the file: extra");
    expect(load).toThrow("layers.0.weight: float32[3, 2] for float32[2, 3]");
    expect(load).toThrow("missing in the file: layers.1.weight, layers.1.bias");
    expect(await numbers((model.layers[0] as Linear).weight)).toEqual(before);
  });

  test("without strictness loads what both have and reports the rest", async () => {
    const model = net();
    const report = loadInto(model, await saveSafetensors({ "layers.0.bias": tensor([1, 2, 3]), extra: zeros([1]) }), {
      strict: false,
    });
    expect(report.unexpected).toEqual(["extra"]);
    expect(report.missing).toHaveLength(5);
    expect(await numbers((model.layers[0] as Linear).bias as Tensor)).toEqual([1, 2, 3]);
  });

  test("takes PyTorch's names and turns its matrices round", async () => {
    class Net extends Module {
      readonly fc = new Linear({ inFeatures: 2, outFeatures: 3 });
      readonly bn = new BatchNorm({ channels: 3 });
      readonly rnn = new Gru({ inputSize: 1, hiddenSize: 1 });
    }
    const model = new Net();
    const bytes = await saveSafetensors({
      "fc.weight": tensor([
        [1, 2],
        [3, 4],
        [5, 6],
      ]),
      "fc.bias": tensor([0, 0, 0]),
      "bn.weight": tensor([1, 1, 1]),
      "bn.bias": tensor([0, 0, 0]),
      "bn.running_mean": tensor([7, 8, 9]),
      "bn.running_var": tensor([1, 1, 1]),
      "bn.num_batches_tracked": fromArray(BigInt64Array.of(5n), []),
      "rnn.weight_ih_l0": tensor([[1], [2], [3]]),
      "rnn.weight_hh_l0": tensor([[1], [2], [3]]),
      "rnn.bias_ih_l0": tensor([1, 2, 3]),
      "rnn.bias_hh_l0": tensor([1, 2, 3]),
    });
    loadInto(model, bytes, pyTorchLayout(model));
    expect(await model.fc.weight.toArray()).toEqual([
      [1, 3, 5],
      [2, 4, 6],
    ]);
    expect(await numbers(model.bn.runningMean)).toEqual([7, 8, 9]);
    expect(await model.rnn.inputWeight.toArray()).toEqual([[1, 2, 3]]);
  });
});
