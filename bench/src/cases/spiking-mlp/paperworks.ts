import { Linear, Module } from "@paperworks/nn";
import {
  abs,
  add,
  cast,
  configure,
  customVjp,
  div,
  greater,
  mul,
  scan,
  square,
  sub,
  type Tensor,
  tensor,
  zeros,
} from "@paperworks/tensor";
import { ourThreads } from "../../peers.ts";
import type { Prepared } from "../../prepared.ts";
import { labels, spikes } from "../../random-batch.ts";
import { trainingStep } from "../../training-step.ts";
import sizes from "./sizes.json" with { type: "json" };

/** s = [u > 0], its derivative taken for 1/(1 + k|u|)². */
const spike = customVjp({
  forward: (u) => ({ outputs: [cast(greater(u, 0), "float32")], residuals: [u] }),
  backward: ([u], [g]) => [g && div(g, square(add(mul(abs(u), sizes.slope), 1)))],
});

/** Leaky integrate and fire: v_t = βv_{t−1} + I_t − θs_{t−1}, s_t = [v_t > θ]. */
function fire({ v, s }: Neuron, current: Tensor): Neuron {
  const potential = sub(add(mul(v, sizes.decay), current), mul(s, sizes.threshold));
  return { v: potential, s: spike(sub(potential, sizes.threshold))[0] };
}
type Neuron = { v: Tensor; s: Tensor };
const resting = (width: number): Neuron => ({ v: zeros([sizes.batch, width]), s: zeros([sizes.batch, width]) });

class SpikingMlp extends Module {
  readonly hidden = new Linear({ inFeatures: sizes.inputs, outFeatures: sizes.hidden });
  readonly output = new Linear({ inFeatures: sizes.hidden, outFeatures: sizes.classes });

  /** @param x spikes [steps, batch, inputs] @returns spike counts of the output [batch, classes] */
  forward(x: Tensor): Tensor {
    const { carry } = scan(
      ({ hidden, output, counts }: { hidden: Neuron; output: Neuron; counts: Tensor }, current: Tensor) => {
        const inner = fire(hidden, current);
        const outer = fire(output, this.output.forward(inner.s));
        return { carry: { hidden: inner, output: outer, counts: add(counts, outer.s) }, output: [] };
      },
      { hidden: resting(sizes.hidden), output: resting(sizes.classes), counts: zeros([sizes.batch, sizes.classes]) },
      this.hidden.forward(x),
    );
    return carry.counts;
  }
}

export async function prepare(): Promise<Prepared> {
  configure({ threads: ourThreads });
  const { batch, steps, inputs, classes, rate, lr } = sizes;
  const model = new SpikingMlp();
  const x = tensor(spikes(steps * batch * inputs, rate), { shape: [steps, batch, inputs] });
  const y = tensor(labels(batch, classes), { shape: [batch] });
  return trainingStep({ model, logits: (images) => model.forward(images), inputs: [x], targets: y, lr });
}
