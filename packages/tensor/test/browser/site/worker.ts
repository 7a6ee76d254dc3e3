import { configure, type Device } from "../../../src/index.ts";
import { loadModel, type ModelValue } from "../../../src/load-model.ts";
import { charTransformer } from "../../training/char-transformer.ts";
import { perceptron } from "../../training/perceptron.ts";
import { type Trained, train } from "../../training/train.ts";

const problems = { perceptron, charTransformer };

export type ProblemName = keyof typeof problems;

interface Place {
  device: Device;
  threads?: number;
}

export type Request =
  | (Place & { train: readonly ProblemName[]; steps: number })
  | (Place & { operations: true })
  | (Place & { load: string; inputs: Record<string, ModelValue> });

export type Answer =
  | { trained: Trained[]; isolated: boolean }
  | { checked: number; failures: string[]; sameWords: boolean }
  | { outputs: Record<string, { data: number[]; shape: readonly number[] }> }
  | { error: string };

async function answer(request: Request): Promise<Answer> {
  const { device, threads } = request;
  if ("train" in request) {
    configure({ device, threads });
    const trained: Trained[] = [];
    for (const name of request.train) trained.push(await train(problems[name](), request.steps));
    return { trained, isolated: globalThis.crossOriginIsolated };
  }
  if ("operations" in request) {
    configure({ device, threads });
    const { failingOperations, sameWords } = await import("./operations.ts");
    return { ...(await failingOperations()), sameWords: await sameWords() };
  }
  const model = await loadModel(new URL(request.load, location.origin), { device, threads });
  const outputs = await model.run(request.inputs);
  return {
    outputs: Object.fromEntries(
      Object.entries(outputs).map(([name, { data, shape }]) => [name, { data: Array.from(data, Number), shape }]),
    ),
  };
}

addEventListener("message", async ({ data }: MessageEvent<Request>) => {
  try {
    postMessage(await answer(data));
  } catch (error) {
    postMessage({ error: `${(error as Error).name}: ${(error as Error).message}` } satisfies Answer);
  }
});
