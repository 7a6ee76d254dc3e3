/**
 * The sequence operators that papers speak of, against length: `node bench/src/sequence-operators.ts` prints milliseconds of each and how
 * many times faster the paper's own is.
 */
import { timeOperators as timeAttention } from "@paperworks/papers/attention/gla/operator-timing";
import { timeOperators as timeConvolutions } from "@paperworks/papers/attention/tcnca/operator-timing";
import { Generator } from "@paperworks/tensor";

const quiet = { progress: async (): Promise<void> => {} };
const cell = (value: string | number): string =>
  (typeof value === "number" ? value.toPrecision(3) : value).padStart(16);
const row = (values: readonly (string | number)[]): void => console.log(values.map(cell).join(""));

console.log("gated linear attention in chunks, softmax attention and the log-space form: forward and backward, ms\n");
row(["length", "chunk", "softmax", "softmax ÷", "parallel", "parallel ÷"]);
for (const length of [512, 1024, 2048, 4096, 8192]) {
  const names = length <= 512 ? (["chunk", "softmax", "parallel"] as const) : (["chunk", "softmax"] as const);
  const { chunk, softmax, parallel } = await timeAttention(names, length, 5, new Generator(length), quiet);
  const last = parallel === undefined ? ["", ""] : [1000 * parallel, parallel / chunk];
  row([String(length), 1000 * chunk, 1000 * softmax, softmax / chunk, ...last]);
}

console.log("\ndilated convolutions and the moving average by Fourier transforms, one thread: ms\n");
row(["length", "TCN", "EMA", "EMA ÷", "TCN backward", "EMA backward", "EMA ÷"]);
for (const length of [2 ** 12, 2 ** 14, 2 ** 17]) {
  const times = await timeConvolutions(["TCN", "EMA, FFT"], length, 7, quiet);
  const [tcn, ema] = [times.TCN, times["EMA, FFT"]];
  if (!tcn || !ema) continue;
  row([
    String(length),
    ...(["forward", "backward"] as const).flatMap((way) => [1000 * tcn[way], 1000 * ema[way], ema[way] / tcn[way]]),
  ]);
}
