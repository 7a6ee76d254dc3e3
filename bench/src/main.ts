import { existsSync, readdirSync, renameSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { type Comparison, compare, interleave, type Plan, start } from "./compare.ts";
import { ours, peers, threads } from "./peers.ts";
import { UnavailableError } from "./served.ts";
import { median } from "./statistics.ts";

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
const plan: Plan = options.quick ? { rounds: 3, roundMs: 300, warmup: 3 } : { rounds: 7, roundMs: 1000, warmup: 5 };
const chosen = (name: string, among?: string[]): boolean => among === undefined || among.includes(name);
const cases = readdirSync(fileOf("cases")).filter((name) => chosen(name, options.case));

const rows: Row[] = [];
const missing: Missing[] = [];
const rates: Record<string, number> = {};
let compileSeconds: number | null = null;

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
    if (name === "char-transformer") {
      const product = await start(ours, fileOf("rates", "matmul.ts"), plan);
      const { a, b } = await interleave(our, product, plan);
      product.served.end();
      rates.transformer = (2 * our.macs) / median(a) / 1e6;
      rates.matmul = (2 * product.macs) / median(b) / 1e6;
      compileSeconds = our.firstStep;
    }
  } finally {
    our.served.end();
  }
}
if (compileSeconds !== null) {
  const { transformer, matmul } = rates;
  console.log(`\n1024² matrix product   ${matmul.toFixed(0)} GFLOP/s`);
  console.log(
    `transformer step       ${transformer.toFixed(0)} GFLOP/s, ${((100 * transformer) / matmul).toFixed(0)} % of it`,
  );
  console.log(`first transformer step ${compileSeconds.toFixed(2)} s (recorded, differentiated, compiled, run)`);
}
if (options.json !== undefined) {
  const text = JSON.stringify({ rows, rates, compile_s: compileSeconds, missing }, null, 2);
  writeFileSync(`${options.json}.part`, `${text}\n`);
  renameSync(`${options.json}.part`, options.json);
}
