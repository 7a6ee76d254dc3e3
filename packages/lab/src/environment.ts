import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { arch, availableParallelism, cpus, platform, release, totalmem } from "node:os";
import { fileURLToPath } from "node:url";
import type { MachineInfo } from "@paperworks/experiment";

/** The machine and versions a run is made on; what of it matters to times is all here, names of people and hosts not. */
export function describeMachine({ device = "cpu", threads }: { device?: string; threads?: number } = {}): MachineInfo {
  return {
    platform: platform(),
    release: release(),
    arch: arch(),
    cpu: cpus()[0]?.model.trim() ?? "unknown",
    cores: availableParallelism(),
    memoryGigabytes: Math.round(totalmem() / 2 ** 28) / 4,
    device,
    threads: threads ?? null,
    node: process.versions.node,
    versions: {
      paperworks: readVersion(fileURLToPath(new URL("../package.json", import.meta.url))),
      onnxruntime: installedVersion("onnxruntime-node"),
    },
  };
}

/** The commit the sources are at, and whether they were changed since; null outside a repository. */
export function describeSources(folder: string): { commit: string | null; changed: boolean } {
  const git = (...args: string[]) =>
    execFileSync("git", args, { cwd: folder, encoding: "utf8", stdio: ["ignore", "pipe", "ignore"] }).trim();
  try {
    return { commit: git("rev-parse", "HEAD"), changed: git("status", "--porcelain", "--", "packages") !== "" };
  } catch {
    return { commit: null, changed: false };
  }
}

function installedVersion(name: string): string | null {
  try {
    return readVersion(createRequire(import.meta.url).resolve(`${name}/package.json`));
  } catch {
    return null;
  }
}

function readVersion(description: string): string {
  return (JSON.parse(readFileSync(description, "utf8")) as { version: string }).version;
}
