import { atLeast, atMost, between, type Claim, type ClaimResult, claim, judge, setting } from "@paperworks/experiment";
import { kernelFigure } from "@paperworks/papers/attention/terminator/figures";
import { encodeImage } from "@paperworks/papers/attention/terminator/kernel-images";
import type { ClaimRow, PaperPageData } from "../src/page-data.ts";
import { annotatedSource } from "../src/source/annotated-source.ts";

/** A title that would leave any place of a page that forgot to escape it. */
export const hostileTitle = 'Attention "& <b>more</b></script><script>document.title="taken"</script>';

const measuredBy = (one: Claim, values: readonly number[]): ClaimRow => ({
  claim: one,
  result: { ...one, values, ...judge(values, one.bar), reason: judge(values, one.bar).reason ?? null } as ClaimResult,
});

const notJudged = (one: Claim): ClaimRow => ({
  claim: one,
  result: {
    ...one,
    values: [],
    value: null,
    spread: null,
    interval: null,
    verdict: "not judged",
    reason: "the bar was set for the real files of mnist, which this run did not have",
  },
});

const paper = "a gate that forgets lowers the loss by a tenth";

const claims: readonly ClaimRow[] = [
  measuredBy(
    claim("gate.fixed", { paper, measures: "test loss, fixed minus gated, nats", bar: atLeast(0.1) }),
    [0.21, 0.23, 0.22],
  ),
  measuredBy(
    claim("gate.none", { paper, measures: "test loss, none minus gated, nats", bar: atMost(0.5) }),
    [0.7, 0.71],
  ),
  measuredBy(
    claim("speed", { paper: "twice as fast", measures: "tokens a second, ÷", bar: between(1.5, 3), timing: true }),
    [1.4, 1.6, 1.5],
  ),
  notJudged(claim("digits", { paper: "98.4 %", measures: "accuracy, %", bar: atLeast(98), needs: "mnist" })),
  {
    claim: claim("length", { paper: "any length", measures: "loss at 8,192 ÷ at 2,048", bar: atMost(1.05) }),
    result: null,
  },
];

const curve = Array.from({ length: 40 }, (_, step) => [
  { step: step * 50, loss: 2 * Math.exp(-step / 12) + 0.6, model: "gated" },
  { step: step * 50, loss: 2 * Math.exp(-step / 18) + 0.8, model: "fixed" },
]).flat();

/** Of three channels, each of one value more than the last. */
const kernels = (["kernel", "activations"] as const).flatMap((what) =>
  [1, 2, 3].flatMap((channel) =>
    [0, 10].map((step) => ({
      what,
      block: 1,
      channel,
      step,
      ...encodeImage(Float32Array.of(channel, -1, 0, step === 0 ? 0 : channel)),
    })),
  ),
);

/** A page of a paper with everything that such a page can show. */
export async function fullPaperPage(): Promise<PaperPageData> {
  return {
    kind: "paper",
    card: {
      slug: "aaren",
      family: "attention",
      title: hostileTitle,
      year: 2024,
      arxiv: "2405.13956",
      authors: ["Leo Feng", "Frederick Tung", "Hossein Hajimirsadeghi"],
      summary: "Softmax attention with one query is a recurrent network.",
      listed: "2026-11-24",
      runs: true,
      verdicts: { reproduced: 1, missed: 1, inconclusive: 1, notJudged: 1 },
      picture: null,
      votes: 12,
      voted: true,
    },
    claims,
    measured: { date: "2026-11-20", machine: "a machine with 2 cores", commit: "0123456789abcdef" },
    figures: [
      {
        name: "loss",
        title: "Loss of both models",
        caption: "Means of three seeds.",
        spec: {
          $schema: "https://vega.github.io/schema/vega-lite/v6.json",
          data: { values: curve },
          mark: { type: "line", point: true },
          encoding: {
            x: { field: "step", type: "quantitative" },
            y: { field: "loss", type: "quantitative" },
            color: { field: "model", type: "nominal", title: null },
          },
        },
      },
      {
        name: "panels",
        title: "A panel a model",
        caption: null,
        spec: {
          data: { values: curve },
          mark: "line",
          encoding: {
            x: { field: "step", type: "quantitative" },
            y: { field: "loss", type: "quantitative" },
            column: { field: "model", type: "nominal" },
          },
        },
      },
      { name: "kernels", title: "Kernels by channel", caption: null, spec: kernelFigure(kernels, 2) },
      { name: "broken", title: "A figure that is none", caption: null, spec: { mark: "no such mark" } },
    ],
    images: [1, 2, 3].map((number) => ({ name: `sample-${number}`, url: picture, caption: `Sample ${number}` })),
    sounds: [{ name: "tone", url: "/fixture/tone.wav", caption: "A tone" }],
    tables: [
      {
        name: "accuracy",
        columns: ["model", "accuracy %", "parameters of the whole network", "solved"],
        rows: [
          ["gated", 98.43, 3152896, true],
          ["fixed", null, 3152384, false],
        ],
        caption: "Means of three seeds",
      },
    ],
    costs: [{ name: "step", figures: { macs: 12_345_678, peakBytes: 4096 } }],
    downloads: [{ label: "model.onnx", url: "/files/aaren/model.onnx", bytes: 305_000 }],
    bibtex: "@article{feng2024,\n  title = {Attention as an RNN},\n  year = {2024}\n}",
    source: await annotatedSource({ family: "attention", slug: "aaren" }),
    settings: {
      learningRate: setting(3e-3, { min: 1e-4, max: 1e-1, log: true, description: "of AdamW" }),
      depth: setting(4, { min: 1, max: 12, integer: true }),
    },
    serverRuns: false,
    canSignIn: true,
  };
}

const picture =
  "data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==";
