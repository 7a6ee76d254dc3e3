import { atLeast, atMost, claim, definePaper, setting } from "@paperworks/experiment";
import { experiment } from "./experiment.ts";

const fusion = "the fused kernel is 2 to 5 times faster than alternating matrix product and cell";
const solver = "divisibility and factors speed up the solution of tile constraints, which serve other hardware as well";
const tracking = "recurrent networks track states, Transformers do not";

export default definePaper({
  slug: "flashrnn",
  family: "attention",
  title: "FlashRNN: Optimizing Traditional RNNs on Modern Hardware",
  authors: ["Korbinian Pöppel", "Maximilian Beck", "Sepp Hochreiter"],
  year: 2024,
  arxiv: "2412.07752",
  summary:
    "Only a true recurrence, the last state inside the non-linearity, can follow a state through a sequence, and it runs step by step. Cut into independent heads, with product and cell in one kernel that keeps its weights near the processor for the whole sequence, it runs tens of times faster than op by op. Here the kernels are WebAssembly, and their tiles come from a solver of constraints on whole numbers that knows what divides what.",
  settings: {
    steps: setting(600, { min: 60, max: 2000, integer: true, description: "training steps of the state trackers" }),
  },
  claims: [
    claim("speed", {
      paper: "up to 50 times faster than a framework op by op",
      measures:
        "time of a step op by op (timed over 64 steps, the fastest calls the engine has) ÷ fused: LSTM, forward, 4 heads of 32 units, 1 row",
      bar: atLeast(20),
      timing: true,
    }),
    claim("fusion.residency", {
      paper: fusion,
      measures:
        "time alternating ÷ fused: LSTM, forward, 64 heads of 128 units (16 MiB of weights), 1 row, 512 steps, the kernels alone",
      bar: atLeast(1.4),
      timing: true,
    }),
    claim("fusion.scan", {
      paper: fusion,
      measures: "time of the engine's loop ÷ fused: LSTM, forward, 8 heads of 32 units, 1 row, 1,024 steps",
      bar: atLeast(2),
      timing: true,
    }),
    claim("sizes", {
      paper: "hidden sizes 40 times larger than a kernel that holds all weights in registers",
      measures:
        "units of a head that the tiled kernel runs to 1e-4 of the engine's loop ÷ those whose weights fit half of the first cache at once",
      bar: atLeast(40),
    }),
    claim("solver.nodes", {
      paper: solver,
      measures: "values tried without ÷ with divisibility and factors, mean over 12 shapes of 3,072 units",
      bar: atLeast(10),
    }),
    claim("solver.tiles", {
      paper: solver,
      measures: "time of the chosen tile ÷ best of all valid tiles (60 at most): LSTM, 4 heads of 256 units, 4 rows",
      bar: atMost(1.25),
      timing: true,
    }),
    claim("state-tracking.gap", {
      paper: tracking,
      measures:
        "running parity, trained on 1 to 32 tokens: accuracy at positions 65 to 128, the lower of LSTM and sLSTM minus a Transformer of 2 blocks",
      bar: atLeast(0.3),
    }),
    claim("state-tracking.lstm", {
      paper: tracking,
      measures: "running parity: the LSTM's accuracy at positions 65 to 128",
      bar: atLeast(0.95),
    }),
  ],
  experiment,
});
