import { atLeast, atMost, claim, definePaper, equals } from "@paperworks/experiment";
import { experiment } from "./experiment.ts";

const comparable = "comparable to Transformers on 38 datasets of four settings";
const learns = "(guards the comparison: two models that learn nothing are comparable)";

export default definePaper({
  slug: "aaren",
  family: "attention",
  title: "Attention as an RNN",
  authors: [
    "Leo Feng",
    "Frederick Tung",
    "Hossein Hajimirsadeghi",
    "Mohamed Osama Ahmed",
    "Yoshua Bengio",
    "Greg Mori",
  ],
  year: 2024,
  arxiv: "2405.13956",
  summary:
    "Softmax attention with one query is a recurrent network: a running maximum, numerator and denominator are all it must remember of the past. Their update is associative, so all prefixes come from one parallel scan. Aaren therefore makes the query a learned constant of the layer: it trains in parallel like a Transformer, and takes new tokens in constant memory like an RNN.",
  claims: [
    claim("comparable.forecasting", {
      paper: comparable,
      measures: "ETTh1, 96 hours ahead: test MSE, Aaren ÷ Transformer",
      bar: atMost(1.05),
      needs: "ETTh1",
    }),
    claim("comparable.events", {
      paper: comparable,
      measures: "Hawkes events: negative log likelihood, Aaren minus Transformer, nats an event",
      bar: atMost(0.05),
    }),
    claim("comparable.classification", {
      paper: comparable,
      measures: "ordered pairs of motifs: test accuracy, Aaren minus Transformer, points",
      bar: atLeast(-2),
    }),
    claim("comparable.rl", {
      paper: comparable,
      measures: "point mass, from recorded episodes: score, Aaren ÷ Transformer",
      bar: atLeast(0.92),
    }),
    claim("learns.forecasting", {
      paper: learns,
      measures: "ETTh1: test MSE of Aaren ÷ that of repeating the last 24 hours",
      bar: atMost(0.9),
      needs: "ETTh1",
    }),
    claim("learns.events", {
      paper: learns,
      measures: "Hawkes events: negative log likelihood, Poisson minus Aaren, nats an event",
      bar: atLeast(0.1),
    }),
    claim("learns.marks", {
      paper: learns,
      measures: "Hawkes events: entropy of the mark frequencies minus Aaren's negative log likelihood of marks, nats",
      bar: atLeast(0.03),
    }),
    claim("learns.classification", {
      paper: learns,
      measures: "ordered pairs of motifs: test accuracy of Aaren, %",
      bar: atLeast(85),
    }),
    claim("learns.rl", {
      paper: learns,
      measures: "point mass: score of Aaren minus that of the expert scaled by the mean noise",
      bar: atLeast(0),
    }),
    claim("memory.ratio", {
      paper: "constant memory a stream",
      measures: "bytes of the state after 4,096 tokens, Transformer ÷ Aaren",
      bar: atLeast(3000),
    }),
    claim("memory.constant", {
      paper: "constant memory a stream",
      measures: "bytes of Aaren's state after 4,096 tokens ÷ after 16",
      bar: equals(1),
    }),
    claim("time.ratio", {
      paper: "linear instead of quadratic cumulative time",
      measures: "seconds for 4,096 tokens one at a time, each step writing the whole state, Transformer ÷ Aaren",
      bar: atLeast(3),
      timing: true,
    }),
    claim("time.exponent", {
      paper: "linear instead of quadratic cumulative time",
      measures: "growth exponent of Aaren's cumulative time from 1,024 to 4,096 tokens",
      bar: atMost(1.15),
      timing: true,
    }),
    claim("parameters", {
      paper: "3,152,896 parameters against 3,152,384: +0.016 %",
      measures: "parameters of one block of width 512, feed-forward 2,048: Aaren minus Transformer",
      bar: equals(512),
    }),
  ],
  experiment,
});
