import { atLeast, atMost, claim, definePaper, setting } from "@paperworks/experiment";
import { experiment } from "./experiment.ts";

const accuracy = "accuracy drops by 0.4 points at most";
const flops = "48 to 69 % of the attention's FLOPs are saved";
const semantic = "learned masks, of each image its own, find what fixed patterns miss";
const combined =
  "with token sparsity more than 60 % of all FLOPs are saved, at a better trade-off than token pruning alone";

export default definePaper({
  slug: "sparsifiner",
  family: "attention",
  title: "Sparsifiner: Learning Sparse Instance-Dependent Attention for Efficient Vision Transformers",
  authors: ["Cong Wei", "Brendan Duke", "Ruowei Jiang", "Parham Aarabi", "Graham W. Taylor", "Florian Shkurti"],
  year: 2023,
  arxiv: "2303.13755",
  summary:
    "Most of a vision transformer's attention goes to few tokens, but to other ones in each image. A predictor of low rank, trained to imitate the attention of a dense teacher, guesses for each head and query which tokens those are; true attention is then computed for them alone. Together with dropping whole tokens that saves more than half of the network's work.",
  settings: {
    learningRate: setting(3e-4, { min: 3e-5, max: 3e-3, log: true, description: "peak of the distillation" }),
  },
  claims: [
    claim("accuracy.keep-0.25", {
      paper: accuracy,
      measures:
        "test accuracy in points, dense student minus Sparsifiner with a quarter of the keys, after 150 steps of 48 images",
      bar: atMost(1),
      needs: "cifar10",
    }),
    claim("accuracy.keep-0.10", {
      paper: accuracy,
      measures: "the same with a tenth of the keys",
      bar: atMost(2),
      needs: "cifar10",
    }),
    claim("flops.deit-0.25", {
      paper: flops,
      measures:
        "% of attention's multiply-accumulates saved at DeiT-S shapes, a quarter of the keys, measured basis density",
      bar: atLeast(45),
    }),
    claim("flops.deit-0.05", {
      paper: flops,
      measures: "the same with a twentieth of the keys",
      bar: atLeast(65),
    }),
    claim("flops.here-0.10", {
      paper: flops,
      measures: "% of attention's multiply-accumulates saved by the network trained here with a tenth of the keys",
      bar: atLeast(50),
    }),
    claim("semantic.share", {
      paper: semantic,
      measures:
        "attention mass that a quarter of the keys covers in 1,000 test images: (Sparsifiner − random) ÷ (oracle − random)",
      bar: atLeast(0.5),
      needs: "cifar10",
    }),
    claim("semantic.window", {
      paper: semantic,
      measures: "the same mass, Sparsifiner minus a window of as many keys",
      bar: atLeast(0.05),
      needs: "cifar10",
    }),
    claim("combined.deit", {
      paper: combined,
      measures:
        "% of a network's multiply-accumulates saved at DeiT-S shapes, a quarter of the keys and 0.4 of the tokens",
      bar: atLeast(59),
    }),
    claim("combined.here", {
      paper: combined,
      measures: "the same of the network trained here, a quarter of the keys and 0.7 of the tokens",
      bar: atLeast(40),
    }),
    claim("combined.accuracy", {
      paper: combined,
      measures: "test accuracy in points, both minus token pruning alone with as many multiply-accumulates",
      bar: atLeast(-0.5),
      needs: "cifar10",
    }),
  ],
  experiment,
});
