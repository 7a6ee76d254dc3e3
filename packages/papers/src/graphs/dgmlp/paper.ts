import { atLeast, claim, definePaper } from "@paperworks/experiment";
import { experiment } from "./experiment.ts";

const degradation = "large transformation depth, not large propagation depth, is what makes deep graph networks fail";
const residual = "residual connections repair the degradation of deep transformations";
const adaptive = "node-adaptive mixtures of hops resist over-smoothing";

export default definePaper({
  slug: "dgmlp",
  family: "graphs",
  title: "Evaluating Deep Graph Neural Networks",
  authors: ["Wentao Zhang", "Zeang Sheng", "Yuezihan Jiang", "Yikuan Xia", "Jun Gao", "Zhi Yang", "Bin Cui"],
  year: 2021,
  arxiv: "2108.00955",
  summary:
    "Stacked graph networks get worse with depth. Taking each layer apart into propagation (multiplying by the adjacency matrix) and transformation (weights and a nonlinearity) shows which of the two is to blame: many transformations spoil the training itself, while many propagations cost little. DGMLP follows from that: propagate once, let each node weigh its hops, and train a residual MLP on the rows without the graph.",
  claims: [
    claim("degradation.decoupled", {
      paper: degradation,
      measures:
        "Cora, decoupled, plain: fall of test accuracy from 2 to 8 layers (8 hops) minus that from 2 to 32 hops (2 layers), points",
      bar: atLeast(25),
      needs: "cora",
    }),
    claim("degradation.coupled", {
      paper: degradation,
      measures:
        "Cora, coupled: test accuracy of two layers with 8 propagations each minus eight layers with one, points",
      bar: atLeast(25),
      needs: "cora",
    }),
    claim("residual.test", {
      paper: residual,
      measures: "Cora, 8 hops, 8 layers: test accuracy with residual connections minus without, points",
      bar: atLeast(20),
      needs: "cora",
    }),
    claim("residual.training", {
      paper: residual,
      measures: "Cora, 8 hops, 8 layers: training accuracy with residual connections minus without, points",
      bar: atLeast(40),
      needs: "cora",
    }),
    claim("adaptive.last", {
      paper: adaptive,
      measures: "Cora: test accuracy of DGMLP (32 hops, 2 layers) minus the last of 32 hops alone, points",
      bar: atLeast(3),
      needs: "cora",
    }),
    claim("adaptive.depth", {
      paper: adaptive,
      measures: "Cora: test accuracy of DGMLP with 32 hops minus DGMLP with 8, points",
      bar: atLeast(-2),
      needs: "cora",
    }),
    claim("accuracy.cora", {
      paper: "Cora: DGMLP 84.6 % against GCN 81.8 %",
      measures: "test accuracy of DGMLP (hops chosen by validation, 2 layers) minus GCN [1, 1], points",
      bar: atLeast(1),
      needs: "cora",
    }),
    claim("accuracy.citeseer", {
      paper: "Citeseer: DGMLP 73.4 % against GCN 70.8 %",
      measures: "test accuracy of DGMLP (hops chosen by validation, 2 layers) minus GCN [1, 1], points",
      bar: atLeast(0),
      needs: "citeseer",
    }),
    claim("sparsity", {
      paper: "deep propagation pays where labels are sparse",
      measures: "Cora: gain of 16 hops over 2 at 2 labels a class minus the same gain at 20, points",
      bar: atLeast(2),
      needs: "cora",
    }),
    claim("efficiency.time", {
      paper: "training needs no graph, so it scales",
      measures:
        "seconds of 120 training steps, GCN [8, 8] (on sparse features) ÷ DGMLP (16 hops, its propagation included)",
      bar: atLeast(3),
      needs: "cora",
      timing: true,
    }),
    claim("efficiency.macs", {
      paper: "training needs no graph, so it scales",
      measures: "multiply-accumulates of a training step on dense features, GCN [1, 1] ÷ DGMLP",
      bar: atLeast(10),
      needs: "cora",
    }),
  ],
  experiment,
});
