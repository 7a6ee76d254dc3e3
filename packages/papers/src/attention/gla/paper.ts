import { atLeast, atMost, claim, definePaper, setting } from "@paperworks/experiment";
import { experiment } from "./experiment.ts";

const gating = "data-dependent gating improves on fixed decay (RetNet) and on none";
const competitive = "close to a LLaMA-style Transformer and to Mamba";
const long = "faster than softmax attention on long sequences";

export default definePaper({
  slug: "gla",
  family: "attention",
  title: "Gated Linear Attention Transformers with Hardware-Efficient Training",
  authors: ["Songlin Yang", "Bailin Wang", "Yikang Shen", "Rameswar Panda", "Yoon Kim"],
  year: 2023,
  arxiv: "2312.06635",
  summary:
    "Linear attention is a recurrent network with a matrix for a state. A fixed decay helps it; a forget gate for each dimension of the keys, computed from the token, helps more. Written in chunks of chunks, with every exponent at most zero, nearly all of its work becomes matrix products: it trains faster than softmax attention on long texts, streams from memory of constant size, and goes on working beyond the length it was trained at.",
  settings: { learningRate: setting(3e-3, { min: 1e-4, max: 3e-2, log: true, description: "peak of the schedule" }) },
  claims: [
    claim("gate.fixed", {
      paper: gating,
      measures: "width 64, 2 blocks: test loss in nats a character, RetNet without rotary positions minus GLA",
      bar: atLeast(0.1),
      needs: "tinyshakespeare",
    }),
    claim("gate.none", {
      paper: gating,
      measures: "test loss in nats a character, linear attention minus GLA",
      bar: atLeast(0.15),
      needs: "tinyshakespeare",
    }),
    claim("competitive.softmax", {
      paper: competitive,
      measures: "test loss in nats a character, GLA minus softmax attention with rotary positions",
      bar: atMost(0.05),
      needs: "tinyshakespeare",
    }),
    claim("competitive.mamba", {
      paper: competitive,
      measures: "test loss in nats a character, GLA with short convolutions minus Mamba",
      bar: atMost(0.12),
      needs: "tinyshakespeare",
    }),
    claim("chunk-speed", {
      paper: "the block-parallel form uses matrix products",
      measures: "time of the log-space parallel form ÷ chunk form at length 512, forward and backward",
      bar: atLeast(4),
      timing: true,
    }),
    claim("long.4096", {
      paper: long,
      measures: "time of softmax attention ÷ chunk form at length 4,096, forward and backward",
      bar: atLeast(1.3),
      timing: true,
    }),
    claim("long.8192", {
      paper: long,
      measures: "time of softmax attention ÷ chunk form at length 8,192, forward and backward",
      bar: atLeast(2.5),
      timing: true,
    }),
    claim("length", {
      paper: "trained at 2K tokens, still good beyond 20K",
      measures:
        "GLA's test loss at positions two to four times the length of training, minus that in its second half, nats",
      bar: atMost(0.03),
      needs: "tinyshakespeare",
    }),
  ],
  experiment,
});
