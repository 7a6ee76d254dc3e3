/** Peak resident memory, in MB, of a gradient through a deep chain of layers: `plain` or `checkpointed`. */
import {
  checkpoint,
  configure,
  fromArray,
  grad,
  jit,
  mean,
  mul,
  Parameter,
  sin,
  type Tensor,
  tanh,
} from "../src/index.ts";

configure({ threads: 1 });
const [rows, width, layers, group] = [1024, 1024, 48, 8];
const scales = Array.from(
  { length: layers },
  () => new Parameter(fromArray(new Float32Array(width).fill(0.9), [width])),
);
const layer = (h: Tensor, i: number): Tensor => tanh(mul(sin(h), scales[i]));
const section = (start: number) => (h: Tensor) => Array.from({ length: group }, (_, i) => start + i).reduce(layer, h);
const x = fromArray(new Float32Array(rows * width).fill(0.3), [rows, width]);
const step = jit((input: Tensor) => {
  let h = input;
  for (let start = 0; start < layers; start += group)
    h = process.argv[2] === "plain" ? section(start)(h) : checkpoint(section(start))(h);
  return grad(mean(h), scales);
});
await step(x);
console.log(process.resourceUsage().maxRSS / 1024);
