import { atLeast, atMost, claim, definePaper, setting } from "@paperworks/experiment";
import { experiment } from "./experiment.ts";

const frame = "FFNified attention replaces self-attention within the frame, and is better";
const efficient = "cheaper: convolutions and GELU are all it takes, linear in tokens";
const simple = "GELU in place of softmax suffices, and the value operation matters";
const tasks = "strong across tasks";
const shape = "width 32, 250 steps of 32 images";

export default definePaper({
  slug: "metamixer",
  family: "attention",
  title: "MetaMixer Is All You Need",
  authors: ["Seokju Yun", "Dongheon Lee", "Youngmin Ro"],
  year: 2024,
  arxiv: "2406.02021",
  summary:
    "A feed-forward network is a key-value memory too: its first matrix holds the keys, its second the values. So what matters may be the frame of query, key and value, not self-attention. FFNified attention fills the frame with large depthwise convolutions and GELU; with a convolutional channel mixer it makes FFNet, which is trained with more parts than it runs with: batch norms and small kernels fold into single convolutions.",
  settings: { learningRate: setting(2e-3, { min: 2e-4, max: 2e-2, log: true, description: "peak of the schedule" }) },
  claims: [
    claim("frame.attention", {
      paper: frame,
      measures: `${shape}: test accuracy in points, FFNified attention minus self-attention`,
      bar: atLeast(2),
      needs: "cifar10",
    }),
    claim("frame.identity", {
      paper: frame,
      measures: "test accuracy in points, FFNified attention minus no token mixer",
      bar: atLeast(4),
      needs: "cifar10",
    }),
    claim("convnext", {
      paper: "FFNet beats earlier convolutional designs",
      measures: "test accuracy in points, FFNet minus ConvNeXt of as many parameters and steps",
      bar: atLeast(1),
      needs: "cifar10",
    }),
    claim("efficient.macs", {
      paper: efficient,
      measures: "multiply-accumulates of a token mixer at 64 × 64 places, self-attention ÷ FFNified attention",
      bar: atLeast(10),
    }),
    claim("efficient.latency", {
      paper: efficient,
      measures: "time of one image with 32 × 32 places, network of self-attention ÷ FFNet, both fused",
      bar: atLeast(1.5),
      timing: true,
    }),
    claim("simple-ops.softmax", {
      paper: simple,
      measures: "test accuracy in points, GELU minus softmax over space, two seeds",
      bar: atLeast(1),
      needs: "cifar10",
    }),
    claim("simple-ops.value", {
      paper: simple,
      measures: "test accuracy in points, with minus without the value convolution, two seeds",
      bar: atLeast(1),
      needs: "cifar10",
    }),
    claim("tasks.super-resolution-bicubic", {
      paper: tasks,
      measures: "luminance from 16 × 16 to 32 × 32, 200 steps: PSNR in dB, FFNet minus bicubic interpolation",
      bar: atLeast(0.5),
      needs: "cifar10",
    }),
    claim("tasks.super-resolution-linear", {
      paper: tasks,
      measures: "PSNR in dB, FFNet minus the same network without blocks, which is linear",
      bar: atLeast(0.2),
      needs: "cifar10",
    }),
    claim("tasks.forecasting", {
      paper: tasks,
      measures: "ETTh1, 96 hours ahead from 96, 200 steps: test MSE, FFNet ÷ Transformer encoder of as many parameters",
      bar: atMost(1.02),
      needs: "ETTh1",
    }),
  ],
  experiment,
});
