import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { assemble, moduleFile, moduleText, variants } from "../scripts/assemble.ts";
import { relaxed } from "../src/assembled/relaxed.ts";

test.each(variants)("the %s kernels kept in the sources are those that the assembly gives", async (variant) => {
  expect(readFileSync(moduleFile(variant), "utf8")).toBe(moduleText(variant, await assemble(variant)));
});

test("they import nothing and take less than 64 kB", async () => {
  const module = await WebAssembly.compile(Buffer.from(relaxed, "base64"));
  expect(WebAssembly.Module.imports(module)).toEqual([]);
  expect(Buffer.from(relaxed, "base64").length).toBeLessThan(65_536);
});
