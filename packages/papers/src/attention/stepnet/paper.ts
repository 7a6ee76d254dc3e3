import { atLeast, atMost, claim, definePaper, setting } from "@paperworks/experiment";
import { experiment } from "./experiment.ts";

const adaptive = "an adaptive solver's steps follow stiffness";
const better = "StepNet measures stiffness better, and performs better";
const visual = "significant improvements in visual tasks, and few blocks need attention";

export default definePaper({
  slug: "stepnet",
  family: "attention",
  title: "Understanding Self-attention Mechanism via Dynamical System Perspective",
  authors: ["Zhongzhan Huang", "Mingfu Liang", "Jinghui Qin", "Shanshan Zhong", "Liang Lin"],
  year: 2023,
  arxiv: "2308.09939",
  summary:
    "A residual block is a step of a solver of ordinary differential equations, and attention over its channels multiplies that step: it chooses the step size from the data, as an adaptive solver does where the solution changes violently. Read so, a network has a stiffness that can be measured block by block; attention belongs where it is high, and attends better when it is told. StepNet's layer and the experiments here are our reconstruction from the abstract.",
  settings: {
    learningRate: setting(3e-3, { min: 1e-4, max: 3e-2, log: true, description: "peak of the flows' training" }),
  },
  claims: [
    claim("adaptive.correlation", {
      paper: adaptive,
      measures: "Spearman's ρ of stiffness ξ and step h over the accepted steps, an excitable system over time 150",
      bar: atMost(-0.5),
    }),
    claim("adaptive.steps", {
      paper: adaptive,
      measures: "median step ÷ median step where stiffness is in its largest tenth",
      bar: atLeast(1.4),
    }),
    claim("flow.none", {
      paper: better,
      measures: "test error of the learned flow, StepNet ÷ plain FlowNet",
      bar: atMost(0.85),
    }),
    claim("flow.se", {
      paper: better,
      measures: "test error of the learned flow, StepNet ÷ squeeze and excite",
      bar: atMost(0.98),
    }),
    claim("fidelity", {
      paper: "attention raises the ability to represent stiffness",
      measures: "mean correlation of the network's stiffness profile with the true one, StepNet minus plain FlowNet",
      bar: atLeast(0.01),
    }),
    claim("phenomenon", {
      paper: "trained networks show stiffness",
      measures:
        "largest ÷ median stiffness of a stage's blocks, mean of two stages: trained ÷ before training with its norms' statistics measured",
      bar: atLeast(1.1),
      needs: "cifar10",
    }),
    claim("images.accuracy", {
      paper: visual,
      measures: "test accuracy in points, StepNet minus plain network, batches of 64",
      bar: atLeast(0),
      needs: "cifar10",
    }),
    claim("images.ticket", {
      paper: visual,
      measures:
        "test accuracy in points, StepNet in the stiffest half of the blocks, trained anew, minus StepNet in all",
      bar: atLeast(-1),
      needs: "cifar10",
    }),
  ],
  experiment,
});
