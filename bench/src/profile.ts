/** Where the time of a case's step goes, by the runtime's own profiler: `node bench/src/profile.ts char-transformer`. */
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { configure, endProfiling } from "@paperworks/tensor";
import type { Prepare } from "./prepared.ts";

interface ProfileEvent {
  cat: string;
  dur: number;
  name: string;
  args?: { op_name?: string };
}

const name = process.argv[2] ?? "char-transformer";
const folder = mkdtempSync(join(tmpdir(), "bench-profile-"));
try {
  configure({ profile: join(folder, "step") });
  const { prepare }: { prepare: Prepare } = await import(new URL(`cases/${name}/paperworks.ts`, import.meta.url).href);
  const { step } = await prepare();
  for (let i = 0; i < 12; i++) await step();
  endProfiling();
  const times = new Map<string, number>();
  // The program of the step is the one with the longest profile; others fill initial weights.
  const profiles = readdirSync(folder).map((file) => readFileSync(join(folder, file), "utf8"));
  const longest = profiles.reduce((a, b) => (b.length > a.length ? b : a), "[]");
  for (const { cat, dur, name: kind, args } of JSON.parse(longest) as ProfileEvent[]) {
    if (cat !== "Node" || !kind.endsWith("_kernel_time") || !args?.op_name) continue;
    times.set(args.op_name, (times.get(args.op_name) ?? 0) + dur);
  }
  const total = [...times.values()].reduce((a, b) => a + b, 0);
  for (const [operator, time] of [...times].sort((a, b) => b[1] - a[1]))
    console.log(`${operator.padEnd(28)}${((100 * time) / total).toFixed(1).padStart(6)} %`);
} finally {
  rmSync(folder, { recursive: true, force: true });
}
