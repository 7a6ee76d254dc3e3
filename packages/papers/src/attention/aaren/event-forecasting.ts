import { type HawkesSequences, hawkesLogLikelihood, ringHawkes, simulateHawkes } from "@paperworks/data/sequences";
import { type ExperimentContext, mean, minus } from "@paperworks/experiment";
import { add, fromArray, gather, jit, mean as meanOf, slice, type Tensor } from "@paperworks/tensor";
import { type BySystem, compare, rounded, type System, scoresOf, systems } from "./comparison.ts";
import { EventModel, eventLoss } from "./event-model.ts";
import { type Trained, trainModel } from "./training.ts";

const process = ringHawkes({ marks: 4, base: 0.2, jump: 0.8, decay: 2 });
const marks = process.base.length;
const [events, trainingCount, testCount] = [60, 800, 200];

/** The first event of each sequence is given; these are scored. */
const scored = (data: Float64Array | Int32Array): number[] => Array.from(data).filter((_, i) => i % events !== 0);

/** What is known of the training sequences without a model. */
export function eventStatistics({ waits, marks: markColumn }: HawkesSequences) {
  const logs = Array.from(waits.data, Math.log);
  const level = mean(logs);
  const frequencies = Array.from({ length: marks }, (_, k) =>
    mean(scored(markColumn.data).map((m) => (m === k ? 1 : 0))),
  );
  return {
    level,
    deviation: Math.sqrt(mean(logs.map((x) => (x - level) ** 2))),
    rate: 1 / mean(scored(waits.data)),
    frequencies,
    entropy: -frequencies.reduce((sum, p) => sum + p * Math.log(p), 0),
  };
}

/** Nats an event under a Poisson process of the training rate and mark frequencies, and under the process itself. */
export function referenceLikelihoods(training: HawkesSequences, test: HawkesSequences) {
  const { rate, frequencies } = eventStatistics(training);
  const poisson = {
    waits: mean(scored(test.waits.data).map((wait) => rate * wait - Math.log(rate))),
    marks: mean(scored(test.marks.data).map((mark) => -Math.log(frequencies[mark]))),
  };
  const truth = { waits: 0, marks: 0 };
  for (let i = 0; i < testCount; i++) {
    const part = (column: { data: Float64Array | Int32Array }) => column.data.subarray(i * events, (i + 1) * events);
    const likelihood = hawkesLogLikelihood(process, part(test.times), part(test.marks));
    truth.waits -= mean([...likelihood.waits.subarray(1)]) / testCount;
    truth.marks -= mean([...likelihood.marks.subarray(1)]) / testCount;
  }
  return { poisson, truth };
}

/** Events that excite each other around a ring of four marks. */
export async function eventForecasting(context: ExperimentContext): Promise<BySystem<Trained[]>> {
  const { data, seed, measure, metric, table } = context;
  const training = simulateHawkes({ model: process, count: trainingCount, events, seed: 2 * seed });
  const test = simulateHawkes({ model: process, count: testCount, events, seed: 2 * seed + 1 });
  data.generated("hawkes", training, {
    from: `simulateHawkes, four marks in a ring, seeds ${2 * seed} and ${2 * seed + 1}`,
    records: trainingCount + testCount,
  });
  const { level, deviation, entropy } = eventStatistics(training);
  const tensors = ({ waits, marks: markColumn }: HawkesSequences) => ({
    marks: fromArray(markColumn.data, markColumn.shape),
    logWaits: fromArray(
      Float32Array.from(waits.data, (wait) => (Math.log(wait) - level) / deviation),
      waits.shape,
    ),
  });
  const [trainingTensors, testTensors] = [tensors(training), tensors(test)];
  /** From the density of the standardised log wait to that of the wait: log p(wait) = log p(z) − log deviation − log wait. */
  const jacobian = mean(scored(test.waits.data).map((wait) => Math.log(deviation) + Math.log(wait)));
  const given = (x: Tensor): Tensor => slice(x, [{ axis: 1, start: 0, end: events - 1 }]);
  const following = (x: Tensor): Tensor => slice(x, [{ axis: 1, start: 1 }]);

  const runs = await compare(context, "events", events - 1, (core, run) => {
    const model = new EventModel(core, { marks, components: 8 });
    const losses = (marksOf: Tensor, logWaits: Tensor) => {
      const loss = eventLoss(model.forward(given(marksOf), given(logWaits)), following(marksOf), following(logWaits));
      return { waits: meanOf(loss.waits), marks: meanOf(loss.marks) };
    };
    const evaluation = jit(() => losses(testTensors.marks, testTensors.logWaits));
    return trainModel({
      model,
      loss: (rows) => {
        const loss = losses(gather(trainingTensors.marks, rows), gather(trainingTensors.logWaits, rows));
        return add(loss.waits, loss.marks);
      },
      records: trainingCount,
      batchSize: 32,
      steps: 300,
      evaluate: async () => {
        const loss = await evaluation();
        const [waits, ofMarks] = [(await loss.waits.item()) + jacobian, await loss.marks.item()];
        return { waits, marks: ofMarks, total: waits + ofMarks };
      },
      run,
    });
  });

  const { poisson, truth } = referenceLikelihoods(training, test);
  const nats = (system: System, part = "total"): number[] => scoresOf(runs[system], part);
  const poissonTotal = poisson.waits + poisson.marks;
  measure("comparable.events", minus(nats("Aaren"), nats("Transformer")));
  measure(
    "learns.events",
    nats("Aaren").map((value) => poissonTotal - value),
  );
  measure(
    "learns.marks",
    nats("Aaren", "marks").map((value) => entropy - value),
  );
  metric("events.floor", poissonTotal - truth.waits - truth.marks, { unit: "nats below Poisson" });
  for (const system of systems) metric(`events.${system.toLowerCase()}`, nats(system), { unit: "nats" });
  const row = (name: string, waits: number, ofMarks: number) => [
    name,
    rounded(waits),
    rounded(ofMarks),
    rounded(waits + ofMarks),
    rounded(poissonTotal - waits - ofMarks),
  ];
  table("events", {
    columns: ["model", "waits", "marks", "nats an event", "below Poisson"],
    rows: [
      ...systems.map((system) => row(system, mean(nats(system, "waits")), mean(nats(system, "marks")))),
      row("Poisson", poisson.waits, poisson.marks),
      row("the process itself", truth.waits, truth.marks),
    ],
    caption: `Negative log likelihood of events 2-60 of ${testCount} sequences, mean of the seeds.`,
  });
  return runs;
}
