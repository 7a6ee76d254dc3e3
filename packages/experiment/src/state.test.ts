import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { CheckpointState } from "./context.ts";
import { KeptValueError } from "./errors.ts";
import { encodeJson, parseJson, stringifyJson } from "./json.ts";
import { packState, unpackState } from "./state.ts";

const bounded = { seed: 20261124, numRuns: 200 };

describe("kept JSON", () => {
  test("gives back any JSON value, bytes, and NaN, infinities and −0", () => {
    const tree = fc.letrec((node) => ({
      value: fc.oneof(
        fc.double(),
        fc.constantFrom(Number.NaN, Number.POSITIVE_INFINITY, -0),
        fc.string(),
        fc.uint8Array({ maxLength: 8 }),
        fc.boolean(),
        fc.constant(null),
        fc.array(node("value"), { maxLength: 4 }),
        fc.dictionary(
          fc.string().filter((key) => !["$number", "$bytes", "__proto__"].includes(key)),
          node("value"),
          { noNullPrototype: true, maxKeys: 4 },
        ),
      ),
    })).value;
    fc.assert(
      fc.property(tree, (value) => {
        expect(parseJson(stringifyJson(value))).toStrictEqual(value);
      }),
      bounded,
    );
  });

  test.each([
    ["a typed array, with advice", { losses: new Float32Array(2) }, /value\.losses is a Float32Array.*Array\.from/],
    ["undefined in an array", [1, undefined], /value\[1\] is undefined/],
    ["a function", { f: () => 1 }, /value\.f is a function/],
    ["a Map", new Map(), /value is a Map/],
    ["a bigint", 1n, /value is a bigint/],
    ["the marker of special numbers", { $number: "NaN" }, /"\$number"/],
    ["the marker of bytes", { $bytes: "" }, /"\$bytes"/],
  ])("refuses %s", (_, value, message) => {
    expect(() => encodeJson(value)).toThrow(message);
    expect(() => encodeJson(value)).toThrow(KeptValueError);
  });

  test("refuses a cycle", () => {
    const value: Record<string, unknown> = {};
    value.self = [value];
    expect(() => encodeJson(value)).toThrow(/value\.self\[0\] contains itself/);
  });
});

describe("a packed state", () => {
  test("gives back JSON with typed arrays as its leaves", () => {
    const state: CheckpointState = {
      step: 7,
      best: Number.NaN,
      weights: [new Float32Array([1, Number.NaN, -0]), new Float64Array(0)],
      random: new BigUint64Array([2n ** 63n]),
      bytes: new Uint8Array([1, 2, 3]),
      half: new Float16Array([0.5]),
    };
    expect(unpackState(packState(state))).toStrictEqual(state);
  });

  test("takes bytes alone, views into larger buffers and Node's buffers", () => {
    const large = new Uint8Array([9, 1, 2, 9]);
    expect(unpackState(packState(large.subarray(1, 3)))).toStrictEqual(new Uint8Array([1, 2]));
    expect(unpackState(packState(Buffer.from([5])))).toStrictEqual(new Uint8Array([5]));
  });

  test("that is cut anywhere is refused", () => {
    const packed = packState({ weights: new Float32Array([1, 2, 3, 4]), step: 3 });
    for (let length = 0; length < packed.length; length++) {
      expect(() => unpackState(packed.subarray(0, length))).toThrow(KeptValueError);
    }
  });

  test("that is something else is refused", () => {
    expect(() => unpackState(new TextEncoder().encode("a text of some length"))).toThrow(/begin with PWCP0001/);
  });
});
