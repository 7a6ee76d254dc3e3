/** A commented experiment to begin with: it trains, measures one claim, draws a figure, and runs as it is. */
export function starterExperiment(slug: string, file: string): string {
  const title = slug[0].toUpperCase() + slug.slice(1).replaceAll("-", " ");
  return `import { atLeast, claim, definePaper, setting } from "@paperworks/experiment";
import { Adam, Linear, meanSquaredError, parameters, restoreState, Sequential, stateOf } from "@paperworks/nn";
import { Generator, jit, relu, type Tensor, tensor } from "@paperworks/tensor";

// Try it:  paperworks run ./${file} --quick

/** What the experiment learns: y = sin(3x), from points that a seed draws. */
function drawPoints(seed: number, count: number): { x: Float32Array; y: Float32Array } {
  const x = Float32Array.from({ length: count }, (_, i) => Math.sin((seed + 1) * 12.9898 + i * 78.233));
  return { x, y: x.map((value) => Math.sin(3 * value)) };
}

export default definePaper({
  slug: "${slug}",
  family: "mine",
  title: "${title}",
  year: ${new Date().getFullYear()},
  summary: "A small network learns a sine from a hundred points.",

  // Changed with --set hidden=64; sweeps and sliders read the ranges.
  settings: {
    hidden: setting(32, { min: 4, max: 256, integer: true, description: "hidden units" }),
    learningRate: setting(0.01, { min: 1e-4, max: 1, log: true }),
  },

  // A claim says what is measured and the bar it has to clear. It is reproduced when the whole 90 % interval over the
  // seeds clears the bar, missed when none of it does, and inconclusive between.
  claims: [
    claim("fits", { paper: "A network can fit a sine.", measures: "explained variance on new points", bar: atLeast(0.9) }),
  ],

  async experiment({ quick, settings, replicate, measure, figure }) {
    const steps = quick ? 100 : 600;
    // One training a seed. The returned values are kept: a run that was stopped does not train a finished seed again.
    const runs = await replicate("train", 3, async ({ seed, progress, checkpoint, restored }) => {
      const generator = new Generator(seed);
      const model = new Sequential([
        new Linear({ inFeatures: 1, outFeatures: settings.hidden, generator }),
        relu,
        new Linear({ inFeatures: settings.hidden, outFeatures: 1, generator }),
      ]);
      const optimizer = new Adam(parameters(model), { lr: settings.learningRate });
      // The whole step, with its derivative and the update, becomes one program.
      const train = jit((x: Tensor, y: Tensor) => {
        const loss = meanSquaredError(model.forward(x), y);
        optimizer.minimize(loss);
        return { loss };
      });
      const column = (values: Float32Array) => tensor(values, { shape: [values.length, 1] });
      const { x, y } = drawPoints(seed, 100);
      const [inputs, targets] = [column(x), column(y)];

      // A run that was killed goes on from here, to the same numbers.
      const kept = restored as { losses: number[]; state: Uint8Array } | undefined;
      if (kept !== undefined) restoreState(kept.state, model, optimizer);
      const losses = [...(kept?.losses ?? [])];
      for (let step = losses.length + 1; step <= steps; step++) {
        losses.push(await (await train(inputs, targets)).loss.item());
        await checkpoint(async () => ({ losses, state: await stateOf(model, optimizer) }));
        await progress({ step, steps, loss: losses.at(-1) });
      }

      const fresh = drawPoints(seed + 1000, 200);
      const predicted = await model.forward(column(fresh.x)).data();
      const mean = fresh.y.reduce((sum, value) => sum + value, 0) / fresh.y.length;
      let [error, variance] = [0, 0];
      for (const [i, value] of fresh.y.entries()) {
        error += (value - Number(predicted[i])) ** 2;
        variance += (value - mean) ** 2;
      }
      return { losses, explained: 1 - error / variance };
    });

    // One value a seed, in their order.
    measure(
      "fits",
      runs.map(({ explained }) => explained),
    );
    // Figures are Vega-Lite with the data inside.
    const values = runs.flatMap(({ losses }, seed) => losses.map((loss, i) => ({ step: i + 1, loss, seed: String(seed) })));
    figure(
      "loss",
      {
        data: { values },
        mark: "line",
        encoding: {
          x: { field: "step", type: "quantitative" },
          y: { field: "loss", type: "quantitative", scale: { type: "log" } },
          color: { field: "seed", type: "nominal" },
        },
      },
      { title: "The loss of each seed" },
    );
  },
});
`;
}
