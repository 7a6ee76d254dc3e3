import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { describeMachine } from "../environment.ts";

/** Which sources a paper is measured with. */
export interface SourceState {
  /** The commit, null outside a repository. */
  readonly commit: string | null;
  /** What the measured numbers depend on differs from that commit. */
  readonly changed: boolean;
  /**
   * A hash of the packages that experiments are made of: two commits that differ in results, documents or the command
   * alone have the same one. Outside a repository, of the version.
   */
  readonly fingerprint: string;
}

/** What a measured number depends on: the packages below the lab, without their tests. */
const measured = ["tensor", "nn", "data", "kernels", "experiment", "papers"].map((name) => `:/packages/${name}/src`);
const paths = [...measured, ":(exclude,top)packages/*.test.ts"];

/** Looks at the repository that the lab itself is kept in, wherever the command was started. */
export function sourceState(): SourceState {
  const own = fileURLToPath(new URL(".", import.meta.url));
  const git = (...args: string[]) =>
    execFileSync("git", args, {
      cwd: own,
      encoding: "utf8",
      stdio: ["ignore", "pipe", "ignore"],
      maxBuffer: 2 ** 30,
    });
  try {
    // An installed package may lie in the repository of somebody else, which says nothing about it.
    git("ls-files", "--error-unmatch", "sources.ts");
    const commit = git("rev-parse", "HEAD").trim();
    const top = git("rev-parse", "--show-toplevel").trim();
    const differences = git("diff", "HEAD", "--", ...paths);
    const added = git("ls-files", "--others", "--exclude-standard", "--full-name", "--", ...paths).split("\n");
    const files = added.filter(Boolean).flatMap((file) => [file, contentOf(join(top, file))]);
    // What is in the index is what the commit holds, but for the differences.
    const committed = git("ls-files", "--stage", "--full-name", "--", ...paths);
    const changed = differences !== "" || files.length > 0;
    return { commit, changed, fingerprint: hashOf([committed, differences, ...files]) };
  } catch {
    return { commit: null, changed: false, fingerprint: hashOf([JSON.stringify(describeMachine().versions)]) };
  }
}

/** A hash of a user's own experiment file, without what it imports. */
export function fileFingerprint(file: string): string {
  return hashOf([resolve(file), contentOf(file)]);
}

/** The first hexadecimal digits of the SHA-256 of texts in order. */
export function hashOf(parts: readonly (string | Uint8Array)[]): string {
  const hash = createHash("sha256");
  for (const part of parts) hash.update(`${part.length}:`).update(part);
  return hash.digest("hex").slice(0, 12);
}

/** A file may go while it is looked at. */
function contentOf(file: string): Uint8Array {
  try {
    return readFileSync(file);
  } catch {
    return new Uint8Array();
  }
}
