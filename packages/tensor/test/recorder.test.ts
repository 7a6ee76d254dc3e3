import fc from "fast-check";
import { expect, test } from "vitest";
import * as op from "../src/index.ts";
import { configure, evaluate, fromArray, grad, hessianVectorProduct, jit, scalar, tensor, vjp } from "../src/index.ts";
import { lowerProgram } from "../src/onnx/lower.ts";
import { expectClose } from "./check.ts";
import { runSteps, steps, waves } from "./expressions.ts";
import { reference } from "./reference.ts";

configure({ threads: 1 });

const seeded = { seed: 20261124, numRuns: 15, endOnFailure: true };
const square = (phase: number) => fromArray(waves(25, phase), [5, 5]);

test("a compiled function gives what the function gives, and the reference gives it too", async () => {
  const property = fc.asyncProperty(steps, async (program) => {
    const inputs = [square(1), square(2)];
    const f = (a: op.Tensor, b: op.Tensor) => {
      const value = runSteps(program, [a, b]);
      return { value, slopes: grad(op.sum(value.mul(value)), [a, b]) };
    };
    const { value, slopes } = f(inputs[0], inputs[1]);
    const [compiled, expected] = [await jit(f)(inputs[0], inputs[1]), reference([value, ...slopes])];
    await evaluate([value, ...slopes]);
    [value, ...slopes].forEach((t, i) => {
      const twin = [compiled.value, ...compiled.slopes][i];
      expectClose("compiled", twin.held as Float32Array, Array.from(t.held as Float32Array), 1e-6);
      expectClose("reference", t.held as Float32Array, expected[i], 1e-4);
    });
  });
  await fc.assert(property, seeded);
});

test("the gradient is linear: ∇(αf + βg) = α∇f + β∇g", () => {
  const coefficient = fc.integer({ min: -3, max: 3 });
  const property = fc.property(steps, steps, coefficient, coefficient, (first, second, alpha, beta) => {
    const x = square(3);
    const [f, g] = [first, second].map((program) => op.sum(runSteps(program, [x, x.mul(0.5)])));
    const whole = grad(f.mul(alpha).add(g.mul(beta)), x);
    const parts = grad(f, x).mul(alpha).add(grad(g, x).mul(beta));
    const [left, right] = reference([whole, parts]);
    expectClose("gradient", left, right, 1e-9);
  });
  fc.assert(property, { ...seeded, numRuns: 50 });
});

test("a Hessian-vector product is the derivative of the gradient along the vector", () => {
  const property = fc.property(steps, (program) => {
    const [x, v] = [square(1), square(4)];
    const loss = op.sum(
      runSteps(
        program.filter(({ operation }) => operation % 14 !== 11),
        [x, x],
      ),
    );
    const step = 1e-5;
    const [base, along] = reference([x, v]);
    const slopes = [1, -1].map((sign) => {
      const moved = base.map((value, i) => value + sign * step * along[i]);
      return reference([grad(loss, x)], new Map([[x, moved]]))[0];
    });
    const expected = slopes[0].map((value, i) => (value - slopes[1][i]) / (2 * step));
    expectClose("Hv", reference([hessianVectorProduct(loss, x, v)])[0], expected, 1e-6);
  });
  fc.assert(property, { ...seeded, numRuns: 30 });
});

const countOperator = (targets: op.Tensor[], operator: string): number =>
  Buffer.from(lowerProgram(targets).bytes)
    .toString("latin1")
    .split(`"${String.fromCharCode(operator.length)}${operator}`).length - 1;

test("equal operations on equal inputs are written once, and the values stay", async () => {
  const x = square(1);
  const branch = () => op.exp(op.sin(x).mul(2));
  const twice = [branch().add(branch()), branch().mul(3)];
  expect(countOperator(twice, "Exp")).toBe(1);
  expect(countOperator([op.exp(x).add(op.exp(op.neg(x)))], "Exp")).toBe(2);
  const expected = reference(twice);
  await evaluate(twice);
  twice.forEach((t, i) => {
    expectClose("merged", t.held as Float32Array, expected[i]);
  });
});

test("attributes of 0, −0, ∞, −∞ and NaN are not confused, in one program or between programs", async () => {
  const x = fromArray(waves(20, 1), [20]);
  const values = [0, -0, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, Number.NaN];
  const padded = () => values.map((value) => op.pad(x, [{ axis: 0, before: 0, after: 1 }], value));
  const together = padded();
  await evaluate(together);
  const apart = padded();
  for (const t of apart) await t.data();
  for (const list of [together, apart])
    list.forEach((t, i) => {
      expect(Object.is(Number(t.held?.[20]), values[i]), `${values[i]} came out as ${t.held?.[20]}`).toBe(true);
    });
});

test("constants of 0 and −0 are not confused", async () => {
  const x = fromArray(new Float32Array(20).fill(1), [20]);
  const signs = [0, -0].map((zero) => op.div(x, op.mul(x, zero)));
  await evaluate(signs);
  expect(signs.map((t) => t.held?.[0])).toEqual([Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY]);
  // Programs of their own, of which the second must not be the first.
  for (const zero of [0, -0]) {
    const [sign] = await op.div(x, op.mul(x, zero).mul(0.5)).data();
    expect(sign).toBe(1 / zero);
  }
});

test("a gradient of several outputs is the sum of their products with the seeds", () => {
  const x = square(1);
  const [y, z] = [op.sin(x), op.matmul(x, x)];
  const together = vjp([y, z], [square(2), square(3)], x);
  const apart = vjp([y], [square(2)], x).add(vjp([z], [square(3)], x));
  const [left, right] = reference([together, apart]);
  expectClose("vjp", left, right, 1e-12);
});

test("gradients come in the tree they were asked for", () => {
  const [a, b, c] = [1, 2, 3].map((value) => scalar(value));
  const slopes = grad(a.mul(b).add(c), { first: a, rest: [b, { last: c }] });
  const flat = reference([slopes.first, slopes.rest[0] as op.Tensor, (slopes.rest[1] as { last: op.Tensor }).last]);
  expect(flat.map((value) => value[0])).toEqual([2, 1, 1]);
});

test("a gradient with respect to a value on the way is that of what follows it", () => {
  const x = scalar(0.5);
  const middle = op.exp(x);
  const [slope] = reference([grad(middle.mul(middle), middle)]);
  expect(slope[0]).toBeCloseTo(2 * Math.exp(0.5), 12);
});

test("graphs deeper than the call stack record, differentiate and run", async () => {
  const x = tensor([1]);
  let y = x;
  for (let i = 0; i < 600; i++) y = y.mul(i % 2 === 0 ? 2 : 0.5);
  expect(await grad(op.sum(y), x).item()).toBe(1);
  let deep = x;
  for (let i = 0; i < 20_000; i++) deep = deep.add(1);
  expect(reference([grad(op.sum(deep), x)])[0][0]).toBe(1);
});
