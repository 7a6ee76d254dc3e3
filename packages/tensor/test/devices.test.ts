import { execFile } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";

const source = (file: string): string => new URL(`../src/${file}`, import.meta.url).href;

const folder = mkdtempSync(join(tmpdir(), "paperworks-devices-"));
afterAll(() => rmSync(folder, { recursive: true }));

/** Runs a module in a process of its own, as a driver that is missing may write to it or end it. */
function run(code: string): Promise<{ status: number; output: string }> {
  const file = join(folder, "program.mjs");
  writeFileSync(file, code);
  return new Promise((resolve) => {
    const child = execFile(process.execPath, ["--no-warnings", file], { timeout: 60_000 }, (_, output) =>
      resolve({ status: child.exitCode ?? -1, output }),
    );
  });
}

const compute = (device: string, before = ""): string => `
  ${before}
  const { configure, tensor, DeviceError } = await import(${JSON.stringify(source("index.ts"))});
  try {
    configure({ device: ${JSON.stringify(device)} });
    console.log("values", String(await tensor([1, 2]).add(tensor([3, 4])).data()));
  } catch (error) {
    console.log(error instanceof DeviceError, error.name, error.message);
  }`;

/** A hook that makes the native library impossible to import. */
const withoutNative = `
  import { registerHooks } from "node:module";
  registerHooks({
    resolve(name, context, next) {
      if (name === "onnxruntime-node") throw Object.assign(new Error("Cannot find package 'onnxruntime-node'"), { code: "ERR_MODULE_NOT_FOUND" });
      return next(name, context);
    },
  });`;

describe("a device", () => {
  test.each([
    ["cuda", /^true DeviceError device cuda: not found here; it takes an NVIDIA driver, CUDA 12/],
    ["webgpu", /^true DeviceError device webgpu: not found here; it takes a graphics driver with Vulkan/],
  ])("%s computes, or says what it takes", async (device, refusal) => {
    const { status, output } = await run(compute(device));
    expect(status).toBe(0);
    if (output.startsWith("values")) expect(output.trim()).toBe("values 4,6");
    else expect(output).toMatch(refusal);
  });

  test("cpu without the native library is refused, with the device that needs none", async () => {
    const { output } = await run(compute("cpu", withoutNative));
    expect(output).toMatch(
      /^true DeviceError device cpu: the package onnxruntime-node cannot be loaded on .*--device wasm/,
    );
  });

  test("wasm computes without the native library", async () => {
    expect((await run(compute("wasm", withoutNative))).output.trim()).toBe("values 4,6");
  });

  test("wasm says that its threads are fixed from its first program on", async () => {
    const { output } = await run(`
      const { configure, tensor } = await import(${JSON.stringify(source("index.ts"))});
      configure({ device: "wasm", threads: 1 });
      await tensor([1]).add(tensor([2])).data();
      configure({ threads: 2 });
      await tensor([1, 2, 3]).mul(tensor([2, 2, 2])).data().catch((error) => console.log(error.name, error.message));`);
    expect(output).toMatch(
      /^DeviceError device wasm: it runs with 1 threads since its first program, and 2 are asked for/,
    );
  });
});
