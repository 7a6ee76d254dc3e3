import { atLeast, claim, definePaper, setting } from "@paperworks/experiment";
import { experiment } from "./experiment.ts";

export const settings = {
  eta: setting(0.03, { min: 0.001, max: 1, log: true, description: "η: the variance of the noise at the first step" }),
  gamma: setting(0.55, { min: 0, max: 2, description: "γ: how fast the variance falls, as (1 + t)^(−γ)" }),
  learningRate: setting(0.1, { min: 0.001, max: 1, log: true, description: "of plain SGD on the digits" }),
};

export default definePaper({
  slug: "gradient-noise",
  family: "training",
  title: "Adding Gradient Noise Improves Learning for Very Deep Networks",
  authors: [
    "Arvind Neelakantan",
    "Luke Vilnis",
    "Quoc V. Le",
    "Ilya Sutskever",
    "Lukasz Kaiser",
    "Karol Kurach",
    "James Martens",
  ],
  year: 2015,
  arxiv: "1511.06807",
  summary:
    "Gaussian noise with a variance that decays over time, added to every gradient, lets plain SGD train networks that it otherwise cannot: twenty layers deep from a start at zero, memory networks on question answering, and more of the restarts of a network that learns to multiply.",
  settings,
  claims: [
    claim("bad-init", {
      paper: "zero initialisation: best accuracy 11.4 → 94.5 %",
      measures: "best test accuracy of a run, with noise minus without, all weights zero at the start",
      bar: atLeast(0.6),
      needs: "mnist",
    }),
    claim("poor-init", {
      paper: "a simple initialisation without clipping: average accuracy 43.1 → 52.7 %, best 89.9 → 96.7 %",
      measures: "best test accuracy of a run, with noise minus without, weights N(0, 0.1²) at the start",
      bar: atLeast(0.6),
      needs: "mnist",
    }),
    claim("good-init", {
      paper: "a good initialisation: noise does not hurt, 97.4 → 97.5 %",
      measures: "best test accuracy of a run, with noise minus without, He's initialisation",
      bar: atLeast(-0.02),
      needs: "mnist",
    }),
    claim("qa", {
      paper: "question answering over tables: 72 % fewer errors (4.7 → 1.3 %)",
      measures:
        "question answering over stories, learning rate 0.2: 1 − test error with noise ÷ without, means over the seeds",
      bar: atLeast(0.5),
    }),
    claim("restarts", {
      paper: "twice as many accurate models over restarts (28 → 58 below 1 % error)",
      measures: "runs over three learning rates with at most 20 % test error: with noise ÷ without",
      bar: atLeast(1.5),
    }),
  ],
  experiment,
});
