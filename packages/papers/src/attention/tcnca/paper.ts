import { atLeast, atMost, between, claim, definePaper, setting } from "@paperworks/experiment";
import { experiment } from "./experiment.ts";

const operator = "the operator alone is up to 7.07 × faster forward and 2.86 × backward at 131k tokens";
const linear = "O(L) instead of O(L log L)";
const language = "lower loss than MEGA on EnWik8, forward 1.37 × and backward 1.24 × faster";
const recall = "on associative recall even a simplified TCNCA without gates is equal or better than MEGA";
const longRange = "similar accuracy on the Long Range Arena, 1.28 × faster inference";

export default definePaper({
  slug: "tcnca",
  family: "attention",
  title: "TCNCA: Temporal Convolution Network with Chunked Attention for Scalable Sequence Processing",
  authors: [
    "Aleksandar Terzic",
    "Michael Hersche",
    "Geethan Karunaratne",
    "Luca Benini",
    "Abu Sebastian",
    "Abbas Rahimi",
  ],
  year: 2023,
  arxiv: "2312.05605",
  summary:
    "MEGA smooths a sequence by a moving average of many decays, computed by Fourier transforms, and lets chunks of it attend to themselves. A stack of convolutions whose dilation grows sixteenfold a layer sees as far in three layers and costs the same for every token however long the sequence: models of the same size become faster and no worse.",
  settings: { learningRate: setting(1e-2, { min: 1e-4, max: 3e-2, log: true, description: "peak of the cycle" }) },
  claims: [
    claim("operator.forward", {
      paper: operator,
      measures:
        "16 channels, 131,072 tokens, one thread: time of the EMA with its activation, by its fastest Fourier transforms, ÷ time of the TCN (K = 17, f = 16, 3 layers), forward",
      bar: atLeast(2.5),
      timing: true,
    }),
    claim("operator.backward", {
      paper: operator,
      measures: "the same, the backward pass alone",
      bar: atLeast(1.2),
      timing: true,
    }),
    claim("linear.macs", {
      paper: linear,
      measures: "multiply-adds of the TCN at 262,144 tokens ÷ at 131,072",
      bar: between(1.99, 2.01),
    }),
    claim("linear.time", {
      paper: linear,
      measures: "exponent of the TCN's forward time between 16,384 and 131,072 tokens",
      bar: atMost(1.15),
      timing: true,
    }),
    claim("language.bits", {
      paper: language,
      measures:
        "width 96, 2 blocks, 512 bytes, 300 steps of batch 4, learning rate 0.01: test bits a byte, TCNCA minus MEGA",
      bar: atMost(0.02),
      needs: "tinyshakespeare",
    }),
    claim("language.speed", {
      paper: language,
      measures: "the same models: time of MEGA ÷ TCNCA, forward and backward",
      bar: atLeast(1.1),
      timing: true,
    }),
    claim("recall.difference", {
      paper: recall,
      measures:
        "width 48, 2 blocks, 300 steps of batch 16: accuracy of the simplified TCNCA minus MEGA, mean over four lengths and vocabularies",
      bar: atLeast(-0.01),
    }),
    claim("recall.accuracy", {
      paper: recall,
      measures: "accuracy of the simplified TCNCA, mean over the four",
      bar: atLeast(0.95),
    }),
    claim("long-range.accuracy", {
      paper: longRange,
      measures:
        "width 32, 2 blocks, 250 steps of batch 24 and half the learning rate: accuracy in percentage points, TCNCA minus MEGA, mean of ListOps (up to 128 symbols) and digits read pixel by pixel (196)",
      bar: atLeast(-1.5),
      needs: "mnist",
    }),
    claim("long-range.speed", {
      paper: longRange,
      measures: "inference time of MEGA ÷ TCNCA at 1,024 tokens",
      bar: atLeast(1.15),
      timing: true,
    }),
  ],
  experiment,
});
