import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { browserPath, noBrowser, startBrowser } from "../../../../scripts/chromium.ts";
import { configure, exportOnnx, fromArray, jit, matmul, Parameter, softmax, type Tensor } from "../../src/index.ts";
import { expectClose } from "../check.ts";
import { charTransformer } from "../training/char-transformer.ts";
import { expectSameTraining } from "../training/expect-same-training.ts";
import { perceptron } from "../training/perceptron.ts";
import { type Trained, train } from "../training/train.ts";
import { buildSite } from "./build.ts";
import { type Served, serve } from "./serve.ts";
import type { Answer, ProblemName, Request } from "./site/worker.ts";

if (!browserPath) console.warn(noBrowser);

const steps = 20;
const problems = { perceptron, charTransformer };
const names: readonly ProblemName[] = ["perceptron", "charTransformer"];

describe.skipIf(!browserPath)("in Chromium", () => {
  const opened: (() => Promise<unknown>)[] = [];
  let browser: Browser;
  let isolated: Served;
  let plain: Served;
  const native: Trained[] = [];
  const weights = new Parameter(
    fromArray(
      Float32Array.from({ length: 8 * 3 }, (_, i) => Math.sin(i)),
      [8, 3],
    ),
  );
  const features = Float32Array.from({ length: 2 * 8 }, (_, i) => Math.cos(i));
  const classify = ({ x }: { x: Tensor }) => ({ classes: softmax(matmul(x, weights)) });

  beforeAll(async () => {
    const files = new Map<string, string | Uint8Array>(
      (await buildSite()).map((file) => [file.fileName, file.type === "chunk" ? file.code : file.source]),
    );
    configure({ device: "cpu", threads: 1 });
    for (const name of names) native.push(await train(problems[name](), steps));
    files.set("classifier.onnx", await exportOnnx(classify, { x: fromArray(features, [2, 8]) }));

    [isolated, plain] = [await serve(files), await serve(files, { isolated: false })];
    opened.push(isolated.close, plain.close);
    browser = await startBrowser();
    opened.push(() => browser.close());
  }, 60_000);

  afterAll(async () => {
    for (const close of opened.reverse()) await close();
  });

  async function ask(request: Request, { url }: Served = isolated): Promise<Answer> {
    const page: Page = await browser.newPage();
    try {
      await page.goto(url);
      await page.waitForFunction("globalThis.run");
      return await page.evaluate(
        (r) => (globalThis as unknown as { run(r: Request): Promise<Answer> }).run(r),
        request,
      );
    } finally {
      await page.close();
    }
  }

  test.each([
    ["wasm", 2],
    ["webgpu", 1],
  ] as const)(
    "training on %s with %i threads agrees with Node within 1e-4",
    async (device, threads) => {
      const answer = await ask({ train: names, steps, device, threads });
      if (!("trained" in answer)) throw new Error(JSON.stringify(answer));
      expect(answer.isolated).toBe(true);
      names.forEach((name, i) => {
        expectSameTraining(name, answer.trained[i], native[i]);
      });
    },
    120_000,
  );

  test.each(["wasm", "webgpu"] as const)(
    "every operation and derivative agrees on %s with the reference, and the random words with the host's",
    async (device) => {
      const answer = await ask({ operations: true, device, threads: 1 });
      if (!("checked" in answer)) throw new Error(JSON.stringify(answer));
      expect(answer.checked).toBeGreaterThan(100);
      expect(answer.sameWords).toBe(true);
      // The runtime's WebGPU library has no float64, and says so.
      expect(answer.failures.filter((failure) => !/device webgpu: it has no float64/.test(failure))).toEqual([]);
    },
    120_000,
  );

  test.each(["wasm", "webgpu"] as const)(
    "a model loaded without the engine gives the same on %s as on Node",
    async (device) => {
      const inputs = { x: { data: features, shape: [2, 8] } };
      const answer = await ask({ load: "classifier.onnx", inputs, device, threads: 1 });
      if (!("outputs" in answer)) throw new Error(JSON.stringify(answer));
      const { classes } = await jit(classify)({ x: fromArray(features, [2, 8]) });
      expect(answer.outputs.classes.shape).toEqual([2, 3]);
      expectClose(
        "classes",
        Float32Array.from(answer.outputs.classes.data),
        Array.from((await classes.data()) as Float32Array),
        1e-5,
      );
    },
  );

  test("a page that answers with no model is refused with the server's status", async () => {
    const answer = await ask({ load: "nowhere.onnx", inputs: {}, device: "wasm" });
    expect(answer).toEqual({ error: expect.stringMatching(/ModelFileError: .*nowhere\.onnx .*404/) });
  });

  test("threads in a page that is not cross-origin isolated are refused with the headers it takes", async () => {
    const answer = await ask({ train: ["perceptron"], steps: 1, device: "wasm", threads: 2 }, plain);
    expect(answer).toEqual({
      error: expect.stringMatching(/DeviceError: device wasm: 2 threads .*Cross-Origin-Embedder-Policy/),
    });
  });

  test("without threads asked for, a page that is not isolated trains with one", async () => {
    const answer = await ask({ train: ["perceptron"], steps: 1, device: "wasm" }, plain);
    if (!("trained" in answer)) throw new Error(JSON.stringify(answer));
    expect(answer.isolated).toBe(false);
    expect(answer.trained[0].losses[0]).toBeCloseTo(native[0].losses[0], 4);
  });

  test("cuda is refused", async () => {
    const answer = await ask({ train: ["perceptron"], steps: 1, device: "cuda" });
    expect(answer).toEqual({ error: expect.stringMatching(/DeviceError: device cuda: a browser does not have it/) });
  });
});
