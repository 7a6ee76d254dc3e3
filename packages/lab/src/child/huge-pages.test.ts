import { execFileSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { withHugePages } from "./huge-pages.ts";

const choice = "/sys/kernel/mm/transparent_hugepage/enabled";
const isOffered = existsSync(choice) && readFileSync(choice, "utf8").includes("[madvise]");

/** Kilobytes in huge pages of a process that fills 64 MB. */
const hugeKilobytes = (env: NodeJS.ProcessEnv): number => {
  const script = `const held = new Float64Array(2 ** 23).fill(1);
    const [, kB] = /AnonHugePages: +(\\d+)/.exec(require("fs").readFileSync("/proc/self/smaps_rollup", "utf8"));
    console.log(held[7] * kB);`;
  return Number(execFileSync(process.execPath, ["-e", script], { env, encoding: "utf8" }));
};

test.runIf(isOffered)("a process started so has its large blocks in huge pages", () => {
  expect(hugeKilobytes(process.env)).toBeLessThan(32_000);
  expect(hugeKilobytes(withHugePages())).toBeGreaterThan(32_000);
});

test.runIf(process.platform === "linux")("other tunables of the environment are kept, and a choice made there", () => {
  const kept = withHugePages({ HOME: "/home/me", GLIBC_TUNABLES: "glibc.malloc.arena_max=1" });
  expect(kept).toEqual({ HOME: "/home/me", GLIBC_TUNABLES: "glibc.malloc.arena_max=1:glibc.malloc.hugetlb=1" });
  const chosen = { GLIBC_TUNABLES: "glibc.malloc.hugetlb=0" };
  expect(withHugePages(chosen)).toEqual(chosen);
});
