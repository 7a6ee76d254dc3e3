/// <reference types="vite/client" />
import fc from "fast-check";
import { Generator, jit } from "../../../src/index.ts";
import { hostWords } from "../../../src/random.ts";
import { checkOperation } from "../../check.ts";
import { Draw } from "../../draw.ts";
import type { OperationCase } from "../../operation-case.ts";

/** Every table of operations, those that are added later too. */
const tables = import.meta.glob<Record<string, OperationCase[]>>("../../operations/*.ts", { eager: true });

/** Compares each operation and its derivatives on the device that is set with the reference: what disagrees, and how. */
export async function failingOperations(): Promise<{ checked: number; failures: string[] }> {
  const cases = Object.values(tables).flatMap((table) => Object.values(table).filter(Array.isArray).flat());
  const failures: string[] = [];
  for (const { name, trial, empty: _, ...options } of cases) {
    const property = fc.asyncProperty(fc.gen(), (g) => checkOperation(trial(new Draw(g, "usual")), options));
    const { failed, errorInstance } = await fc.check(property, { seed: 20261124, numRuns: 1, endOnFailure: true });
    if (failed) failures.push(`${name}: ${(errorInstance as Error).message}`);
  }
  return { checked: cases.length, failures };
}

/** Whether the integer stream of a generator is that of the host, bit for bit. */
export async function sameWords(): Promise<boolean> {
  const generator = new Generator(5);
  const words = await (await jit(() => generator.bits([100]))()).data();
  const expected = hostWords(5, 0, 0, 100);
  return words.length === 100 && expected.every((word, i) => word === words[i]);
}
