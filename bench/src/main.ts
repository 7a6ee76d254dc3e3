import { existsSync, readdirSync, renameSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { type Comparison, compare, interleave, type Plan, start } from "./compare.ts";
import { ours, peers, threads } from "./peers.ts";
import { UnavailableError } from "./served.ts";
import { geometricMean, median } from "./statistics.ts";
import { compileSeconds, growthInMegabytes } from "./steady-state.ts";

interface Row extends Omit<Comparison, "ours_ms"> {
  case: string;
  peer: string;
  ours_ms: number;
}
interface Missing {
  case: string;
  peer: string;
  reason: string;
}

const fileOf = (...parts: string[]): string => fileURLToPath(new URL(parts.join("/"), import.meta.url));

const { values: options } = parseArgs({
  options: {
    json: { type: "string" },
    quick: { type: "boolean", default: false },
    case: { type: "string", multiple: true },
    peer: { type: "string", multiple: true },
  },
});
const plan: Plan = options.quick
  ? { rounds: 3, roundMs: 300, warmup: 3, longestMs: 20_000 }
  : { rounds: 7, roundMs: 1000, warmup: 5, longestMs: 90_000 };
const chosen = (name: string, among?: string[]): boolean => among === undefined || among.includes(name);
const cases = readdirSync(fileOf("cases")).filter((name) => chosen(name, options.case));

const rows: Row[] = [];
const missing: Missing[] = [];
const notes: Record<string, string> = {};
/** GFLOP/s of the runtime's matrix product, and of the steps that are measured against it. */
const rates: Record<string, number> = {};
const rated: Record<string, string> = { "char-transformer": "transformer", "resnet-8": "resnet8" };
const shares: Record<string, number> = {};
/** The product's rate beside each of them. */
const products: number[] = [];

const cells = (...[name, peer, ...numbers]: string[]): void =>
  console.log(`${name.padEnd(18)}${peer.padEnd(13)}${numbers.map((n) => n.padStart(10)).join("")}`);

console.log(`${threads} threads, ${plan.rounds} rounds in turn; ratio = peer ÷ ours, low and high over the rounds\n`);
cells("case", "peer", "ours ms", "peer ms", "ratio", "low", "high");
for (const name of cases) {
  const our = await start(ours, fileOf("cases", name, ours.file), plan);
  try {
    for (const peer of peers.filter((p) => chosen(p.name, options.peer))) {
      try {
        const file = fileOf("cases", name, peer.file);
        if (!existsSync(file)) throw new UnavailableError("not written yet");
        const row = { case: name, peer: peer.name, ...(await compare(our, peer, file, plan)) };
        rows.push(row);
        const { ours_ms, peer_ms, ratio, low, high } = row;
        cells(
          name,
          peer.name,
          ...[ours_ms, peer_ms].map((n) => n.toFixed(3)),
          ...[ratio, low, high].map((n) => n.toFixed(2)),
        );
      } catch (error) {
        if (!(error instanceof UnavailableError)) throw error;
        missing.push({ case: name, peer: peer.name, reason: error.message });
        cells(name, peer.name, `n/a: ${error.message}`);
      }
    }
    if (our.note !== undefined) {
      notes[name] = our.note;
      console.log(`${"".padEnd(18)}${our.note}`);
    }
    const rate = rated[name];
    if (rate !== undefined) {
      const product = await start(ours, fileOf("rates", "matmul.ts"), plan);
      const { a, b } = await interleave(our, product, plan);
      product.served.end();
      rates[rate] = (2 * our.macs) / median(a) / 1e6;
      const beside = (2 * product.macs) / median(b) / 1e6;
      shares[rate] = rates[rate] / beside;
      products.push(beside);
    }
  } finally {
    our.served.end();
  }
}

if (products.length > 0) rates.matmul = products.reduce((a, b) => a + b) / products.length;

const toPytorch = geometricMean(rows.filter(({ peer }) => peer === "pytorch").map(({ ratio }) => ratio));
if (!Number.isNaN(toPytorch)) console.log(`\ngeometric mean of the ratios to PyTorch   ${toPytorch.toFixed(2)}`);
if (rates.matmul !== undefined) console.log(`1024² matrix product     ${rates.matmul.toFixed(0)} GFLOP/s`);
for (const [rate, share] of Object.entries(shares)) {
  const percent = `${(100 * share).toFixed(0)} % of the product beside it`;
  console.log(`${`${rate} step`.padEnd(25)}${rates[rate].toFixed(0)} GFLOP/s, ${percent}`);
}

const whole = options.case === undefined && options.peer === undefined;
const compile = whole ? await compileSeconds() : undefined;
if (compile !== undefined)
  console.log(`first step of a graph    ${compile.seconds.toFixed(2)} s (${compile.nodes}: recorded, compiled, run)`);
const growth = whole ? await growthInMegabytes() : undefined;
if (growth !== undefined) console.log(`memory over 10,000 steps ${growth.toFixed(1)} MB more`);

if (options.json !== undefined) {
  const figures = { rates, shares, compile_s: compile?.seconds ?? null, growth_mb: growth ?? null };
  const text = JSON.stringify({ rows, pytorch_mean: toPytorch || null, ...figures, notes, missing }, null, 2);
  writeFileSync(`${options.json}.part`, `${text}\n`);
  renameSync(`${options.json}.part`, options.json);
}
