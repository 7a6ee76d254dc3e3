import { atLeast, atMost, claim, definePaper, setting } from "@paperworks/experiment";
import { experiment } from "./experiment.ts";

const twoD = "superior accuracy on pixel-level 2-D classification with fewer parameters";
const oneD = "superior on pixel-level 1-D classification";
const zeroMean = "stable zero-mean features";
const slow = "a local feedback error updates the slow network";

export default definePaper({
  slug: "terminator",
  family: "attention",
  title: "HyperZ·Z·W Operator Connects Slow-Fast Networks for Full Context Interaction",
  authors: ["Harvie Zhang"],
  year: 2024,
  arxiv: "2401.17948",
  summary:
    "A small network of coordinates, the slow one, paints kernels as large as the feature map; the fast network multiplies them with its activations. Every layer then sees the whole input, its weights follow the input, and no residual connections are needed. Blocks of nine such views with features of mean zero make the Terminator; a local loss between the kernels of its blocks trains the slow networks too.",
  settings: {
    learningRate: setting(2e-2, { min: 1e-4, max: 1e-1, log: true, description: "peak of the schedule on images" }),
  },
  claims: [
    claim("two-d.accuracy", {
      paper: twoD,
      measures:
        "digits of 14 × 14, 200 steps at learning rate 0.02 for both: test accuracy in points, Terminator minus ResNet",
      bar: atLeast(0),
      needs: "mnist",
    }),
    claim("two-d.parameters", { paper: twoD, measures: "parameters, Terminator ÷ ResNet", bar: atMost(0.85) }),
    claim("one-d.lstm", {
      paper: oneD,
      measures: "the same pixels in order and permuted, 200 steps: test accuracy in points, Terminator minus LSTM",
      bar: atLeast(10),
      needs: "mnist",
    }),
    claim("one-d.tcn", {
      paper: oneD,
      measures: "the same, Terminator minus temporal convolutional network",
      bar: atLeast(0),
      needs: "mnist",
    }),
    claim("convergence", {
      paper: "converges faster",
      measures: "mean training loss of the last 20 steps on images, Terminator ÷ ResNet",
      bar: atMost(1),
      needs: "mnist",
    }),
    claim("zero-mean.size", {
      paper: zeroMean,
      measures: "largest over blocks of the mean over channels of |mean of a channel| on test digits, Terminator",
      bar: atMost(0.05),
      needs: "mnist",
    }),
    claim("zero-mean.ratio", {
      paper: zeroMean,
      measures: "the same of ResNet ÷ Terminator",
      bar: atLeast(5),
      needs: "mnist",
    }),
    claim("slow-loss.distance", {
      paper: slow,
      measures: "mean squared distance between the blocks' global kernels, without ÷ with the slow loss",
      bar: atLeast(2),
      needs: "mnist",
    }),
    claim("slow-loss.accuracy", {
      paper: slow,
      measures: "test accuracy in points, with minus without the slow loss",
      bar: atLeast(-0.5),
      needs: "mnist",
    }),
  ],
  experiment,
});
