/**
 * One recurrence by four backends: `node bench/src/recurrence.ts [CELL]` prints microseconds a step of each, forward, against
 * the size of a head (256 units in all), and the ratios that the paper speaks of.
 */

import { type Cell, cells } from "@paperworks/papers/attention/flashrnn/cells";
import { backends, flashRnn } from "@paperworks/papers/attention/flashrnn/flash-rnn";
import { recurrenceData } from "@paperworks/papers/attention/flashrnn/timing";
import { fromArray } from "@paperworks/tensor";
import { median } from "./statistics.ts";

const [, , name = "lstm"] = process.argv;
if (!Object.hasOwn(cells, name)) throw new Error(`no cell "${name}"; there are ${Object.keys(cells).join(", ")}`);
const cell = name as Cell;
const [units, rounds] = [256, 9];
/** The loop on the host takes as long a step, however many there are. */
const stepsOf = { vanilla: 64, scan: 1024, alternating: 1024, fused: 1024 };

const row = (cellsOfRow: readonly string[]): void => console.log(cellsOfRow.map((text) => text.padStart(13)).join(""));
console.log(`${cell}, 256 units in all, forward, µs a step: medians of ${rounds} rounds in turn\n`);
row(["head", "rows", ...backends, "vanilla ÷", "scan ÷", "alternating ÷"]);
for (const batch of [1, 16]) {
  for (const dim of [16, 32, 64, 128, 256]) {
    const times = backends.map((): number[] => []);
    const { wx, r, bias } = recurrenceData({ cell, batch, heads: units / dim, dim }, 1024 / batch);
    for (let round = -2; round < rounds; round++) {
      for (const [i, backend] of backends.entries()) {
        const steps = Math.min(stepsOf[backend], wx.shape[0]);
        const part = (wx.held as Float32Array).subarray(0, (wx.size / wx.shape[0]) * steps);
        const x = fromArray(part, [steps, ...wx.shape.slice(1)]);
        const began = performance.now();
        await flashRnn(x, r, bias, { cell, backend });
        if (round >= 0) times[i].push((1000 * (performance.now() - began)) / steps);
      }
    }
    const medians = times.map(median);
    const fused = medians[3];
    row([
      String(dim),
      String(batch),
      ...medians.map((time) => time.toFixed(2)),
      ...medians.slice(0, 3).map((time) => (time / fused).toFixed(2)),
    ]);
  }
}
