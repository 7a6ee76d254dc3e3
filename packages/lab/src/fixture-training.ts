import { atLeast, claim, definePaper, setting } from "@paperworks/experiment";
import { Adam, crossEntropy, Dropout, Linear, parameters, restoreState, Sequential, stateOf } from "@paperworks/nn";
import { Generator, jit, relu, type Tensor, tensor } from "@paperworks/tensor";

const settings = { steps: setting(100, { min: 1, max: 10_000, integer: true }) };
const batch = 16;
const features = 8;

/** Points on rings, drawn from the position in the data alone. */
function pointsAt(position: number): { x: Float32Array; y: Int32Array } {
  const x = new Float32Array(batch * features);
  const y = new Int32Array(batch);
  for (let i = 0; i < batch; i++) {
    y[i] = (position + i) % 3;
    for (let j = 0; j < features; j++) x[i * features + j] = Math.sin((position + i) * (j + 1)) * (1 + y[i]);
  }
  return { x, y };
}

/**
 * A paper for tests that a killed run goes on to the same numbers: everything that a training depends on has to come back
 * from its checkpoint (weights, moments of Adam, dropout's random state, the position in the data, the losses so far).
 */
export default definePaper({
  slug: "fixture-training",
  family: "training",
  title: "A training that can be killed",
  year: 2026,
  summary: "A small network with dropout learns to tell rings apart.",
  settings,
  claims: [claim("learns", { paper: "it learns", measures: "fall of the loss", bar: atLeast(0) })],
  async experiment({ replicate, measure, metric, settings: { steps } }) {
    const losses = await replicate("train", 2, async ({ seed, progress, checkpoint, restored }) => {
      const generator = new Generator(seed);
      const model = new Sequential([
        new Linear({ inFeatures: features, outFeatures: 16, generator }),
        relu,
        new Dropout({ rate: 0.5, generator }),
        new Linear({ inFeatures: 16, outFeatures: 3, generator }),
      ]);
      const optimizer = new Adam(parameters(model), { lr: 0.01 });
      const train = jit((x: Tensor, y: Tensor) => {
        const loss = crossEntropy(model.forward(x), y);
        optimizer.minimize(loss);
        return { loss };
      });
      const kept = restored as { state: Uint8Array; position: number; losses: number[] } | undefined;
      if (kept !== undefined) restoreState(kept.state, model, optimizer);
      const history = [...(kept?.losses ?? [])];
      let position = kept?.position ?? seed;
      for (let step = history.length + 1; step <= steps; step++) {
        const { x, y } = pointsAt(position);
        position += batch;
        const { loss } = await train(tensor(x, { shape: [batch, features] }), tensor(y, { shape: [batch] }));
        history.push(await loss.item());
        await new Promise((resolve) => setTimeout(resolve, 5));
        await checkpoint(async () => ({ state: await stateOf(model, optimizer), position, losses: history }));
        await progress({ step, steps, loss: history.at(-1) });
      }
      return history;
    });
    measure(
      "learns",
      losses.map((history) => history[0] - history.at(-1)!),
    );
    for (const [seed, history] of losses.entries()) metric(`losses.${seed}`, history);
  },
});
